"""我的预约: what is ahead and past, and all that can be done to one's own reservation."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from hhu_base.models import Group
from hhu_plugins.rooms import changes, checkins, decisions, holds
from hhu_plugins.rooms.models import (
    CANCELLED,
    CONFIRMED,
    HELD,
    PENDING,
    REJECTED,
    REQUESTED,
    WITHDRAWN,
    Reservation,
    WaitingRequest,
)
from hhu_plugins.rooms.policy import GONE, OVER

LIST = "/app/reservations/"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def mine(browser, teacher):
    return browser.as_user(teacher)


@pytest.fixture
def other(add_user):
    return add_user("x0001", last_name="林", first_name="晨")


@pytest.fixture
def meeting(room, add_reservation, tomorrow) -> Reservation:
    return add_reservation(room, tomorrow(10), tomorrow(11), description="教研室例会")


@pytest.fixture
def do(mine):
    """``do(row, "cancel")``: what its page's button sends; the next page."""

    def do(row, what: str, client=mine, status=303):
        token = client.get("/app/me/").html.select_one("[name=csrf_token]")["value"]
        fields = {"csrf_token": token, "do": what}
        return client.post(f"{LIST}{row.id}/", fields, status=status)

    return do


def said(page) -> list[str]:
    return [each.get_text(strip=True) for each in page.html.select(".alert p")]


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def test_what_is_ahead_comes_by_time_and_what_is_past_apart(
    mine, room, other, add_reservation, tomorrow
):
    add_reservation(room, tomorrow(14), tomorrow(15), description="后")
    add_reservation(room, tomorrow(10), tomorrow(11), description="先")
    add_reservation(room, tomorrow(8), tomorrow(9), description="别人的", user_id=other.id)
    add_reservation(room, tomorrow(8), tomorrow(9), description="申请", status=REQUESTED)
    add_reservation(room, tomorrow(9), tomorrow(10), description="废", status=REJECTED)
    past = now() - timedelta(days=40)
    for number in range(31):
        add_reservation(
            room, past + number * HOUR, past + (number + 1) * HOUR, description=f"旧{number}"
        )
    shown = [each.contents[0] for each in mine.get(LIST).html.select(".rows .grow")]
    assert shown == ["申请", "先", "后"]
    first = mine.get(LIST, {"past": "1"})
    shown = [each.contents[0] for each in first.html.select(".rows .grow")]
    assert (shown[0], shown[1], len(shown)) == ("废", "旧30", 30)
    assert (
        mine.get(first.html.select_one(".pager a")["href"])
        .html.select(".rows .grow")[-1]
        .contents[0]
        == "旧0"
    )
    for text in ("0", "x", "9" * 30, "-1"):
        assert "还没有预约" not in mine.get(LIST, {"past": text}).text


def test_a_page_of_somebody_elses_is_none(mine, do, room, other, add_reservation, tomorrow):
    row = add_reservation(room, tomorrow(8), tomorrow(9), user_id=other.id)
    for path in ("", "change", "meeting.ics"):
        mine.get(f"{LIST}{row.id}/{path}", status=404)
    do(row, "cancel", status=404)
    assert row.status == CONFIRMED


def test_one_that_repeats_another_is_that_one(mine, meeting, room, add_reservation, tomorrow):
    again = add_reservation(
        room, tomorrow(10), tomorrow(11), status=REJECTED, repeats_id=meeting.id
    )
    assert "已预约" in mine.get(f"{LIST}{again.id}/").text


def test_cancelled_by_mistake_it_is_had_back(mine, do, meeting):
    page = mine.get(do(meeting, "cancel").location)
    assert meeting.status == CANCELLED
    assert "撤销" in page.html.select_one("main [role=status]").text
    do(meeting, "cancel")  # twice
    for _ in range(2):
        assert said(mine.get(do(meeting, "undo").location)) == ["已恢复预约。"]
        assert meeting.status == CONFIRMED


def test_somebody_else_is_quicker_than_the_undo(
    mine, do, meeting, room, other, add_reservation, tomorrow
):
    do(meeting, "cancel")
    add_reservation(room, tomorrow(10), tomorrow(11), user_id=other.id)
    assert said(mine.get(do(meeting, "undo").location))[0] == decisions.TAKEN
    assert meeting.status == CANCELLED


def test_who_asked_before_the_undo_has_it(
    mine, do, session, meeting, room, other, add_reservation, tomorrow
):
    do(meeting, "cancel")
    before = add_reservation(room, tomorrow(10), tomorrow(11), user_id=other.id, status=PENDING)
    assert said(mine.get(do(meeting, "undo").location))[0] == decisions.TAKEN
    decisions.decide_pending(session)
    session.expire_all()
    assert (before.status, meeting.status) == (CONFIRMED, CANCELLED)


