"""The page of one's notices, and the choice of what comes by mail."""

import pytest

from hhu_base.notifications import Link, notify
from hhu_base.notifications.models import NoticeChoice


@pytest.fixture
def me(browser, teacher):
    return browser.as_user(teacher)


def test_the_shell_counts_what_is_new_until_it_is_seen(session, me, teacher):
    notify(session, teacher, "x.y", "主题", "正文", links=[Link("去看看", "/app/inbox/")])
    assert "1" in me.get("/app/").html.select_one("header .count").text
    page = me.get("/app/notices/")
    assert page.html.select_one("article.is-new h2").text.startswith("主题")
    assert page.html.select_one("article a.btn")["href"] == "/app/inbox/"
    again = me.get("/app/notices/")
    assert again.html.select_one("header .count") is None
    assert again.html.select_one("article.is-new") is None


def test_a_browser_that_fetches_ahead_has_seen_nothing(session, me, teacher):
    notify(session, teacher, "x.y", "主题", "正文")
    me.get("/app/notices/", headers={"Sec-Purpose": "prefetch"})
    assert me.get("/app/").html.select_one("header .count") is not None


def test_a_teacher_sees_no_way_to_a_page_of_the_back_office(
    session, me, teacher, browser, add_user
):
    staff = add_user("staff", is_staff=True)
    for user in (teacher, staff):
        notify(session, user, "x.y", "主题", "正文", cause="/admin/rooms/reservations/1/")
    assert me.get("/app/notices/").html.select("article a") == []
    [link] = browser.as_user(staff).get("/app/notices/").html.select("article a")
    assert link["href"] == "/admin/rooms/reservations/1/"


def test_many_are_read_page_by_page(session, me, teacher):
    for n in range(25):
        notify(session, teacher, "x.y", f"第 {n} 条", "正文")
    first = me.get("/app/notices/")
    assert len(first.html.select("article")) == 20
    older = me.get(first.html.select_one(".pager a")["href"])
    assert [each.text.split()[1] for each in older.html.select("article h2")] == list("43210")


@pytest.mark.parametrize("before", ["x", "-1", "9" * 30, ""])
def test_any_place_in_the_list_is_answered(me, before):
    me.get(f"/app/notices/?before={before}")


class TestChoices:
    PATH = "/app/me/notices/"

    def test_what_must_be_told_cannot_be_turned_off_and_says_so(self, me):
        page = me.get(self.PATH)
        box = page.html.find(id="kind-rooms.reservation")
        assert box.has_attr("disabled")
        assert box.has_attr("checked")

    def test_a_kind_that_is_turned_off_stays_off_until_it_is_turned_on(self, me, session, teacher):
        form = me.form(me.get(self.PATH))
        for box in form.fields["kind"]:
            if box._value == "repairs.status":
                box.checked = False
        me._call(form.submit, status=303)
        choice = session.get(NoticeChoice, (teacher.id, "repairs.status"))
        assert choice.by_mail is False
        assert session.get(NoticeChoice, (teacher.id, "rooms.reminder")).by_mail is True
        assert not me.get(self.PATH).html.find(id="kind-repairs.status").has_attr("checked")
        form = me.form(me.get(self.PATH))
        for box in form.fields["kind"]:
            box.checked = True
        me._call(form.submit, status=303)
        session.expire_all()
        assert session.get(NoticeChoice, (teacher.id, "repairs.status")).by_mail is True

    def test_a_kind_that_nobody_has_made_known_is_not_stored(self, me, session, teacher):
        token = me.form(me.get(self.PATH))["csrf_token"].value
        me.post(self.PATH, {"csrf_token": token, "kind": "no.such"})
        assert session.get(NoticeChoice, (teacher.id, "no.such")) is None
