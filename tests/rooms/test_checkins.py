"""Who comes keeps the room; what nobody comes to goes to those who wait."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from hhu_base.notifications.models import Notice
from hhu_plugins.rooms import checkins, due, usage, waiting_list
from hhu_plugins.rooms.models import (
    CONFIRMED,
    HELD,
    OFFERED,
    RELEASED,
    WAITING,
    Reservation,
    WaitingRequest,
)

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def room(add_room):
    return add_room(checkin_since=datetime.now(UTC) - DAY)


@pytest.fixture
def begun(room, add_reservation):
    """``begun(16)``: it began sixteen minutes ago, and nobody has checked in."""

    def begun(minutes: int, room=room, **values) -> Reservation:
        start = datetime.now(UTC) - minutes * MINUTE
        values = {"status_changed_at": start - DAY, **values}
        return add_reservation(room, start, start + HOUR, **values)

    return begun


@pytest.fixture
def settle(session, policy):
    def settle() -> None:
        due.settle(session, policy)
        session.expire_all()

    return settle


def subjects(session) -> list[str]:
    rows = session.scalars(sa.select(Notice.subject).order_by(Notice.id))
    return [row.split("】")[0].removeprefix("【") for row in rows]


def test_what_nobody_comes_to_is_released_once_and_its_holder_is_told(
    session, begun, settle, add_room
):
    late, in_time = begun(16), begun(14, add_room("102", checkin_since=datetime.now(UTC) - DAY))
    settle()
    settle()
    assert (late.status, in_time.status) == (RELEASED, CONFIRMED)
    assert late.status_reason == "没有人签到。"
    assert late.status_changed_by is None
    assert subjects(session) == ["预约释放"]


def test_nothing_is_released_where_nobody_has_to_check_in(session, begun, settle, add_room):
    row = begun(30, add_room("102"))
    settle()
    assert row.status == CONFIRMED


def test_what_had_begun_when_the_room_began_to_want_it_is_not_released(
    session, begun, settle, room
):
    row = begun(30)
    room.checkin_since = datetime.now(UTC) - 20 * MINUTE
    session.flush()
    settle()
    assert row.status == CONFIRMED


def test_who_got_the_room_after_the_start_has_as_long_from_then_on(session, begun, settle):
    row = begun(30, status_changed_at=datetime.now(UTC) - 10 * MINUTE)
    settle()
    assert row.status == CONFIRMED


def test_what_is_over_stays_as_it_is(session, begun, settle):
    row = begun(61)
    settle()
    assert row.status == CONFIRMED


def test_who_checked_in_and_moved_it_has_to_come_again(session, begun, settle):
    kept = begun(16, checked_in_at=datetime.now(UTC) - 20 * MINUTE)
    settle()
    assert kept.status == CONFIRMED
    kept.checked_in_at = datetime.now(UTC) - 3 * HOUR
    session.flush()
    settle()
    assert kept.status == RELEASED


@pytest.fixture
def wait(session, policy, room, add_user):
    """Somebody who began to wait before the meeting did, for its time."""

    def wait(name: str, start: datetime, end: datetime, **values) -> WaitingRequest:
        later = datetime.now(UTC) + 7 * DAY
        row = waiting_list.submit(
            session,
            policy,
            user_id=add_user(name).id,
            interval=(later, later + HOUR),
            description="组会",
            room_id=room.id,
            **values,
        )
        wait = row.wait_until - row.reserve_from
        row.reserve_from, row.reserve_to, row.is_new = start, end, False
        row.wait_until = start + wait
        session.flush()
        return row

    return wait


def test_the_rest_goes_to_who_waits_for_some_of_it_or_for_all(session, begun, settle, wait, policy):
    row = begun(16)
    rest = wait("w1", row.reserve_from + 30 * MINUTE, row.reserve_to)
    whole = wait("w2", row.reserve_from, row.reserve_to)
    settle()
    assert (rest.status, whole.status) == (OFFERED, WAITING)
    hold = session.get_one(Reservation, rest.reservation_id)
    assert (hold.status, hold.hold_until) == (HELD, hold.reserve_from)
    assert waiting_list.withdraw(session, policy, rest.id, user_id=rest.user_id)
    session.expire_all()
    assert whole.status == OFFERED
    hold = session.get_one(Reservation, whole.reservation_id)
    assert hold.hold_until == whole.wait_until > datetime.now(UTC)


def test_who_waits_for_a_room_without_check_in_waits_until_the_start(
    session, policy, add_room, tomorrow, teacher, room
):
    def wait_until(where, hour: int) -> datetime:
        row = waiting_list.submit(
            session,
            policy,
            user_id=teacher.id,
            interval=(tomorrow(hour), tomorrow(hour + 1)),
            description="组会",
            room_id=where.id,
        )
        return row.wait_until

    assert wait_until(add_room("102"), 10) == tomorrow(10)
    assert wait_until(room, 10) == tomorrow(10) + 2 * policy.release_after


def test_the_use_of_a_room_counts_who_did_not_come(session, room, begun, add_reservation, settle):
    row = begun(16)
    add_reservation(room, row.reserve_to, row.reserve_to + HOUR, status=HELD)
    now = datetime.now(UTC)
    found = usage.of_room(session, room, now - DAY, now + DAY)
    assert (found.meetings, found.no_shows) == (1, 0)
    settle()
    found = usage.of_room(session, room, now - DAY, now + DAY)
    assert (found.meetings, found.no_shows) == (0, 1)


def test_what_is_due_is_looked_for_among_the_meetings_of_a_day_only(
    session, room, teacher, policy, add_room
):
    """Every five seconds: with a million reservations it must not read them all."""
    start = datetime.now(UTC) - 300 * DAY
    session.execute(
        sa.insert(Reservation.__table__),
        [
            {"room_id": room.id, "user_id": teacher.id, "description": "例会"}
            | {"reserve_from": start + number * DAY, "status": CONFIRMED}
            | {"reserve_to": start + number * DAY + HOUR}
            for number in range(600)
        ],
    )
    session.execute(sa.text("ANALYZE rooms_reservations"))
    compiled = checkins._SELECT_DUE.compile(dialect=session.get_bind().dialect)
    text = str(compiled) % dict.fromkeys(compiled.params, "interval '1 day'")
    plan = session.connection().exec_driver_sql(f"EXPLAIN {text}").scalars().all()
    assert "ix_rooms_reservations_taken" in "\n".join(plan)
