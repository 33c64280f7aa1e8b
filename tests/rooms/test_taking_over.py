"""The rooms' part of a takeover."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from hhu_plugins.rooms import booking
from hhu_plugins.rooms.models import CONFIRMED, REJECTED, Meetingroom, Reservation

from ..taking_over.dumps import reservation, room, user  # noqa: TID252 - shared by the plugins

PEOPLE = (user(1), user(2, last_name="张", first_name="三"))


@pytest.fixture
def take(take_objects):
    """``take(object, …)``: a takeover of these rooms and reservations of two people."""
    return partial(take_objects, *PEOPLE)


def at(clock, day=22):
    """Site time without an offset, as a naive database has it."""
    return f"2020-02-{day:02}T{clock}:00"


def statuses(session):
    rows = session.execute(sa.select(Reservation.id, Reservation.status).order_by(Reservation.id))
    return [tuple(row) for row in rows]


def test_rooms_and_reservations_keep_their_ids(session, take):
    done = take(
        room(4, label="投影", seats_count=12),
        reservation(9, at("10:00"), at("11:30"), meetingroom=4),
    )
    assert done.problems == []
    found = session.get_one(Meetingroom, 4)
    assert (found.name, found.location, found.seats_count, found.label, found.description) == (
        "会议室 4", "勤学楼", 12, "投影", "",
    )  # fmt: skip
    kept = session.get_one(Reservation, 9)
    assert (kept.room_id, kept.user_id, kept.status, kept.description) == (4, 1, CONFIRMED, "例会")
    assert kept.reserve_from == datetime(2020, 2, 22, 2, tzinfo=UTC)
    assert kept.reserve_to == datetime(2020, 2, 22, 3, 30, tzinfo=UTC)
    assert kept.requested_at == kept.reserve_from


def test_a_room_may_lack_what_is_optional(session, take):
    done = take(room(1, label=None, description=None, seats_count=None))
    assert done.problems == []
    assert (session.get_one(Meetingroom, 1).seats_count) == 0


def test_reservations_that_only_touch_are_no_overlap(session, take):
    done = take(
        room(1), reservation(1, at("10:00"), at("11:00")), reservation(2, at("11:00"), at("12:00"))
    )
    assert done.problems == []
    assert statuses(session) == [(1, CONFIRMED), (2, CONFIRMED)]


OVERLAPPING = (
    room(1),
    reservation(3, at("11:00"), at("12:00"), user=2),
    reservation(1, at("10:00"), at("11:30")),
    reservation(5, at("11:30"), at("12:00")),
    reservation(7, at("09:00"), at("12:30"), user=2),
)


def test_overlapping_ones_are_listed_with_room_times_and_people_and_stop_it(session, take):
    done = take(*OVERLAPPING)
    assert done.problems == [
        "预约重叠：勤学楼 会议室 1，#3 t0002 张三 2020-02-22 11:00–12:00，"
        "而先有 #1 t0001 褚杰 2020-02-22 10:00–11:30",
        "预约重叠：勤学楼 会议室 1，#7 t0002 张三 2020-02-22 09:00–12:30，"
        "而先有 #1 t0001 褚杰 2020-02-22 10:00–11:30、#5 t0001 褚杰 2020-02-22 11:30–12:00",
    ]
    assert statuses(session) == []


def test_if_allowed_those_who_came_later_become_rejected(session, take):
    done = take(*OVERLAPPING, allowed=["overlaps"])
    assert done.problems == []
    assert len(done.notes) == 2
    assert statuses(session) == [(1, CONFIRMED), (3, REJECTED), (5, CONFIRMED), (7, REJECTED)]
    assert session.get_one(Reservation, 3).status_reason == booking.TAKEN


def test_a_second_run_finds_them_all_there(session, take):
    take(*OVERLAPPING, allowed=["overlaps"])
    done = take(*OVERLAPPING, allowed=["overlaps"])
    assert done.problems == []
    assert done.counts["reservation.reservation"] == {"共": 4, "已存在": 4}


def test_what_is_reserved_here_already_comes_first(session, take):
    take(room(1))
    here = {"room_id": 1, "user_id": 2, "description": "", "status": CONFIRMED, "id": 800}
    start = datetime(2020, 2, 22, 2, tzinfo=UTC)
    session.add(Reservation(reserve_from=start, reserve_to=start + timedelta(hours=1), **here))
    session.flush()
    done = take(room(1), reservation(9, at("10:30"), at("12:00")), allowed=["overlaps"])
    assert "先有 #800 t0002 张三 2020-02-22 10:00–11:00" in done.notes[0]
    assert statuses(session) == [(9, REJECTED), (800, CONFIRMED)]


IMPOSSIBLE = (
    room(1),
    reservation(1, at("11:00"), at("10:00")),
    reservation(2, at("10:00"), at("10:00")),
    reservation(3, at("10:00"), at("10:30", day=23)),
    reservation(4, at("10:00"), at("10:00", day=23)),
)


def test_reversed_and_endless_ones_are_listed_and_stop_it(session, take):
    done = take(*IMPOSSIBLE)
    assert [told.split("（")[0] for told in done.problems] == [
        "reservation.reservation #1：结束不晚于开始",
        "reservation.reservation #2：结束不晚于开始",
        "reservation.reservation #3：超过 24 小时",
    ]
    assert statuses(session) == []


def test_if_allowed_reversed_and_endless_ones_are_left_out(session, take):
    done = take(*IMPOSSIBLE, allowed=["impossible"])
    assert statuses(session) == [(4, CONFIRMED)]
    assert done.counts["reservation.reservation"] == {"共": 4, "舍弃": 3, "写入": 1}


@pytest.mark.parametrize(
    ("objects", "problem"),
    [
        ([room(1, seats_count=-1)], "reservation.meetingroom #1：seats_count 不是非负整数"),
        ([room(1, seats_count=2**31)], "reservation.meetingroom #1：seats_count 不是非负整数"),
        (
            [room(1), room(2, name="会议室 1")],
            "reservation.meetingroom #2：“勤学楼 会议室 1”已被 #1 占用",
        ),
        (
            [reservation(1, at("10:00"), at("11:00"))],
            "meetingroom 指向不存在的 reservation.meetingroom 1",
        ),
        ([room(1), reservation(1, at("10:00"), at("11:00"), user=None)], "没有 user"),
        (
            [room(1), reservation(1, at("10:00"), at("11:00"), user=77)],
            "user 指向不存在的 user.user 77",
        ),
        ([room(1), reservation(1, None, at("11:00"))], "reserve_from 不是有效的时间"),
    ],
)
def test_what_cannot_be_brought_over_is_named(session, take, objects, problem):
    assert any(problem in told for told in take(*objects).problems)
    assert statuses(session) == []