def test_who_waits_has_it_at_once_and_no_undo_takes_it_away(
    mine, do, session, meeting, room, other, tomorrow
):
    waiting = WaitingRequest(
        user_id=other.id,
        room_id=room.id,
        reserve_from=tomorrow(10),
        reserve_to=tomorrow(11),
        description="等",
        wait_until=tomorrow(10),
    )
    session.add(waiting)
    do(meeting, "cancel")
    assert said(mine.get(do(meeting, "undo").location))[0] == decisions.TAKEN
    assert waiting.reservation.status == HELD


def test_what_is_long_cancelled_or_was_by_others_is_not_to_be_undone(
    mine, do, session, meeting, superuser
):
    do(meeting, "cancel")
    meeting.status_changed_at -= changes.UNDO_WITHIN
    session.flush()
    assert "撤销" not in mine.get(f"{LIST}?cancelled={meeting.id}").text
    assert said(mine.get(do(meeting, "undo").location)) == [changes.TOO_LATE_TO_UNDO]
    meeting.status_changed_at = now()
    meeting.status_changed_by = superuser.id
    session.flush()
    assert said(mine.get(do(meeting, "undo").location)) == [changes.TOO_LATE_TO_UNDO]
    assert meeting.status == CANCELLED


def test_a_request_that_was_taken_back_does_not_come_back_as_a_reservation(
    mine, do, session, room, add_reservation, tomorrow
):
    group = Group(name="审批人")
    session.add(group)
    session.flush()
    room.approvers_id = group.id
    row = add_reservation(room, tomorrow(10), tomorrow(11), status=REQUESTED)
    assert said(mine.get(do(row, "cancel").location)) == ["申请已撤回。"]
    assert row.status == CANCELLED
    do(row, "undo")
    assert row.status == CANCELLED


def test_an_undo_keeps_the_limits_of_a_person(
    mine, do, monkeypatch, meeting, add_reservation, add_room, tomorrow
):
    from dataclasses import replace

    registry = mine.client.app.registry
    limited = replace(registry["rooms.policy"], max_open=1)
    monkeypatch.setitem(registry, "rooms.policy", limited)
    do(meeting, "cancel")
    add_reservation(add_room("102"), tomorrow(14), tomorrow(15))
    assert "每人最多有1个" in said(mine.get(do(meeting, "undo").location))[0]


def test_a_running_meeting_is_ended(mine, do, room, add_reservation, policy):
    start = policy.down(now()) - HOUR
    row = add_reservation(room, start, start + 3 * HOUR)
    page = mine.get(f"{LIST}{row.id}/")
    assert "取消预约" not in page.text
    assert "结束" in said(mine.get(do(row, "end").location))[0]
    assert row.reserve_to <= now() + policy.step


def test_what_is_over_can_only_be_looked_at(mine, do, room, add_reservation):
    row = add_reservation(room, now() - 3 * HOUR, now() - 2 * HOUR)
    page = mine.get(f"{LIST}{row.id}/")
    assert page.html.select("main form") == []
    for what in ("cancel", "end"):
        assert said(mine.get(do(row, what).location)) == [OVER]
    assert said(mine.get(do(row, "checkin").location)) == [OVER]
    mine.get(f"{LIST}{row.id}/change", status=303)
    assert do(row, "dance", status=400)


def test_checked_in_on_the_page(mine, do, session, room, add_reservation):
    room.checkin_since = now() - timedelta(days=1)
    row = add_reservation(room, now() - MINUTE, now() + HOUR)
    assert "签到" in mine.get("/app/").html.select_one("[aria-labelledby=today-rooms] button").text
    page = mine.get(f"{LIST}{row.id}/")
    assert "等您签到" in page.text
    for _ in range(2):
        assert said(mine.get(do(row, "checkin").location)) == ["已签到。"]
    assert checkins.is_checked_in(row)
    assert "已签到" in mine.get(f"{LIST}{row.id}/").text


def test_a_hold_is_confirmed_or_given_back(
    mine, do, session, room, teacher, add_reservation, tomorrow
):
    rows = []
    for hour in (10, 12, 14):
        row = add_reservation(
            room, tomorrow(hour), tomorrow(hour + 1), status=HELD, hold_until=now() + HOUR
        )
        times = {"reserve_from": row.reserve_from, "reserve_to": row.reserve_to}
        session.add(
            WaitingRequest(
                user_id=teacher.id,
                room_id=room.id,
                description="例会",
                wait_until=row.reserve_from,
                status="offered",
                reservation_id=row.id,
                **times,
            )
        )
        rows.append(row)
    first, second, third = rows
    assert "等您确认" in mine.get(LIST).text
    assert "确认预约" in mine.get("/app/").html.select_one("[aria-labelledby=today-rooms]").text
    for _ in range(2):
        assert said(mine.get(do(first, "confirm").location)) == ["已预约。"]
    assert first.status == CONFIRMED
    assert said(mine.get(do(second, "cancel").location)) == ["已放弃。"]
    assert second.status == WITHDRAWN
    third.hold_until = now() - MINUTE
    session.flush()
    assert "保留已结束" in mine.get(f"{LIST}{third.id}/").text
    assert said(mine.get(do(third, "confirm").location)) == [holds.TOO_LATE]


