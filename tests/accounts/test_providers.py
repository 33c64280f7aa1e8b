"""What ``auth.providers`` does not name is off, in REST and on pages, with a sentence."""

from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from pyramid.interfaces import IRequestFactory
from pyramid.response import Response

from hhu_base import configure
from hhu_base.accounts.providers import CODES_ONLY, NO_PASSWORDS, NO_PASSWORDS_ON_PAGES, PROVIDERS
from hhu_base.models import AuditEntry, User
from hhu_base.settings import ConfigurationError
from hhu_base.testing.clients import AdminClient, ApiClient
from hhu_base.web import audit

PAIR = {"username": "t0001", "password": "correct horse battery"}
_CAS = {"auth.cas.url": "http://127.0.0.1:9/cas"}


@pytest.fixture(scope="module")
def make_app(settings, engine):
    """``make_app("cas wechat")``: the application with these ways in."""
    made = {}

    def make(providers: str):
        if providers not in made:
            changed = settings | _CAS | {"auth.providers": providers, "wechat.stub": "yes"}
            made[providers] = configure(changed).make_wsgi_app()
        return made[providers]

    yield make
    for app in made.values():
        app.registry["listener"].stop()
        app.registry["engine"].dispose()


@pytest.fixture
def clients(make_app, sessions, session):
    """``clients("cas")``: a client of the API and a browser."""

    def clients(providers: str) -> tuple[ApiClient, AdminClient]:
        parts = (make_app(providers), sessions, session)
        return ApiClient(*parts), AdminClient(*parts)

    return clients


def test_by_default_it_is_password_and_wechat():
    assert PROVIDERS.read({}) == ["password", "wechat"]


@pytest.mark.parametrize("value", ["wechat", "password passwords", "cas cas"])
def test_a_wrong_list_is_named(value):
    with pytest.raises(ConfigurationError, match=r"^auth\.providers: "):
        PROVIDERS.read({"auth.providers": value})


def test_the_order_is_that_of_the_page_and_the_first_is_large(clients):
    _, browser = clients("cas password")
    page = browser.get("/app/sign-in").html
    links = page.select("a.btn")
    assert [link.text.strip() for link in links] == ["统一身份认证登录"]
    assert "btn-primary" in links[0]["class"]
    assert page.select_one("details summary").text.strip() == "工号和密码登录"
    _, browser = clients("password cas")
    page = browser.get("/admin/sign-in?next=/admin/core/users/").html
    assert page.details is None
    assert page.select_one("a.btn")["href"] == "/admin/sign-in/cas?next=/admin/core/users/"
    assert "btn-primary" in page.select_one("form button")["class"]


def test_without_passwords_no_page_and_no_service_takes_or_changes_one(clients, teacher):
    api, browser = clients("cas")
    page = browser.get("/app/sign-in")
    assert page.html.find("input", {"name": "password"}) is None
    assert "忘记密码" not in page.text
    paths = ("/app/sign-in/forgotten", "/app/sign-in/new-password?key=x")
    for path in paths:
        answer = browser.get(path, status=303)
        assert NO_PASSWORDS_ON_PAGES in browser.get(answer.headers["Location"]).text
    # A page may have been open since before.
    csrf = {"csrf_token": _csrf(browser)}
    refused = browser.post("/app/sign-in", PAIR | csrf, status=400)
    assert NO_PASSWORDS_ON_PAGES in refused.text
    for path in paths:
        browser.post(path, csrf, status=303)
    assert api.post("/auth/get-token/", PAIR, status=400).json == {
        "non_field_errors": [NO_PASSWORDS]
    }
    mine = api.as_user(teacher)
    change = {"first_name": "杰", "last_name": "褚", "password": "Xin-de-mima-2026"}
    assert mine.put("/current-user/", change, status=400).json == {"password": [NO_PASSWORDS]}
    del change["password"]
    mine.put("/current-user/", change)


def _csrf(browser) -> str:
    """The token of a session that nobody has signed in with, which any form of the site has."""
    app = browser.client.app
    request = app.registry.getUtility(IRequestFactory).blank("/app/sign-in")
    request.registry = app.registry
    token = request.session.get_csrf_token()
    answer = Response()
    for callback in request.response_callbacks:
        callback(request, answer)
    name, _, value = answer.headers["Set-Cookie"].split(";")[0].partition("=")
    browser.client.set_cookie(name, value)
    return token


def test_without_passwords_one_changes_none_in_ones_own_pages(clients, superuser):
    _, browser = clients("cas")
    mine = browser.as_user(superuser)
    assert "修改密码" not in mine.get("/app/me/").text
    for home, path in (("/app/", "/app/me/password"), ("/admin/", "/admin/password")):
        assert mine.get(path, status=303).headers["Location"] == f"http://localhost{home}"
        page = mine.get(home).text
        assert NO_PASSWORDS_ON_PAGES in page
        assert "修改密码" not in page


def test_who_must_change_the_first_password_need_not_where_there_are_none(
    clients, add_user, session
):
    user = add_user("t0009", must_change_password=True)
    _, browser = clients("cas")
    browser.as_user(user).get("/app/me/")


