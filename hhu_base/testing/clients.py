"""The clients of the tests: REST as a user, and the back office."""

from __future__ import annotations

import urllib.request
from email.message import Message
from types import SimpleNamespace

from pyramid.interfaces import IRequestFactory
from pyramid.response import Response
from sqlalchemy.orm import Session, sessionmaker
from webtest import TestApp

from hhu_base.accounts import tokens
from hhu_base.models import User
from hhu_base.rest.openapi.conformance import ResponseValidator
from hhu_base.web import sessions as cookies


def truth_of(registry) -> ResponseValidator:
    """The API document of an application, made once."""
    if "openapi.truth" not in registry:
        registry["openapi.truth"] = ResponseValidator(registry)
    return registry["openapi.truth"]


class ApiClient:
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

    def as_user(self, user: User) -> ApiClient:
        """The same client, signed in."""
        lifetime = self._parts[0].registry["token_lifetime"]
        return ApiClient(*self._parts, token=tokens.issue(self._session, user.id, lifetime))

    def get(self, path: str, params=None, status=200, **kw):
        return self.call(self.client.get, path, params or {}, status=status, **kw)

    def post(self, path: str, data=None, status=201, **kw):
        return self.call(self.client.post_json, path, data or {}, status=status, **kw)

    def put(self, path: str, data=None, status=200, **kw):
        return self.call(self.client.put_json, path, data or {}, status=status, **kw)

    def patch(self, path: str, data=None, status=200, **kw):
        return self.call(self.client.patch_json, path, data or {}, status=status, **kw)

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


_SIGN_OUT = ("/admin/sign-out", "/app/sign-out")
PASSWORD = "a-password-of-the-tests"  # noqa: S105


_SIGN_OUT = ("/admin/sign-out", "/app/sign-out")


class AdminClient:
    """A browser in the pages for people: cookies, redirects by hand, forms with CSRF.

    ``browser.get("/admin/…")``; ``browser.submit(page, name="x")`` fills in and sends the page's
    main form; ``browser.as_user(user)`` is another browser, signed in.
    """

    def __init__(self, app, sessions: sessionmaker, session: Session):
        self._parts = (app, sessions, session)
        self._session = session
        self.client = TestApp(app, extra_environ={"hhu.sessions": sessions})

    def as_user(self, user: User) -> AdminClient:
        """Another browser, with the cookie of somebody who has signed in with ``PASSWORD``.

        It is made, not asked for with the form of the page, which would take longer than most tests.
        """
        app, sessions, session = self._parts
        user.password = app.registry["passwords"].hash(PASSWORD)
        token = tokens.issue(session, user.id, app.registry["token_lifetime"])
        other = AdminClient(*self._parts)
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
        forms = [form for form in page.forms.values() if form.action not in _SIGN_OUT]
        return next(form for form in forms if form.method.upper() == "POST")

    def _call(self, method, *args, **kw):
        self._session.flush()
        response = method(*args, **kw)
        self._session.expire_all()
        return response
