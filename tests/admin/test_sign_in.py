"""Signing in and out, one's password, and the session."""

import pytest
import sqlalchemy as sa

from hhu_base.models import Token
from hhu_base.testing.clients import PASSWORD

SIGN_IN = "/admin/sign-in"


def tokens(session):
    return session.scalar(sa.select(sa.func.count(Token.user_id)))


def test_who_is_not_signed_in_is_asked_and_comes_back(browser, superuser, admin):
    answer = browser.get("/admin/rooms/meetingrooms/?q=1&page=2", status=303)
    assert answer.location.endswith(
        "/admin/sign-in?next=%2Fadmin%2Frooms%2Fmeetingrooms%2F%3Fq%3D1%26page%3D2"
    )
    page = browser.client.get(answer.location)
    answer = browser.submit(page, username="root", password=PASSWORD)
    assert answer.location.endswith("/admin/rooms/meetingrooms/?q=1&page=2")


def test_a_wrong_password_keeps_the_name(browser, superuser):
    page = browser.sign_in("root", "wrong", status=400)
    assert "工号或密码不正确" in page.text
    assert browser.form(page)["username"].value == "root"
    assert browser.form(page)["password"].value == ""


def test_somebody_switched_off_stays_outside(browser, admin, superuser):
    superuser.is_active = False
    browser.sign_in("root", status=400)
    assert admin.get("/admin/", status=303).location.endswith(SIGN_IN)


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example/",
        "/admin//evil.example",
        "/\\evil.example",
        "/admin/\\evil.example",
        "/adminx",
        "/admin",
        "javascript:alert(1)",
        "/admin/\nSet-Cookie: x=1",
        "/admin/sign-out",
        "/admin/%0d%0a\x00",
    ],
)
def test_after_signing_in_nobody_is_sent_elsewhere(browser, superuser, admin, wanted):
    page = browser.get(SIGN_IN, {"next": wanted})
    answer = browser.submit(page, username="root", password=PASSWORD)
    location = answer.location.removeprefix("http://localhost")
    assert location in ("/admin/", "/admin/%0d%0a")


def test_the_session_is_a_new_one_after_signing_in(browser, superuser, admin):
    browser.get(SIGN_IN)
    cookie = browser.client.cookies["hhu_session"]
    csrf = browser.form(browser.get(SIGN_IN))["csrf_token"].value
    browser.sign_in("root")
    # Whoever put the old cookie there has nothing of it.
    attacker = type(browser)(*browser._parts)
    attacker.client.set_cookie("hhu_session", cookie)
    assert attacker.get("/admin/", status=303).location.endswith(SIGN_IN)
    assert browser.form(browser.get("/admin/password"))["csrf_token"].value != csrf


def test_signing_out_ends_the_token(admin, session):
    assert tokens(session) == 1
    cookie = admin.client.cookies["hhu_session"]
    page = admin.get("/admin/")
    form = next(form for form in page.forms.values() if form.action == "/admin/sign-out")
    answer = form.submit(status=303)
    assert answer.location.endswith(SIGN_IN)
    assert tokens(session) == 0
    # A copy of the cookie is worth nothing.
    admin.client.set_cookie("hhu_session", cookie)
    admin.get("/admin/", status=303)


def test_signing_out_needs_a_post(admin):
    admin.get("/admin/sign-out", status=404)
    admin.get("/admin/")


def test_the_session_does_not_count_for_the_api(admin):
    admin.client.get("/current-user/", status=401)


def test_a_token_does_not_count_for_the_pages(api, superuser):
    api.as_user(superuser).get("/admin/", status=303)


def test_a_teacher_may_sign_in_and_sees_nothing_that_is_not_meant_for_him(browser, teacher):
    mine = browser.as_user(teacher)
    page = mine.get("/admin/")
    assert "现在没有需要您处理的事情" in page.text
    assert [a["href"] for a in page.html.select("#side .menu a")] == ["/admin/"]


class TestPassword:
    def change(self, browser, status=303, **values):
        wanted = {"current": PASSWORD, "new": "correct horse 9", "again": "correct horse 9"}
        return browser.submit(browser.get("/admin/password"), status=status, **wanted | values)

    def test_it_changes_and_ends_the_other_sessions(self, admin, browser, superuser):
        other = browser.as_user(superuser)
        self.change(admin)
        admin.get("/admin/")
        other.get("/admin/", status=303)
        browser.sign_in("root", "correct horse 9")

    @pytest.mark.parametrize(
        ("values", "sentence"),
        [
            ({"current": "wrong"}, "当前密码不正确。"),
            ({"again": "another one"}, "两次输入的新密码不一致。"),
            ({"new": "short", "again": "short"}, "长度"),
            ({"new": ""}, "请填写新密码。"),
        ],
    )
    def test_what_is_wrong_is_said(self, admin, values, sentence):
        page = self.change(admin, status=400, **values)
        assert sentence in page.html.select_one("main").text
        assert PASSWORD not in page.text


@pytest.mark.parametrize(
    ("wanted", "location"),
    [
        ("/admin/中", "/admin/%E4%B8%AD"),
        ("/admin/%E4%B8%AD", "/admin/%E4%B8%AD"),
        ("/admin/rooms/meetingrooms/?q=勤学楼&page=2", "/admin/rooms/meetingrooms/?q="),
        ("/admin/a b", "/admin/a%20b"),
        ("/admin/<x>\"'", "/admin/%3Cx%3E%22'"),
        ("/admin/\x7f", "/admin/"),
        ("/admin/\x85", "/admin/"),
        ("/admin/\u2028", "/admin/"),
        ("/admin/\U0001f600", "/admin/%F0%9F%98%80"),
    ],
)
def test_whatever_is_wanted_next_fits_into_a_header(browser, superuser, admin, wanted, location):
    page = browser.get(SIGN_IN, {"next": wanted})
    answer = browser.submit(page, username="root", password=PASSWORD)
    assert answer.location.isascii()
    assert answer.location.removeprefix("http://localhost").startswith(location)
