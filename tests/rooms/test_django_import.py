"""The rooms' part of a takeover."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from hhu_plugins.rooms import decisions
from hhu_plugins.rooms.models import CANCELLED, CONFIRMED, REJECTED, Meetingroom, Reservation
from tests.cli.django_import.dumps import notes, other, outcomes, reasons, reservation, room, user

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
    assert reasons(done) == []
    found = session.get_one(Meetingroom, 4)
    assert (found.name, found.location, found.seats_count, found.label, found.description) == (
        "会议室 4", "勤学楼", 12, "投影", "",
    )  # fmt: skip
    kept = session.get_one(Reservation, 9)
    assert (kept.room_id, kept.user_id, kept.status, kept.description) == (4, 1, CONFIRMED, "例会")
    assert kept.reserve_from == datetime(2020, 2, 22, 2, tzinfo=UTC)
    assert kept.reserve_to == datetime(2020, 2, 22, 3, 30, tzinfo=UTC)
    assert kept.requested_at == datetime(2020, 2, 1, 0, 0, 9, tzinfo=UTC)


def test_a_room_may_lack_what_is_optional(session, take):
    done = take(room(1, label=None, description=None, seats_count=None))
    assert reasons(done) == []
    assert (session.get_one(Meetingroom, 1).seats_count) == 0


def test_reservations_that_only_touch_are_no_overlap(session, take):
    done = take(
        room(1), reservation(1, at("10:00"), at("11:00")), reservation(2, at("11:00"), at("12:00"))
    )
    assert reasons(done) == []
    assert statuses(session) == [(1, CONFIRMED), (2, CONFIRMED)]


OVERLAPPING = (
    room(1),
    reservation(3, at("11:00"), at("12:00"), user=2),
    reservation(1, at("10:00"), at("11:30")),
    reservation(5, at("11:30"), at("12:00")),
    reservation(7, at("09:00"), at("12:30"), user=2),
)


def test_of_overlapping_ones_who_asked_later_is_rejected_and_told(session, take):
    done = take(*OVERLAPPING)
    assert reasons(done) == []
    assert notes(done) == [
        "reservation.reservation #3：预约重叠，导入为“已拒绝”：勤学楼 会议室 1，"
        "#3 t0002 张三 2020-02-22 11:00–12:00，而先有 #1 t0001 褚杰 2020-02-22 10:00–11:30",
        "reservation.reservation #7：预约重叠，导入为“已拒绝”：勤学楼 会议室 1，"
        "#7 t0002 张三 2020-02-22 09:00–12:30，"
        "而先有 #1 t0001 褚杰 2020-02-22 10:00–11:30、#5 t0001 褚杰 2020-02-22 11:30–12:00",
    ]
    assert statuses(session) == [(1, CONFIRMED), (3, REJECTED), (5, CONFIRMED), (7, REJECTED)]
    assert session.get_one(Reservation, 3).status_reason == decisions.TAKEN


def test_who_asked_first_is_told_by_the_time_and_not_by_the_number(session, take):
    take(
        room(1),
        reservation(1, at("10:00"), at("11:00"), created="2020-02-02T00:00:00Z"),
        reservation(2, at("10:30"), at("12:00"), created="2020-02-01T00:00:00Z"),
    )
    assert statuses(session) == [(1, REJECTED), (2, CONFIRMED)]


def test_a_second_run_finds_them_all_there(session, take):
    take(*OVERLAPPING)
    session.get_one(Reservation, 5).status = CANCELLED
    session.flush()
    done = take(*OVERLAPPING, is_update=True)
    assert outcomes(done, "reservation.reservation") == {"已有": 4}
    assert (notes(done), [it for it in done.differences if it.changed]) == ([], [])
    # What was given back here stays so.
    assert statuses(session) == [(1, CONFIRMED), (3, REJECTED), (5, CANCELLED), (7, REJECTED)]


def test_one_that_was_moved_there_is_moved_here_where_the_room_is_free(session, take):
    take(
        room(1), reservation(1, at("10:00"), at("11:00")), reservation(2, at("12:00"), at("13:00"))
    )
    done = take(
        room(1),
        reservation(1, at("12:30"), at("13:30")),
        reservation(2, at("14:00"), at("15:00")),
        is_update=True,
    )
    assert session.get_one(Reservation, 1).reserve_from == datetime(2020, 2, 22, 2, tzinfo=UTC)
    assert session.get_one(Reservation, 2).reserve_from == datetime(2020, 2, 22, 6, tzinfo=UTC)
    assert any("保留这里的时间" in told for told in notes(done))


def test_what_is_reserved_here_already_comes_first(session, take):
    take(room(1))
    here = {"room_id": 1, "user_id": 2, "description": "", "status": CONFIRMED, "id": 800}
    start = datetime(2020, 2, 22, 2, tzinfo=UTC)
    session.add(Reservation(reserve_from=start, reserve_to=start + timedelta(hours=1), **here))
    session.flush()
    done = take(room(1), reservation(9, at("10:30"), at("12:00")))
    assert "先有 #800 t0002 张三 2020-02-22 10:00–11:00" in notes(done)[0]
    assert statuses(session) == [(9, REJECTED), (800, CONFIRMED)]


IMPOSSIBLE = (
    room(1),
    reservation(1, at("11:00"), at("10:00")),
    reservation(2, at("10:00"), at("10:00")),
    reservation(3, at("10:00"), at("10:30", day=23)),
    reservation(4, at("10:00"), at("10:00", day=23)),
)


def test_reversed_and_endless_ones_are_refused(session, take):
    done = take(*IMPOSSIBLE)
    assert [told.split("（")[0] for told in reasons(done)] == [
        "reservation.reservation #1：结束不晚于开始",
        "reservation.reservation #2：结束不晚于开始",
        "reservation.reservation #3：超过 24 小时",
    ]
    assert statuses(session) == [(4, CONFIRMED)]


@pytest.mark.parametrize("seats", [-1, 2**31, "many", True])
def test_a_number_of_seats_that_is_none_is_lost_and_the_room_taken(session, take, seats):
    done = take(room(1, seats_count=seats))
    assert reasons(done) == []
    assert "seats_count 不是非负整数" in notes(done)[0]
    assert session.get_one(Meetingroom, 1).seats_count == 0


def test_a_field_that_is_lost_leaves_what_is_here(session, take):
    take(room(1, seats_count=40))
    done = take(room(1, seats_count=-1), is_update=True)
    assert "seats_count 不是非负整数" in notes(done)[0]
    assert session.get_one(Meetingroom, 1).seats_count == 40


def test_a_room_of_the_last_version_has_a_name_and_seats_only(session, take):
    done = take(other("reservation.meetingroom", 1, name="会议室02", seats_count=6))
    assert (reasons(done), notes(done)) == ([], [])
    found = session.get_one(Meetingroom, 1)
    assert (found.name, found.location, found.seats_count) == ("会议室02", "", 6)


@pytest.mark.parametrize(
    ("objects", "reason"),
    [
        (
            [room(1), room(2, name="会议室 1")],
            "reservation.meetingroom #2：“勤学楼 会议室 1”已被 #1 占用",
        ),
        ([room(1, name=None)], "reservation.meetingroom #1：没有 name"),
        (
            [reservation(1, at("10:00"), at("11:00"))],
            "meetingroom 指向没有导入的 reservation.meetingroom 1",
        ),
        (
            [room(1, name=""), reservation(1, at("10:00"), at("11:00"))],
            "meetingroom 指向没有导入的 reservation.meetingroom 1",
        ),
        ([room(1), reservation(1, at("10:00"), at("11:00"), user=None)], "没有 user"),
        (
            [room(1), reservation(1, at("10:00"), at("11:00"), user=77)],
            "user 指向没有导入的 user.user 77",
        ),
        ([room(1), reservation(1, None, at("11:00"))], "reserve_from 不是有效的时间"),
    ],
)
def test_what_cannot_be_taken_is_named_and_the_rest_is_taken(session, take, objects, reason):
    done = take(*objects, room(9), reservation(9, at("10:00"), at("11:00"), meetingroom=9))
    assert any(reason in told for told in reasons(done))
    assert statuses(session) == [(9, CONFIRMED)]
