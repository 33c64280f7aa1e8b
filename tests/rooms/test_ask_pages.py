"""The teachers' pages of giving way and of approval: 待办, one's talks, and asking."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from hhu_base.models import Group
from hhu_plugins.rooms import ask_answers, giving_way
from hhu_plugins.rooms.models import (
    CANCELLED,
    CONFIRMED,
    REJECTED,
    REQUESTED,
    Ask,
    Reservation,
)
from hhu_plugins.rooms.models.asks import ACCEPTED, OPEN, REFUSED, TAKEN_BACK

INBOX = "/app/inbox/"


@pytest.fixture
def as_holder(browser, teacher):
    return browser.as_user(teacher)


@pytest.fixture
def as_asker(browser, asker):
    return browser.as_user(asker)


def press(client, page, label: str, **values):
    """The button with this label, in whatever form of the page's main part it is."""
    [button] = [
        each
        for each in page.html.select("main button")
        if each.text.strip() == label and each.find_parent("summary") is None
    ]
    form = button.find_parent("form")
    content = {
        each["name"]: each.get("value", "")
        for each in form.select("input[name]")
        if each.get("type") != "radio" or each.has_attr("checked")
    }
    if button.has_attr("name"):
        content[button["name"]] = button["value"]
    return client.post(form["action"], content | values)


def test_what_waits_stands_in_the_inbox_and_a_tap_gives_way(
    as_holder, talk, held, other_room, session
):
    page = as_holder.get(INBOX)
    assert "林晨想用您预约的 勤学楼 101" in page.text
    assert "您的预约改到：勤学楼 102" in page.text
    answer = press(as_holder, page, "同意让出")
    assert answer.location.endswith(INBOX)
    session.refresh(talk)
    session.refresh(held)
    assert (talk.status, held.room_id) == (ACCEPTED, other_room.id)
    page = as_holder.get(INBOX)
    assert "已经让出" in page.text
    assert "林晨想用" not in page.text


def test_a_no_in_the_inbox(as_holder, talk, held, session):
    press(as_holder, as_holder.get(INBOX), "不同意")
    session.refresh(talk)
    assert (talk.status, held.status) == (REFUSED, CONFIRMED)


def test_the_holder_chooses_where_to_go(as_holder, talk, held, add_room, session):
    third = add_room("103", seats_count=20)
    page = as_holder.get(f"/app/asks/{talk.id}/")
    choices = page.html.select("input[name=to]")
    assert choices[0]["value"] == "offer"
    assert choices[0].has_attr("checked")
    [value] = [each["value"] for each in choices if each["value"].startswith(f"{third.id} ")]
    press(as_holder, page, "同意让出", to=value)
    session.refresh(held)
    session.refresh(talk)
    assert (held.room_id, talk.status) == (third.id, ACCEPTED)
    assert "原预约换到" in as_holder.get(f"/app/asks/{talk.id}/").text


def test_or_gives_it_up(as_holder, talk, held, session):
    page = as_holder.get(f"/app/asks/{talk.id}/")
    press(as_holder, page, "同意让出", to="give_up")
    session.refresh(held)
    assert held.status == CANCELLED


def test_an_offer_that_is_gone_is_not_shown_as_one(
    as_holder, talk, held, other_room, add_room, add_reservation, add_user, tomorrow, session
):
    add_room("103", seats_count=20)
    add_reservation(other_room, tomorrow(11), tomorrow(12), user_id=add_user("third").id)
    path = f"/app/asks/{talk.id}/"
    page = as_holder.get(path)
    assert "原先为您准备的会议室已经被别人预约" in page.text
    assert not page.html.select("input[value=offer]")
    answer = press(as_holder, page, "同意让出", to="offer")
    assert giving_way.OFFER_TAKEN in as_holder.get(answer.location).text
    assert talk.status == OPEN


@pytest.mark.parametrize(
    "to", ["1", "x y z", f"{10**30} 2030-01-01T10:00 2030-01-01T11:00", "9 a b"]
)
def test_nonsense_for_a_place_is_refused(as_holder, talk, held, to, session):
    path = f"/app/asks/{talk.id}/"
    token = as_holder.get(path).html.select_one("[name=csrf_token]")["value"]
    as_holder.post(path, {"csrf_token": token, "do": "yes", "to": to}, status="*")
    session.refresh(talk)
    assert (talk.status, held.revision) == (OPEN, 0)


def test_an_answer_too_late_is_told(as_holder, as_asker, talk, session):
    page = as_holder.get(f"/app/asks/{talk.id}/")
    press(as_asker, as_asker.get(f"/app/asks/{talk.id}/"), "撤回")
    session.refresh(talk)
    assert talk.status == TAKEN_BACK
    answer = press(as_holder, page, "同意让出")
    assert ask_answers.ANSWERED in as_holder.get(answer.location).text


def test_the_list_has_both_sides(as_holder, as_asker, talk):
    for client in (as_holder, as_asker):
        [link] = client.get("/app/asks/").html.select(f"a[href='/app/asks/{talk.id}/']")
        assert "勤学楼 101" in link.text
    assert "1 个等您答复" in as_holder.get("/app/me/").text


