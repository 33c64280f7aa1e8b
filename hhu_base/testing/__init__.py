"""Fixtures for the tests of the base and of any plugin, also those of third parties.

``pytest_plugins = ["hhu_base.testing"]`` in a conftest.py gives a staircase: ``services``
(a throw-away PostgreSQL and Valkey) → ``settings`` → ``engine`` (migrated) → ``app`` →
``session`` and ``api``, whose work is rolled back after each test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
import sqlalchemy as sa
from pyramid.interfaces import IRequestFactory
from pyramid.scripting import prepare
from sqlalchemy.orm import Session, sessionmaker

from hhu_base import configure, plugins
from hhu_base.cli import migrate
from hhu_base.cli.serve.throwaway import throwaway_services
from hhu_base.database import make_engine
from hhu_base.models import Group, GroupPermission, User
from hhu_base.settings.services import Locations
from hhu_base.testing.clients import AdminClient, ApiClient

TEMPLATE = "migrated"


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
    """The migrated database, and a copy of it for ``migrated_copy``."""
    engine = make_engine(settings)
    migrate.upgrade(migrate.alembic_config(settings, engine))
    engine.dispose()  # a database is copied only while nobody is connected to it
    _run_outside(engine.url, f'CREATE DATABASE {TEMPLATE} TEMPLATE "{engine.url.database}"')
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


@pytest.fixture(scope="session")
def migrated_copy(engine: sa.Engine) -> Callable[[str], AbstractContextManager[str]]:
    """``with migrated_copy("name") as url``: an empty database, sooner than by migrating one."""

    @contextmanager
    def copy(name: str) -> Iterator[str]:
        _run_outside(engine.url, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        yield engine.url.set(database=name).render_as_string(hide_password=False)
        _run_outside(engine.url, f"DROP DATABASE {name} WITH (FORCE)")

    return copy


def _run_outside(url: sa.URL, statement: str) -> None:
    outside = sa.create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with outside.connect() as connection:
        connection.exec_driver_sql(statement)
    outside.dispose()


@pytest.fixture(scope="module")
def house(settings: dict[str, str], migrated_copy) -> Iterator:
    """The application on an empty database of the module's own, for what commits for real."""
    with migrated_copy("house") as url:
        config = configure(settings | {"sqlalchemy.url": url})
        yield config.make_wsgi_app()
        config.registry["listener"].stop()
        config.registry["engine"].dispose()


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


@pytest.fixture
def api(app, sessions: sessionmaker, session: Session) -> ApiClient:
    """A client of the REST API that nobody has signed in with yet."""
    return ApiClient(app, sessions, session)


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


@pytest.fixture
def browser(app, sessions: sessionmaker, session: Session) -> AdminClient:
    """A browser with which nobody has signed in yet."""
    return AdminClient(app, sessions, session)


@pytest.fixture
def superuser(add_user) -> User:
    return add_user("root", last_name="", first_name="管理员", is_staff=True, is_superuser=True)


@pytest.fixture
def admin(browser: AdminClient, superuser: User) -> AdminClient:
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
