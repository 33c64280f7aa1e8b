"""Fixtures for the tests of the base and of any plugin, also those of third parties.

``pytest_plugins = ["hhu_base.testing"]`` in a conftest.py gives a staircase: ``services``
(a throw-away PostgreSQL and Valkey) → ``settings`` → ``engine`` (migrated) → ``app`` →
``session`` and ``api``, whose work is rolled back after each test.
"""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from email.message import Message
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from pyramid.interfaces import IRequestFactory
from pyramid.response import Response
from pyramid.scripting import prepare
from sqlalchemy.orm import Session, sessionmaker
from webtest import TestApp

from hhu_base import configure, migrating, plugins
from hhu_base.accounts import tokens
from hhu_base.admin import sessions as cookies
from hhu_base.database import make_engine
from hhu_base.embedded.locations import Locations
from hhu_base.embedded.throwaway import throwaway_services
from hhu_base.models import Group, GroupPermission, User
from hhu_base.openapi.truth import Truth


@pytest.fixture(scope="session")
def services() -> Iterator[Locations]:
    """A PostgreSQL and a Valkey that vanish after the tests."""
    with throwaway_services() as locations:
        yield locations


@pytest.fixture(scope="session")
def settings(services: Locations) -> dict[str, str]:
    """Every installed plugin is on. The broker is none, so that requests decide for themselves."""
    return {
        "hhu.data_dir": str(services.data_dir),
        "hhu.plugins": " ".join(plugins.installed()),
        "sqlalchemy.url": services.database_url,
        "celery.broker_url": f"redis+socket://{services.data_dir}/nobody-listens-here",
        # Slow by design, against those who guess; tests know the passwords.
        "auth.argon2_time_cost": "1",
        "auth.argon2_memory_kib": "8",
        "auth.wrong_answer_after": "0",
    }


@pytest.fixture(scope="session")
def engine(settings: dict[str, str]) -> Iterator[sa.Engine]:
    """The migrated database."""
    engine = make_engine(settings)
    migrating.upgrade(migrating.alembic_config(settings, engine))
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def app(settings: dict[str, str], engine: sa.Engine):
    """The WSGI application with every plugin."""
    config = configure(dict(settings))
    app = config.make_wsgi_app()
    yield app
    app.registry["listener"].stop()
    app.registry["engine"].dispose()


@pytest.fixture(scope="module")
def house(settings: dict[str, str], engine: sa.Engine) -> Iterator:
    """The application on an empty database of the module's own, for what commits for real."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("CREATE DATABASE house"))
        url = sa.make_url(settings["sqlalchemy.url"]).set(database="house")
        own = settings | {"sqlalchemy.url": url.render_as_string(hide_password=False)}
        config = configure(own)
        migrating.upgrade(migrating.alembic_config(own, config.registry["engine"]))
        yield config.make_wsgi_app()
        config.registry["listener"].stop()
        config.registry["engine"].dispose()
        connection.execute(sa.text("DROP DATABASE house WITH (FORCE)"))


@pytest.fixture
def connection(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection in a transaction that is rolled back: a commit inside it leaves nothing."""
    with engine.connect() as connection:
        outer = connection.begin()
        yield connection
        outer.rollback()


@pytest.fixture
def sessions(connection: sa.Connection) -> sessionmaker:
    return sessionmaker(connection, join_transaction_mode="create_savepoint")


@pytest.fixture
def session(sessions: sessionmaker) -> Iterator[Session]:
    """The test's own session; what it flushes, requests see, and the other way round."""
    with sessions() as session:
        yield session


def truth_of(registry) -> Truth:
    """The API document of an application, made once."""
    if "openapi.truth" not in registry:
        registry["openapi.truth"] = Truth(registry)
    return registry["openapi.truth"]


class Api:
    """A client of the REST API: ``api.get("/departments/")``, ``api.as_user(user).get(…)``.

    Every answer has to be as the API document says.
    """

    def __init__(self, app, sessions: sessionmaker, session: Session, token: str | None = None):
        self._parts = (app, sessions, session)
        self._session = session
        self.client = TestApp(app, extra_environ={"hhu.sessions": sessions})
        self.token = token
        if token is not None:
            self.client.extra_environ["HTTP_AUTHORIZATION"] = f"Token {token}"

    def as_user(self, user: User) -> Api:
        """The same client, signed in."""
        lifetime = self._parts[0].registry["token_lifetime"]
        return Api(*self._parts, token=tokens.issue(self._session, user.id, lifetime))

    def get(self, path: str, params=None, status=200, **kw):
        return self.call(self.client.get, path, params or {}, status=status, **kw)

    def post(self, path: str, data=None, status=201, **kw):
        return self.call(self.client.post_json, path, data or {}, status=status, **kw)

    def put(self, path: str, data=None, status=200, **kw):
        return self.call(self.client.put_json, path, data or {}, status=status, **kw)

    def delete(self, path: str, status=204, **kw):
        return self.call(self.client.delete, path, status=status, **kw)

    def call(self, method, path: str, *args, **kw):
        """``method`` is one of ``self.client``."""
        self._session.flush()
        response = method(path, *args, **kw)
        # What the request has changed is read again.
        self._session.expire_all()
        sent = response.request
        problems = truth_of(self._parts[0].registry).problems(
            sent.method,
            sent.environ["PATH_INFO"],
            response.status_code,
            response.headers,
            response.body,
        )
        if problems:
            raise AssertionError("\n".join(problems))
        return response