def test_nobody_else_sees_it(browser, add_user, talk, as_asker):
    third = browser.as_user(add_user("third"))
    third.get(f"/app/asks/{talk.id}/", status=404)
    token = third.get("/app/asks/new/").html.select_one("[name=csrf_token]")
    page = as_asker.get(f"/app/asks/{talk.id}/")
    assert token is None or token["value"]
    content = {"csrf_token": page.html.select_one("[name=csrf_token]")["value"], "do": "yes"}
    as_asker.post(f"/app/asks/{talk.id}/", content, status=404)
    assert talk.status == OPEN


def test_asking_from_the_room_to_the_answer(
    as_asker, held, room, other_room, teacher, tomorrow, session
):
    window = {"reserve_from": f"{tomorrow(9):%Y-%m-%dT%H:%M}"}
    window["reserve_to"] = f"{tomorrow(12):%Y-%m-%dT%H:%M}"
    page = as_asker.get("/app/asks/new/", {"room": str(room.id), **window})
    assert teacher.fullname in page.text
    [link] = [each for each in page.html.select("main a") if each.text == "请其让出"]
    page = as_asker.get(link["href"])
    refused = as_asker.submit(page, status=400, description="招生会", reason="")
    assert refused.html.select_one("#reason.is-invalid")
    assert refused.html.select_one("#description").text.strip() == "招生会"
    answer = as_asker.submit(
        page, description="招生会", reason="急用", reserve_from=f"{tomorrow(10):%Y-%m-%dT%H:%M}"
    )
    row = session.scalars(sa.select(Ask)).one()
    assert answer.location.endswith(f"/app/asks/{row.id}/")
    assert row.offer_room_id == other_room.id
    page = as_asker.get(answer.location)
    assert "请等答复" in page.text
    # Once is enough.
    page = as_asker.get(link["href"])
    refused = as_asker.submit(
        page,
        status=400,
        description="招生会",
        reason="急用",
        reserve_from=f"{tomorrow(10):%Y-%m-%dT%H:%M}",
    )
    assert giving_way.ONCE in refused.text


def test_searching_without_times_is_told(as_asker, room):
    page = as_asker.get("/app/asks/new/", {"room": str(room.id), "reserve_from": "x"})
    assert "请选择会议室，并填写开始和结束时间。" in page.text


# Approval


@pytest.fixture
def requests(room, teacher, asker, add_reservation, tomorrow, session) -> list[Reservation]:
    """Two for the same time."""
    group = Group(name="审批", users=[teacher])
    session.add(group)
    session.flush()
    room.approvers_id = group.id
    return [
        add_reservation(
            room, tomorrow(10), tomorrow(11), user_id=asker.id, status=REQUESTED, description=text
        )
        for text in ("学术报告", "学生活动")
    ]


def test_approvers_see_requests_side_by_side_and_answer_with_a_tap(as_holder, requests, session):
    page = as_holder.get(INBOX)
    items = page.html.select("main article")
    assert [each.select_one("h3").text.strip()[:4] for each in items] == ["林晨申请"] * 2
    assert "这段时间共有 2 个申请" in items[0].text
    form = items[0].select_one("form")
    content = {each["name"]: each["value"] for each in form.select("input")}
    as_holder.post(form["action"], content)
    for each in requests:
        session.refresh(each)
    assert [each.status for each in requests] == [CONFIRMED, REQUESTED]
    page = as_holder.get(INBOX)
    assert "这段时间已经有了别的预约" in page.text
    form = page.html.select_one("main article details form")
    content = {each["name"]: each["value"] for each in form.select("input")}
    as_holder.post(form["action"], content)
    assert requests[1].status == REQUESTED  # a no wants its reason
    as_holder.post(form["action"], content | {"reason": "时间已满"})
    session.refresh(requests[1])
    assert (requests[1].status, requests[1].status_reason) == (REJECTED, "时间已满")
    assert "没有等您处理的事情" in as_holder.get(INBOX).text


def test_a_yes_that_finds_the_room_taken_is_told(
    as_holder, requests, add_reservation, add_user, room, tomorrow, session
):
    page = as_holder.get(INBOX)
    add_reservation(room, tomorrow(10), tomorrow(12), user_id=add_user("third").id)
    form = page.html.select_one("main article form")
    content = {each["name"]: each["value"] for each in form.select("input")}
    answer = as_holder.post(form["action"], content)
    assert "没有约成：会议室在该时间段已经被占用。" in as_holder.get(answer.location).text
    session.refresh(requests[0])
    assert requests[0].status == REJECTED


def test_who_is_no_approver_answers_nothing(as_asker, requests, session):
    assert "没有等您处理的事情" in as_asker.get(INBOX).text
    token = as_asker.get(INBOX).html.select_one("[name=csrf_token]")
    content = {"do": "approve", "csrf_token": token["value"] if token else ""}
    as_asker.post(f"/app/approvals/{requests[0].id}/", content, status="4*")
    session.refresh(requests[0])
    assert requests[0].status == REQUESTED


def test_what_is_over_is_not_in_the_inbox(as_holder, talk, session):
    talk.answer_before = datetime.now(UTC) - timedelta(seconds=1)
    assert "林晨想用" not in as_holder.get(INBOX).text
    assert "同意让出" not in as_holder.get(f"/app/asks/{talk.id}/").text
