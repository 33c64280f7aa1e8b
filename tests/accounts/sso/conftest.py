"""The application with all four ways in, and a university on this machine."""

from __future__ import annotations

import threading
from urllib.parse import parse_qsl, urlsplit
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base import configure
from hhu_base.accounts.sso.errors import OR_ANOTHER_WAY
from hhu_base.models import AuditEntry, User
from tests.accounts.sso.university import CLIENT_ID, CLIENT_SECRET, University

# Enough for a machine that is busy with something else.
TIMEOUT = 30.0
AT_ONCE = 3


@pytest.fixture(scope="session")
def running_university():
    with University() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def university(running_university, app):
    """Well-behaved at the beginning of each test, and met for the first time."""
    running_university.reset()
    metadata = app.registry["sso"]["oidc"].metadata
    metadata._addresses = metadata._keys = None
    yield running_university
    running_university.has_to_stop.set()


def sso_settings(university: University) -> dict[str, str]:
    return {
        "auth.providers": "password wechat cas oidc",
        "auth.timeout": str(TIMEOUT),
        "auth.at_once": str(AT_ONCE),
        "auth.cas.url": f"{university.url}/cas",
        "auth.cas.department_attribute": "department",
        "auth.oidc.issuer": university.issuer,
        "auth.oidc.client_id": CLIENT_ID,
        "auth.oidc.client_secret": CLIENT_SECRET,
        "auth.oidc.staff_number_claim": "employee",
        "auth.oidc.department_claim": "department",
        "wechat.stub": "yes",
    }


@pytest.fixture(scope="session")
def app(settings, engine, running_university):
    app = configure(settings | sso_settings(running_university)).make_wsgi_app()
    yield app
    app.registry["listener"].stop()
    app.registry["engine"].dispose()


def said_by(page) -> str:
    """What a page says has gone wrong, without the advice that other ways are there."""
    return page.html.select_one(".alert").text.strip().removesuffix(OR_ANOTHER_WAY)


class SignOn:
    """One browser on its way to the university and back."""

    def __init__(self, browser, university: University):
        self.browser, self.university = browser, university

    def go(self, name: str, wanted: str = "", face: str = "app", browser=None) -> dict[str, str]:
        """To the provider; what it is asked."""
        query = {"next": wanted} if wanted else {}
        answer = (browser or self.browser).get(f"/{face}/sign-in/{name}", query, status=303)
        address = urlsplit(answer.headers["Location"])
        assert f"{address.scheme}://{address.netloc}" == self.university.url
        return dict(parse_qsl(address.query))

    def go_by(self, link: str, user: str):
        """By this link of the sign-in page to CAS and back."""
        answer = self.browser.get(link, status=303)
        service = dict(parse_qsl(urlsplit(answer.headers["Location"]).query))["service"]
        return self.return_from_cas(service, self.university.give_ticket(service, user))

    def return_from_cas(self, service: str, ticket: str, browser=None):
        came = dict(parse_qsl(urlsplit(service).query)) | {"ticket": ticket}
        return (browser or self.browser).get("/app/sign-in/cas/back", came, status=303)

    def by_cas(self, user: str, wanted: str = "", face: str = "app", **attributes: str):
        service = self.go("cas", wanted, face)["service"]
        return self.return_from_cas(
            service, self.university.give_ticket(service, user, **attributes)
        )

    def return_from_oidc(self, asked: dict[str, str], browser=None, **more: str):
        came = {"state": asked["state"]} | more
        return (browser or self.browser).get("/app/sign-in/oidc/back", came, status=303)

    def by_oidc(self, number: str, wanted: str = "", face: str = "app", **claims):
        asked = self.go("oidc", wanted, face)
        claims = {"employee": number} | claims
        code = self.university.give_code(asked, claims.pop("sub", f"sub of {number}"), **claims)
        return self.return_from_oidc(asked, code=code)

    def refusal(self, answer) -> str:
        """What the sign-in page says to who was sent back to it."""
        assert urlsplit(answer.headers["Location"]).path in ("/app/sign-in", "/admin/sign-in")
        page = self.browser.get(answer.headers["Location"])
        return said_by(page)

    def is_in(self, browser=None) -> bool:
        return (browser or self.browser).client.get("/app/me/", status="*").status_code == 200


@pytest.fixture
def sign_on(browser, university) -> SignOn:
    return SignOn(browser, university)


@pytest.fixture
def created(app, monkeypatch):
    """With ``auth.create_people = yes``."""
    monkeypatch.setitem(app.registry, "sso.create", True)


@pytest.fixture
def ways(session):
    """``ways()``: which ways people came in, by the audit."""

    def ways() -> list[tuple[str, str]]:
        entries = sa.select(AuditEntry).where(AuditEntry.action == "登录").order_by(AuditEntry.id)
        return [(entry.actor, entry.after["方式"]) for entry in session.scalars(entries)]

    return ways


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args) -> None:
        pass


@pytest.fixture
def serve(house, settings):
    """``serve(port, changes)``: the application, really served, with t0001 in its database."""
    url = house.registry["engine"].url.render_as_string(hide_password=False)
    started = []

    def serve(port: int, changes: dict[str, str]) -> str:
        public_url = f"http://127.0.0.1:{port}"
        changed = {"sqlalchemy.url": url, "hhu.public_url": public_url, "auth.timeout": "20"}
        app = configure(settings | changed | changes).make_wsgi_app()
        server = make_server("127.0.0.1", port, app, handler_class=_Quiet)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        started.append((app, server, thread))
        return public_url

    with Session(house.registry["engine"]) as session:
        if session.query(User).filter_by(username="t0001").first() is None:
            session.add(User(username="t0001", first_name="杰"))
            session.commit()
    yield serve
    for app, server, thread in started:
        server.shutdown()
        thread.join()
        server.server_close()
        app.registry["listener"].stop()
        app.registry["engine"].dispose()
