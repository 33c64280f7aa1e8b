"""Guessing passwords by other doors than the sign-in, and outliving what should have ended."""

from __future__ import annotations

import pytest
from webtest import TestApp

from hhu_base.testing.clients import PASSWORD

NEW = "Xin-de-mima-2026"


@pytest.fixture
def no_wait(app, monkeypatch):
    monkeypatch.setattr(app.registry["sign_in_gate"], "_wrong_answer_after", 0)


def try_password(browser, current: str, status: int):
    values = {"current": current, "new": NEW, "again": NEW}
    return browser.submit(browser.get("/admin/password"), status=status, **values)


def test_an_open_browser_is_no_place_to_guess_the_password(admin, no_wait, superuser):
    for _ in range(5):
        try_password(admin, "wrong", 400)
    page = try_password(admin, PASSWORD, 429)
    assert "尝试的次数太多" in page.text
    assert page.headers["Retry-After"]


def test_these_tries_are_those_of_the_sign_in(admin, browser, no_wait, superuser):
    for _ in range(5):
        try_password(admin, "wrong", 400)
    browser.sign_in(superuser.username, PASSWORD, status=429)


def test_the_right_password_gives_the_tries_back(admin, no_wait):
    for _ in range(4):
        try_password(admin, "wrong", 400)
    try_password(admin, PASSWORD, 303)
    for _ in range(4):
        try_password(admin, "wrong", 400)
    try_password(admin, NEW, 303)


@pytest.mark.parametrize(
    "header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-IP", "True-Client-IP", "Via"]
)
def test_no_header_makes_another_address_of_it(api, browser, no_wait, teacher, header):
    """Without a proxy that the server was told to trust, everybody can send them."""
    for number in range(6):
        headers = {header: f"10.0.0.{number}"}
        data = {"username": "t0001", "password": "wrong"}
        api.post("/auth/get-token/", data, headers=headers, status=400 if number < 5 else 429)
    page = browser.get("/admin/sign-in")
    form = {"csrf_token": browser.form(page)["csrf_token"].value, **data}
    browser.post("/admin/sign-in", form, headers={header: "10.1.1.1"}, status=429)


def test_a_cookie_that_was_copied_ends_with_its_session(admin, app, sessions, superuser):
    def is_open() -> bool:
        client = TestApp(app, extra_environ={"hhu.sessions": sessions})
        answer = client.get("/admin/", headers={"Cookie": f"hhu_session={copied}"}, status="*")
        return answer.status_code == 200

    copied = admin.client.cookies["hhu_session"].strip('"')
    assert is_open()
    token = admin.get("/admin/").html.select_one("input[name=csrf_token]")["value"]
    admin.post("/admin/sign-out", {"csrf_token": token})
    assert not is_open()


def test_a_session_that_a_foreigner_has_begun_is_not_gone_on_with(
    browser, app, sessions, superuser, admin
):
    """He knows its CSRF token, and would know the one of whoever signs in there."""
    page = browser.get("/admin/sign-in")
    foreign = browser.form(page)["csrf_token"].value
    browser.submit(page, username="root", password=PASSWORD)
    browser.post("/admin/sign-out", {"csrf_token": foreign}, status=400)
    browser.get("/admin/")


def test_a_reset_password_ends_the_phone_and_the_browser(admin, browser, api, teacher):
    phone, own = api.as_user(teacher), browser.as_user(teacher)
    page = admin.get(f"/admin/core/users/do/reset-password?id={teacher.id}")
    admin.submit(page, new_password=NEW)
    phone.get("/current-user/", status=401)
    own.get("/admin/", status=303)


def test_switched_off_in_the_form_is_out_at_once(admin, browser, api, teacher):
    phone, own = api.as_user(teacher), browser.as_user(teacher)
    admin.submit(admin.get(f"/admin/core/users/{teacher.id}/"), is_active=False)
    phone.get("/current-user/", status=401)
    own.get("/admin/", status=303)


class TestSaid:
    """What is said on the next page travels in the cookie, which has no room for all."""

    def test_very_much(self, admin, add_user):
        people = [add_user(f"q{number}", last_name="名" * 140) for number in range(30)]
        page = admin.get("/admin/core/users/")
        token = page.html.select_one("input[name=csrf_token]")["value"]
        admin.post(
            "/admin/core/users/do/sign-out",
            [("csrf_token", token), *(("id", str(user.id)) for user in people)],
        )
        page = admin.get("/admin/")
        assert "已对 30 位教师执行" in page.text

    def test_a_name_that_is_as_long_as_may_be(self, admin, add_user):
        user = add_user("q1", last_name="名" * 150, first_name="𠮷" * 30)
        admin.submit(admin.get(f"/admin/core/users/{user.id}/"), post="教授")
        assert "已保存教师“q1 名名" in admin.get("/admin/").text

    def test_more_than_fits_is_told_to_be_more(self, admin, add_user, session, superuser):
        from hhu_plugins.repairs.models import SOLVED, RepairRequest

        rows = [
            RepairRequest(
                user_id=superuser.id, location="楼" * 200, description="坏", status=SOLVED
            )
            for _ in range(40)
        ]
        session.add_all(rows)
        session.flush()
        token = admin.get("/admin/").html.select_one("input[name=csrf_token]")["value"]
        admin.post(
            "/admin/repairs/requests/do/take-up",
            [("csrf_token", token), *(("id", str(row.id)) for row in rows)],
        )
        page = admin.get("/admin/repairs/requests/")
        assert page.html.select("main .alert")
