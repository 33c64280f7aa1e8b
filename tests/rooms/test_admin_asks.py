"""会议室协商 in the back office: all talks, an answer in the holder's place; and who approves."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from hhu_base.models import AuditEntry, Group
from hhu_base.notifications.models import Notice
from hhu_plugins.rooms import giving_way
from hhu_plugins.rooms.models import CONFIRMED, REJECTED, REQUESTED, Meetingroom, Reservation
from hhu_plugins.rooms.models.asks import ACCEPTED, OPEN, REFUSED
from tests.admin.test_edit_views import choose

PAGE = "/admin/rooms/asks/"


def answer(admin, row, what: str, status: int = 303, **values):
    page = admin.get(f"{PAGE}do/{what}?id={row.id}")
    token = page.html.select_one("[name=csrf_token]")["value"]
    content = {"csrf_token": token, "id": str(row.id), **values}
    return admin.post(f"{PAGE}do/{what}", content, status=status)


def told(session, user) -> list[str]:
    found = session.scalars(
        sa.select(Notice.body).where(Notice.user_id == user.id).order_by(Notice.id)
    )
    return list(found)


def test_the_list_shows_who_talks_with_whom(admin, talk, teacher):
    page = admin.get(PAGE)
    assert "林晨" in page.text
    assert teacher.fullname in page.text
    page = admin.get(f"{PAGE}{talk.id}/")
    assert "专家只有这时有空" in page.text
    assert "勤学楼 102" in page.text
    assert "代为同意" in page.text


def test_an_answer_in_the_holders_place_is_recorded_and_told_with_its_reason(
    admin, talk, held, other_room, session, teacher, asker
):
    answer(admin, talk, "yes", reason="学院急用")
    session.refresh(held)
    session.refresh(talk)
    assert (talk.status, held.room_id, held.status) == (ACCEPTED, other_room.id, CONFIRMED)
    entry = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert (entry.action, entry.after["状态"]) == ("代为同意协商", "已让出")
    assert "学院急用" in told(session, teacher)[-1]
    assert "学院急用" in told(session, asker)[-1]


def test_a_no_in_the_holders_place(admin, talk, session, teacher, asker):
    answer(admin, talk, "no", status=400, reason=" ")
    answer(admin, talk, "no", reason="已经协调好了")
    session.refresh(talk)
    assert (talk.status, talk.status_reason) == (REFUSED, "已经协调好了")
    assert "您的预约不变" in told(session, teacher)[-1]
    assert "已经协调好了" in told(session, asker)[-1]


def test_an_answer_that_came_too_late_changes_nothing(admin, talk, session, held):
    page = admin.get(f"{PAGE}do/yes?id={talk.id}")
    token = page.html.select_one("[name=csrf_token]")["value"]
    answer(admin, talk, "no", reason="已经协调好了")
    content = {"csrf_token": token, "id": str(talk.id), "reason": "急"}
    where = admin.post(f"{PAGE}do/yes", content).location
    assert giving_way.BEGUN not in admin.get(where).text
    session.refresh(talk)
    assert talk.status == REFUSED
    assert held.revision == 0


def test_conflicts_show_that_talks_are_under_way(admin, talk, room, tomorrow):
    window = f"start={tomorrow(9):%Y-%m-%dT%H:%M}&end={tomorrow(12):%Y-%m-%dT%H:%M}"
    page = admin.get(f"/admin/rooms/conflicts/?{window}")
    [link] = page.html.select(f"a[href='{PAGE}{talk.id}/']")
    assert "协商中：林晨想用" in link.text
    answer(admin, talk, "no", reason="不行")
    page = admin.get(f"/admin/rooms/conflicts/?{window}")
    assert not page.html.select(f"a[href='{PAGE}{talk.id}/']")


def test_who_may_only_look_answers_nothing(browser, add_staff, talk, session):
    viewer = browser.as_user(add_staff("rooms.view"))
    assert "代为同意" not in viewer.get(f"{PAGE}{talk.id}/").text
    viewer.get(f"{PAGE}do/yes?id={talk.id}", status=403)
    assert talk.status == OPEN


# Who approves


@pytest.fixture
def group(session) -> Group:
    group = Group(name="报告厅审批")
    session.add(group)
    session.flush()
    return group


def test_the_form_of_a_room_says_who_approves_what(browser, add_staff, room, group, session):
    admin = browser.as_user(add_staff("rooms.change"))
    assert admin.get("/admin/core/groups/options", {"q": "报告"}).json["results"]
    path = f"/admin/rooms/meetingrooms/{room.id}/"
    page = admin.get(path)
    admin.form(page)["approvers_id"].force_value(str(group.id))
    admin.submit(page, approval_over="120", approval_hours="8：00 至 18：00")
    session.refresh(room)
    stored = (room.approvers_id, room.approval_over, room.approval_hours)
    assert stored == (group.id, 120, "08:00-18:00")
    page = admin.submit(admin.get(path), status=400, approval_hours="22:00-02:00")
    assert "请写成 08:00-18:00 的形式" in page.text
    admin.submit(admin.get(path), approvers_id="", approval_over="", approval_hours="")
    session.refresh(room)
    assert (room.approvers_id, room.approval_hours) == (None, None)


def test_a_group_that_only_approves_may_have_members_outside_the_staff(admin, teacher, session):
    page = admin.get("/admin/core/groups/add")
    admin.form(page)["users"].force_value([str(teacher.id)])
    admin.submit(page, name="审批人")
    group = session.scalars(sa.select(Group)).one()
    assert [user.id for user in group.users] == [teacher.id]
    page = admin.get(f"/admin/core/groups/{group.id}/")
    choose(admin.form(page), "rooms.view")
    refused = admin.submit(page, status=400)
    assert "还不是“工作人员”" in refused.text


def test_an_administrator_books_such_a_room_knowingly(
    admin, room, group, superuser, session, tomorrow
):
    room.approvers_id = group.id
    values = {
        "do": "book",
        "room_id": str(room.id),
        "user_id": str(superuser.id),
        "reserve_from": f"{tomorrow(10):%Y-%m-%dT%H:%M}",
        "reserve_to": f"{tomorrow(11):%Y-%m-%dT%H:%M}",
        "description": "院务会",
    }
    path = "/admin/rooms/book/"
    token = admin.get(path).html.select_one("[name=csrf_token]")["value"]
    refused = admin.post(path, values | {"csrf_token": token}, status=400)
    assert "该会议室需要审批。" in refused.text
    assert "我知道超出了规定" in refused.text
    admin.post(path, values | {"csrf_token": token, "knowingly": "true"})
    [made] = session.scalars(sa.select(Reservation))
    assert made.status == CONFIRMED


@pytest.mark.parametrize("what", ["approve", "refuse"])
def test_an_administrator_may_answer_a_request(
    admin, room, group, add_reservation, session, tomorrow, teacher, what
):
    session.get_one(Meetingroom, room.id).approvers_id = group.id
    row = add_reservation(room, tomorrow(10), tomorrow(11), status=REQUESTED)
    path = f"/admin/rooms/reservations/do/{what}"
    token = admin.get(f"{path}?id={row.id}").html.select_one("[name=csrf_token]")["value"]
    admin.post(path, {"csrf_token": token, "id": str(row.id), "reason": "布置考场"})
    session.refresh(row)
    assert row.status == (CONFIRMED if what == "approve" else REJECTED)
    assert len(told(session, teacher)) == 1
