"""A session that ends while a form is open: what was filled in comes back after signing in."""

import pytest
import sqlalchemy as sa

from hhu_base.models import Token
from hhu_base.testing.clients import PASSWORD
from hhu_base.web import unsaved_forms
from hhu_plugins.rooms.models import Meetingroom

ROOMS = "/admin/rooms/meetingrooms/"
ORIGIN = {"Origin": "http://localhost"}


@pytest.fixture
def ended(session):
    """``ended(browser)``: the session has ended meanwhile."""

    def end() -> None:
        session.execute(sa.delete(Token))

    return end


def send(browser, form, status=401, headers=None):
    return browser._call(form.submit, headers=ORIGIN if headers is None else headers, status=status)


@pytest.fixture
def filled_in(admin):
    form = admin.form(admin.get(ROOMS + "add?back=/admin/"))
    form["name"] = '中 <301> & "x"'
    form["location"] = "勤学楼"
    form["seats_count"] = "8"
    return form


def test_what_was_filled_in_comes_back_and_is_saved_by_a_click(
    admin, superuser, filled_in, ended, session
):
    ended()
    page = send(admin, filled_in)
    assert "刚才的内容还没有保存" in page.text
    page = admin.submit(page, status=400, username="root", password="wrong")
    page = admin.submit(page, status=200, username="root", password=PASSWORD)
    assert "您填写的内容还在" in page.text
    assert not session.scalars(sa.select(Meetingroom)).all()
    answer = admin.submit(page)
    assert answer.location.endswith("/admin/")
    room = session.scalar(sa.select(Meetingroom))
    assert (room.name, room.location, room.seats_count) == ('中 <301> & "x"', "勤学楼", 8)


def test_what_is_wrong_is_said_in_the_form_itself(admin, superuser, filled_in, ended):
    filled_in["seats_count"] = "many"
    ended()
    page = send(admin, filled_in)
    page = admin.submit(page, status=200, username="root", password=PASSWORD)
    page = admin.submit(page, status=400)
    assert admin.form(page)["location"].value == "勤学楼"


def test_a_password_is_never_kept(admin, superuser, add_user, ended):
    user = add_user("t1")
    form = admin.form(admin.get(f"/admin/core/users/do/reset-password?id={user.id}"))
    form["new_password"] = "very-secret-2026"
    own = admin.form(admin.get("/admin/password"))
    for name in ("current", "new", "again"):
        own[name] = "very-secret-2026"
    ended()
    for each in (form, own):
        page = admin._call(each.submit, headers=ORIGIN, status="*")
        assert "very-secret" not in page.text


@pytest.mark.parametrize("headers", [{}, {"Origin": "https://evil.example"}, {"Origin": "null"}])
def test_a_form_of_another_site_is_not_kept(admin, superuser, filled_in, ended, headers):
    ended()
    answer = send(admin, filled_in, status=303, headers=headers)
    assert answer.location.endswith("/admin/sign-in")


def test_too_much_is_not_kept(admin, superuser, filled_in, ended):
    filled_in["name"] = "长" * unsaved_forms.LONGEST
    ended()
    send(admin, filled_in, status=303)


def test_nothing_is_kept_without_the_token_of_the_page(browser, superuser, admin):
    browser.get("/admin/sign-in")
    fields = {"username": "root", "password": PASSWORD, unsaved_forms.FIELD: '[["name","x"]]'}
    browser.post("/admin/sign-in", fields, status=400)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[1]", '["ab"]', '[["a",1]]', '{"a":"b"}', "null", '[["a","b","c"]]', "[" * 9999],
)
def test_what_is_no_list_of_fields_is_none(text):
    assert [pair for pair in unsaved_forms.unpack(text) if pair != ("a", "b")] == []


def test_what_is_secret_is_not_taken_from_the_page_either():
    packed = unsaved_forms.pack([("csrf_token", "x"), ("new_password", "y"), ("name", "z")])
    assert unsaved_forms.unpack(packed) == [("name", "z")]
