"""A provider that is slow or down: a sentence in time, and the other ways in go on working."""

import threading
import time

import pytest
from sqlalchemy.orm import Session
from webtest import TestApp

from hhu_base import configure
from hhu_base.accounts.sso.errors import BUSY, UNREACHABLE
from hhu_base.models import User
from hhu_base.testing.clients import PASSWORD, AdminClient
from tests.accounts.sso.conftest import AT_ONCE, said_by, sso_settings

PEOPLE = 50


@pytest.fixture
def impatient(app, monkeypatch):
    """With an ``auth.timeout`` that does not last longer than a test."""
    for provider in app.registry["sso"].values():
        monkeypatch.setattr(provider.server, "timeout", 0.5)
        monkeypatch.setattr(provider.server, "patience", 0.5)


def hang(university):
    stop = university.has_to_stop
    university.answer = lambda handler: stop.wait(150)


def drip(university):
    stop = university.has_to_stop

    def answer(handler):
        handler.send_response(200)
        handler.end_headers()
        while not stop.wait(0.1):
            handler.wfile.write(b" ")

    university.answer = answer


@pytest.mark.parametrize("misbehave", [hang, drip])
def test_a_provider_that_does_not_answer_is_told(
    sign_on, teacher, university, misbehave, impatient
):
    service = sign_on.go("cas")["service"]
    misbehave(university)
    assert sign_on.refusal(sign_on.return_from_cas(service, "ST-1")) == UNREACHABLE
    assert sign_on.refusal(sign_on.browser.get("/app/sign-in/oidc", status=303)) == UNREACHABLE


def test_all_questions_of_one_sign_in_share_one_time(
    sign_on, teacher, university, app, monkeypatch
):
    """Each answer takes most of the time: the second of them is not waited for."""
    asked = sign_on.go("oidc")
    code = university.give_code(asked, "s", employee="t0001")
    usual, stop = university.answer, university.has_to_stop
    server = app.registry["sso"]["oidc"].server
    seconds = 1.0
    monkeypatch.setattr(server, "timeout", seconds)
    monkeypatch.setattr(server, "patience", seconds)

    def answer(handler):
        stop.wait(seconds * 0.8)
        usual(handler)

    university.answer = answer
    assert sign_on.refusal(sign_on.return_from_oidc(asked, code=code)) == UNREACHABLE


def test_fifty_people_at_a_provider_that_never_answers_keep_nobody_else_out(
    app, university, house, settings, running_university
):

    url = house.registry["engine"].url.render_as_string(hide_password=False)
    changed = {"sqlalchemy.url": url, "auth.timeout": "120"}
    other = configure(settings | sso_settings(running_university) | changed).make_wsgi_app()
    with Session(house.registry["engine"]) as session:
        hashed = house.registry["passwords"].hash(PASSWORD)
        session.add(User(username="t0001", first_name="杰", password=hashed))
        session.commit()
    hang(university)
    said: list[str] = []

    def come() -> None:
        client = TestApp(other)
        answer = client.get("/app/sign-in/oidc", status=303)
        said.append(said_by(client.get(answer.headers["Location"])))

    threads = [threading.Thread(target=come) for _ in range(PEOPLE)]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(said) == PEOPLE - AT_ONCE)
    # Those who found no place were told at once, while the others still wait.
    assert set(said) == {BUSY}
    client = TestApp(other)
    page = client.get("/app/sign-in").form
    page["username"], page["password"] = "t0001", PASSWORD
    assert page.submit(status=303).headers["Location"] == "http://localhost/app/"
    client.post_json("/auth/get-token/", {"username": "t0001", "password": PASSWORD}, status=201)
    assert len(said) == PEOPLE - AT_ONCE
    university.reset()
    for thread in threads:
        thread.join()
    # The places are free again.
    wait_until(lambda: other.registry["sso"]["oidc"].server.places._value == AT_ONCE)
    other.registry["listener"].stop()
    other.registry["engine"].dispose()


def wait_until(condition) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_provider_that_is_down_is_told(sign_on, teacher, university, app, monkeypatch):
    provider = app.registry["sso"]["cas"]
    monkeypatch.setattr(provider, "url", "http://127.0.0.1:9/cas")
    browser = AdminClient(*sign_on.browser._parts)
    answer = browser.get("/app/sign-in/cas", status=303)
    state = answer.headers["Location"].rpartition("%3D")[2]
    came = {"state": state, "ticket": "ST-1"}
    back = browser.get("/app/sign-in/cas/back", came, status=303)
    page = browser.get(back.headers["Location"])
    assert said_by(page) == UNREACHABLE
    assert "也可以用其他方式登录" in page.text