def change(client, row, status=303, button=None, **fields):
    page = client.get(f"{LIST}{row.id}/change")
    return client.submit(page, status=status, **fields)


def test_room_time_and_words_are_changed(mine, meeting, add_room, tomorrow):
    other = add_room("102")
    answer = change(
        mine, meeting, start="14:00", end="15:30", room_id=str(other.id), description="改过"
    )
    assert said(mine.get(answer.location)) == ["已改好。"]
    assert (meeting.reserve_from, meeting.reserve_to) == (tomorrow(14), tomorrow(15, 30))
    assert (meeting.room_id, meeting.description) == (other.id, "改过")


def test_what_nobody_touched_stays(mine, session, room, add_reservation, tomorrow):
    """Off the grid, and with several lines of description."""
    row = add_reservation(room, tomorrow(10, 7), tomorrow(11, 3), description="一\n二")
    change(mine, row)
    assert row.revision == 0
    change(mine, row, description="一\r\n二\r\n三")
    assert (row.description, row.reserve_from) == ("一\n二\n三", tomorrow(10, 7))


def test_until_midnight_is_until_the_next_day(mine, meeting, tomorrow):
    change(mine, meeting, start="22:00", end="00:00")
    assert meeting.reserve_to == tomorrow(0) + timedelta(days=1)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"start": "", "end": ""}, "请填写日期和起止时间。"),
        ({"day": "x"}, "请填写日期和起止时间。"),
        ({"day": "9999-12-31", "start": "23:00", "end": "01:00"}, "请填写日期和起止时间。"),
        ({"end": "18:00"}, "不得超过3小时"),
        ({"day": "2020-01-01"}, "结束时间必须在现在以后。"),
        ({"description": " "}, "会议说明"),
    ],
)
def test_a_bad_change_is_told_and_what_was_filled_in_stays(mine, meeting, fields, sentence):
    page = change(mine, meeting, status=400, **fields)
    assert sentence in said(page)[0]
    form = mine.form(page)
    assert {name: form[name].value for name in fields} == fields
    assert meeting.revision == 0


def test_a_taken_time_is_refused_with_buttons_that_take_another(
    mine, meeting, room, other, add_room, add_reservation, tomorrow
):
    near = add_room("102", seats_count=12)
    add_reservation(room, tomorrow(14), tomorrow(15), user_id=other.id)
    page = change(mine, meeting, status=400, start="14:00", end="15:00", description="我的")
    assert said(page) == [decisions.TAKEN]
    assert (meeting.room_id, meeting.revision) == (room.id, 0)
    values = [each["value"] for each in page.html.select("[name=instead]")]
    assert f"room:{near.id}" in values
    form = mine.form(page)
    form.submit("instead", index=values.index(f"room:{near.id}"), status=303)
    answer = mine.get(f"{LIST}{meeting.id}/")
    assert "勤学楼 102" in answer.text
    assert (meeting.reserve_from, meeting.description) == (tomorrow(14), "我的")


def test_changed_by_others_meanwhile_it_is_told_first(mine, session, meeting, tomorrow):
    page = mine.get(f"{LIST}{meeting.id}/change")
    session.execute(sa.update(Reservation).values(description="别人改的"))
    refused = mine.submit(page, status=409, start="14:00", end="15:00")
    assert said(refused) == [decisions.STALE]
    mine.submit(refused)
    assert meeting.reserve_from == tomorrow(14)


def test_a_cancelled_one_is_not_changed(mine, meeting, session):
    page = mine.get(f"{LIST}{meeting.id}/change")
    meeting.status = CANCELLED
    session.flush()
    refused = mine.submit(page, status=400, start="14:00", end="15:00")
    assert said(refused) == [GONE]


def test_it_goes_into_a_calendar_and_into_a_chat(mine, meeting):
    page = mine.get(f"{LIST}{meeting.id}/")
    assert "地点：勤学楼 101" in page.html.select_one("[data-copy]")["data-copy"]
    calendar = mine.get(page.html.select_one("[href$='.ics']")["href"])
    assert calendar.content_type == "text/calendar"
    assert b"SUMMARY:" in calendar.body
    assert b"attachment" in calendar.headers["Content-Disposition"].encode()


def test_what_one_waits_for_stands_among_them(mine, session, room, teacher, tomorrow):
    session.add(
        WaitingRequest(
            user_id=teacher.id,
            room_id=room.id,
            reserve_from=tomorrow(10),
            reserve_to=tomorrow(11),
            description="等",
            wait_until=tomorrow(10),
        )
    )
    assert "候补中" in mine.get(LIST).html.select_one("[aria-label=候补]").text


def test_today_shows_what_is_mine_and_nothing_where_there_is_none(mine, room, add_reservation):
    assert mine.get("/app/").html.select_one("[aria-labelledby=today-rooms]") is None
    add_reservation(room, now() + 5 * MINUTE, now() + HOUR, description="马上")
    card = mine.get("/app/").html.select_one("[aria-labelledby=today-rooms]")
    assert "马上" in card.text