def test_without_wechat_nobody_signs_in_by_it_nor_binds_it(clients, teacher):
    api, browser = clients("password")
    said = "本系统没有开通微信登录，请使用工号和密码登录。"
    code = {"code": "stub-anna"}
    assert api.post("/auth/wechat-code2token/", code, status=400).json == {"detail": said}
    mine = api.as_user(teacher)
    assert mine.put("/auth/wechat-auth/", code, status=400).json == {"detail": said}
    page = browser.as_user(teacher)
    assert "没有开通微信登录" in page.get("/app/me/wechat/").text
    page.post("/app/me/wechat/code", status=404)
    # To sign out is no way in.
    mine.delete("/auth/wechat-auth/", status=200)


def test_a_provider_that_is_not_named_has_no_address(clients):
    _, browser = clients("password")
    for path in ("/app/sign-in/cas", "/admin/sign-in/cas", "/app/sign-in/cas/back"):
        browser.get(path, status=404)
    browser.post("/app/sign-in/oidc/logout", {"logout_token": "x"}, status=404)


# 登录码: the mini-program of who has no password.


def give_code(browser, user) -> str:
    page = browser.as_user(user).get("/app/me/wechat/")
    form = next(form for form in page.forms.values() if form.action.endswith("/code"))
    return form.submit(status=200).html.select_one(".code").text


def test_with_a_code_the_mini_program_signs_in_as_ever_and_binds_wechat(
    clients, teacher, session, app
):
    api, browser = clients("cas wechat")
    refused = api.post("/auth/wechat-code2token/", {"code": "stub-chu"}, status=400)
    assert "登录码" in refused.json["detail"]
    code = give_code(browser, teacher)
    pair = {"username": "t0001", "password": code}
    token = api.post("/auth/get-token/", pair).json["token"]
    mine = ApiClient(*api._parts, token=token)
    mine.put("/auth/wechat-auth/", {"code": "stub-chu"})
    # From then on they are known, without anything.
    api.post("/auth/wechat-code2token/", {"code": "stub-chu"}, status=201)
    # And the code is used up.
    said = {"non_field_errors": [CODES_ONLY]}
    assert api.post("/auth/get-token/", pair, status=400).json == said
    [entry] = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "登录"))
    assert entry.after == {"方式": "登录码"}


@pytest.mark.parametrize("providers", ["cas wechat", "password wechat"])
def test_a_code_is_its_owners_the_newest_and_for_ten_minutes(
    clients, teacher, add_user, session, providers
):
    api, browser = clients(providers)
    other = add_user("t0002")

    def refuse(username: str, code: str) -> None:
        api.post("/auth/get-token/", {"username": username, "password": code}, status=400)

    old = give_code(browser, teacher)
    refuse("t0002", old)
    new = give_code(browser, teacher)
    refuse("t0001", old)
    session.execute(sa.text("UPDATE core_sign_in_codes SET expires_at = now()"))
    refuse("t0001", new)
    newest = give_code(browser, teacher).replace(" ", "")
    give_code(browser, other)
    api.post("/auth/get-token/", {"username": "t0001", "password": newest})


def test_a_code_is_no_password_on_pages_and_of_nobody_who_is_switched_off(
    clients, teacher, session
):
    api, browser = clients("password wechat")
    code = give_code(browser, teacher)
    assert "不正确" in browser.sign_in("t0001", code, status=400).text
    session.execute(sa.update(User).values(is_active=False))
    pair = {"username": "t0001", "password": code}
    api.post("/auth/get-token/", pair, status=400)


def test_tries_at_a_code_are_counted_like_those_at_a_password(clients, teacher):
    api, browser = clients("cas wechat")
    give_code(browser, teacher)
    answers = [
        api.post(
            "/auth/get-token/", {"username": "t0001", "password": f"0000000{i}"}, status=status
        ).status_code
        for i, status in enumerate([400] * 5 + [429])
    ]
    assert answers[-1] == 429


def test_codes_that_nobody_has_used_are_swept(clients, teacher, session, run_task):
    _, browser = clients("cas wechat")
    give_code(browser, teacher)
    run_task("core.sweep_tokens")
    count = sa.text("SELECT count(*) FROM core_sign_in_codes")
    assert session.scalar(count) == 1
    session.execute(sa.text("UPDATE core_sign_in_codes SET expires_at = now() - interval '1 s'"))
    run_task("core.sweep_tokens")
    assert session.scalar(count) == 0


def test_a_sign_in_with_a_password_is_in_the_audit(clients, teacher, session):
    _, browser = clients("password wechat")
    browser.as_user(teacher)  # gives them the password of the tests
    browser.sign_in("t0001")
    [entry] = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "登录"))
    assert (entry.actor, entry.row_label) == ("t0001 褚杰", "t0001 褚杰")
    assert entry.after == {"方式": "密码"}
    # It does not bury what was changed, in the history of the person.
    assert audit.history(SimpleNamespace(db=session), teacher) == []