@pytest.fixture
def api(app, sessions: sessionmaker, session: Session) -> Api:
    """A client of the REST API that nobody has signed in with yet."""
    return Api(app, sessions, session)


@pytest.fixture
def run_task(app, sessions: sessionmaker, session: Session):
    """``run_task("core.send_mails")``: what a worker would do, in the test's transaction."""

    def run(name: str, *args) -> None:
        session.flush()
        factory = app.registry.getUtility(IRequestFactory)
        request = factory.blank("/", environ={"hhu.sessions": sessions})
        with prepare(request=request, registry=app.registry), request.tm:
            app.registry["tasks"][name].function(request, *args)
        session.expire_all()

    return run


@pytest.fixture
def add_user(session: Session):
    """``add_user("t0002", last_name="张")``: a stored user."""

    def add(username: str = "t0001", **values) -> User:
        user = User(username=username, **{"last_name": "褚", "first_name": "杰", **values})
        session.add(user)
        session.flush()
        return user

    return add


@pytest.fixture
def teacher(add_user) -> User:
    """t0001 褚杰, an ordinary teacher."""
    return add_user("t0001")


PASSWORD = "a-password-of-the-tests"  # noqa: S105


class Browser:
    """A browser in the administrators' pages: cookies, redirects by hand, forms with CSRF.

    ``browser.get("/admin/…")``; ``browser.submit(page, name="x")`` fills in and sends the page's
    main form; ``browser.as_user(user)`` is another browser, signed in.
    """

    def __init__(self, app, sessions: sessionmaker, session: Session):
        self._parts = (app, sessions, session)
        self._session = session
        self.client = TestApp(app, extra_environ={"hhu.sessions": sessions})

    def as_user(self, user: User) -> Browser:
        """Another browser, with the cookie of somebody who has signed in with ``PASSWORD``.

        It is made, not asked for with the form of the page, which would take longer than most tests.
        """
        app, sessions, session = self._parts
        user.password = app.registry["passwords"].hash(PASSWORD)
        token = tokens.issue(session, user.id, app.registry["token_lifetime"])
        other = Browser(*self._parts)
        request = app.registry.getUtility(IRequestFactory).blank("/admin/sign-in")
        request.registry = app.registry
        cookies.start(request, token)
        answer = Response()
        for callback in request.response_callbacks:
            callback(request, answer)
        sent = Message()
        sent["Set-Cookie"] = answer.headers["Set-Cookie"]
        other.client.cookiejar.extract_cookies(
            SimpleNamespace(info=lambda: sent),
            urllib.request.Request(request.url),  # noqa: S310
        )
        return other

    def sign_in(self, username: str, password: str = PASSWORD, status: int = 303):
        page = self.get("/admin/sign-in")
        return self.submit(page, status=status, username=username, password=password)

    def get(self, path: str, params=None, status=200, **kw):
        return self._call(self.client.get, path, params or {}, status=status, **kw)

    def post(self, path: str, params=None, status=303, **kw):
        return self._call(self.client.post, path, params or {}, status=status, **kw)

    def submit(self, page, *, button: str | None = None, status: int = 303, **values):
        """Fill in the form of the page's main part and send it."""
        form = self.form(page)
        for name, value in values.items():
            form[name] = value
        if button:
            return self._call(form.submit, button, value="1", status=status)
        return self._call(form.submit, status=status)

    @staticmethod
    def form(page):
        """The main part's form: not the one that signs out."""
        forms = [form for form in page.forms.values() if form.action != "/admin/sign-out"]
        return next(form for form in forms if form.method.upper() == "POST")

    def _call(self, method, *args, **kw):
        self._session.flush()
        response = method(*args, **kw)
        self._session.expire_all()
        return response


@pytest.fixture
def browser(app, sessions: sessionmaker, session: Session) -> Browser:
    """A browser with which nobody has signed in yet."""
    return Browser(app, sessions, session)


@pytest.fixture
def superuser(add_user) -> User:
    return add_user("root", last_name="", first_name="管理员", is_staff=True, is_superuser=True)


@pytest.fixture
def admin(browser: Browser, superuser: User) -> Browser:
    """A browser with which a superuser has signed in."""
    return browser.as_user(superuser)


@pytest.fixture
def add_staff(add_user, session: Session):
    """``add_staff("rooms.view")``: a member of the staff in a group with these permissions."""

    def add(*permissions: str, username: str = "staff") -> User:
        user = add_user(username, is_staff=True)
        grants = [GroupPermission(permission=permission) for permission in permissions]
        session.add(Group(name=f"组 {username}", users=[user], grants=grants))
        session.flush()
        return user

    return add
