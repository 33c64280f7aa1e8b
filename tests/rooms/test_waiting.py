"""Who waits for a room, what is held for them, and how a hold ends."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from hhu_base.models import Department
from hhu_base.notifications.models import Notice
from hhu_base.values.refusal import Refusal
from hhu_plugins.rooms import (
    booking,
    cancellation,
    changes,
    decisions,
    due,
    groups,
    holds,
    occupancy,
    series,
    submission,
    waiting_list,
)
from hhu_plugins.rooms.models import (
    CANCELLED,
    CONFIRMED,
    DONE,
    ENDED,
    HELD,
    OFFERED,
    WAITING,
    WITHDRAWN,
    Reservation,
    Series,
    WaitingRequest,
)
from hhu_plugins.rooms.policy import GONE, BookingPolicy

MINUTE = timedelta(minutes=1)


@pytest.fixture
def wait(session, policy, add_user):
    """``wait(room, start, end)``: somebody new waits; returns the request."""
    numbers = iter(range(100))

    def wait(room, start, end, by=None, policy=policy, **values) -> WaitingRequest:
        user = by or add_user(f"w{next(numbers)}")
        row = waiting_list.submit(
            session,
            policy,
            user_id=user.id,
            interval=(start, end),
            description="组会",
            room_id=room.id if room is not None else None,
            **values,
        )
        due.settle(session, policy)
        session.refresh(row)
        return row

    return wait


@pytest.fixture
def department(session) -> Department:
    made = Department(name="水利系")
    session.add(made)
    session.flush()
    return made


@pytest.fixture
def other(add_user):
    """An administrator."""
    return add_user("a0001")


@pytest.fixture
def cancel(session, policy, teacher):
    def cancel(reservation: Reservation, by=teacher) -> None:
        assert cancellation.cancel(session, policy, reservation.id, by_user_id=by.id)

    return cancel


@pytest.fixture
def hold_of(session):
    """``hold_of(request)``: the reservation that was given to it."""

    def hold_of(request: WaitingRequest) -> Reservation:
        session.expire_all()
        return session.get_one(Reservation, request.reservation_id)

    return hold_of


def status_of(session, reservation_id: int) -> str:
    return session.get_one(Reservation, reservation_id, populate_existing=True).status


def states(session, *requests) -> list[str]:
    session.expire_all()
    return [request.status for request in requests]


def told(session, user_id: int) -> list[str]:
    """The subjects of what somebody was told, without the place and time."""
    rows = session.scalars(sa.select(Notice).where(Notice.user_id == user_id).order_by(Notice.id))
    return [row.subject.split("】")[0].removeprefix("【") for row in rows]


def lapse(session, row: Reservation) -> None:
    session.execute(
        sa.update(Reservation)
        .where(Reservation.id == row.id)
        .values(hold_until=sa.func.clock_timestamp() - MINUTE)
    )


class TestSubmit:
    def test_who_waits_for_what_is_taken_waits(
        self, session, policy, room, add_reservation, tomorrow, wait
    ):
        add_reservation(room, tomorrow(10), tomorrow(12))
        first = wait(room, tomorrow(10), tomorrow(11))
        second = wait(room, tomorrow(11), tomorrow(12))
        third = wait(room, tomorrow(10, 30), tomorrow(11, 30))
        any_room = wait(None, tomorrow(10), tomorrow(11), people_count=1)
        assert states(session, first, second, third, any_room) == [WAITING] * 4
        ahead = [waiting_list.count_ahead(session, row) for row in (first, second, third, any_room)]
        assert ahead == [0, 0, 2, 2]

    def test_who_waits_for_what_is_free_is_offered_it_at_once(
        self, session, room, tomorrow, wait, hold_of
    ):
        row = wait(room, tomorrow(10), tomorrow(11))
        assert states(session, row) == [OFFERED]
        assert hold_of(row).status == HELD

    def test_the_same_wish_again_is_the_first_one(
        self, session, room, teacher, add_reservation, tomorrow, wait
    ):
        add_reservation(room, tomorrow(10), tomorrow(12))
        rows = [wait(room, tomorrow(10), tomorrow(11), by=teacher) for _ in range(2)]
        other = wait(None, tomorrow(10), tomorrow(11), by=teacher)
        assert rows[0].id == rows[1].id != other.id

    def test_its_time_lies_on_the_grid(self, room, add_reservation, tomorrow, wait):
        add_reservation(room, tomorrow(10), tomorrow(12))
        row = wait(room, tomorrow(10, 10), tomorrow(10, 40))
        assert (row.reserve_from, row.reserve_to) == (tomorrow(10), tomorrow(11))

    def test_one_person_waits_for_so_many_at_most(
        self, room, teacher, add_room, add_reservation, tomorrow, wait
    ):
        for number in range(waiting_list.MOST_OPEN):
            taken = add_room(f"A{number}")
            add_reservation(taken, tomorrow(10), tomorrow(11))
            wait(taken, tomorrow(10), tomorrow(11), by=teacher)
        with pytest.raises(Refusal, match="最多同时有"):
            wait(room, tomorrow(10), tomorrow(11), by=teacher)
        # Waiting first is what somebody was promised.
        wait(room, tomorrow(10), tomorrow(11), by=teacher, is_first=True)

    def test_nobody_waits_for_what_they_could_never_get(
        self, session, room, add_room, department, tomorrow, wait
    ):
        now = datetime.now(UTC)
        with pytest.raises(Refusal, match="还没有开始"):
            wait(room, now - 20 * MINUTE, now + 40 * MINUTE)
        with pytest.raises(Refusal, match="不得超过3小时"):
            wait(room, tomorrow(10), tomorrow(14))
        with pytest.raises(Refusal, match="没有符合条件"):
            wait(None, tomorrow(10), tomorrow(11), people_count=500)
        restricted = add_room("102", departments=[department])
        with pytest.raises(Refusal, match="系所不能预约"):
            wait(restricted, tomorrow(10), tomorrow(11))

    def test_a_rooms_own_limits_count(self, add_room, tomorrow, wait):
        long = add_room("102", max_minutes=300)
        assert wait(long, tomorrow(10), tomorrow(14)).status == OFFERED
        assert wait(None, tomorrow(15), tomorrow(19)).status == OFFERED


class TestHandOut:
    def test_what_is_cancelled_is_held_for_who_waits_longest(
        self, session, policy, room, add_reservation, tomorrow, wait, cancel, hold_of
    ):
        taken = add_reservation(room, tomorrow(10), tomorrow(11))
        first, second = (wait(room, tomorrow(10), tomorrow(11)) for _ in range(2))
        before = datetime.now(UTC)
        cancel(taken)
        assert states(session, first, second) == [OFFERED, WAITING]
        hold = hold_of(first)
        assert (hold.status, hold.user_id, hold.description) == (HELD, first.user_id, "组会")
        assert timedelta(0) <= hold.hold_until - before - policy.hold < MINUTE
        assert (told(session, first.user_id), told(session, second.user_id)) == (["请确认候补"], [])
        assert waiting_list.count_ahead(session, second) == 0

    def test_who_was_to_be_first_comes_first(
        self, session, room, add_reservation, tomorrow, wait, cancel
    ):
        taken = add_reservation(room, tomorrow(10), tomorrow(11))
        early = wait(room, tomorrow(10), tomorrow(11))
        first = wait(room, tomorrow(10), tomorrow(11), is_first=True)
        cancel(taken)
        assert states(session, early, first) == [WAITING, OFFERED]

    def test_what_only_partly_fits_is_for_the_next(
        self, session, room, add_reservation, tomorrow, wait, cancel
    ):
        taken = add_reservation(room, tomorrow(10), tomorrow(11))
        add_reservation(room, tomorrow(11), tomorrow(12))
        long = wait(room, tomorrow(10), tomorrow(12))
        halves = [wait(room, tomorrow(10, m), tomorrow(10, m) + 30 * MINUTE) for m in (0, 30)]
        cancel(taken)
        assert states(session, long, *halves) == [WAITING, OFFERED, OFFERED]

    def test_any_room_is_one_with_enough_seats_all_of_the_equipment_and_at_the_place(
        self, session, add_room, add_reservation, tomorrow, wait, cancel, hold_of
    ):
        rooms = [
            add_room("小", seats_count=4, equipment=["投影"]),
            add_room("无投影", seats_count=40),
            add_room("别处", seats_count=20, equipment=["投影"], location="博学楼"),
            add_room("大", seats_count=30, equipment=["投影", "白板"]),
        ]
        taken = [add_reservation(each, tomorrow(10), tomorrow(11)) for each in rooms]
        row = wait(
            None,
            tomorrow(10),
            tomorrow(11),
            people_count=10,
            equipment=["投影"],
            location="勤学",
        )
        for reservation in taken:
            assert states(session, row) == [WAITING]
            cancel(reservation)
        assert hold_of(row).room_id == rooms[-1].id

    def test_who_wants_no_question_has_the_reservation_at_once(
        self, session, room, add_reservation, tomorrow, wait, cancel, hold_of
    ):
        taken = add_reservation(room, tomorrow(10), tomorrow(11))
        row = wait(room, tomorrow(10), tomorrow(11), confirms_itself=True)
        cancel(taken)
        assert states(session, row) == [DONE]
        assert (hold_of(row).status, hold_of(row).hold_until) == (CONFIRMED, None)
        assert told(session, row.user_id) == ["候补成功"]

    def test_a_hold_does_not_go_beyond_the_start(
        self, session, policy, room, add_reservation, wait, cancel, hold_of
    ):
        start = policy.up(datetime.now(UTC)) + policy.step
        taken = add_reservation(room, start, start + policy.step)
        long = BookingPolicy(**{**vars(policy), "hold": timedelta(hours=5)})
        row = wait(room, start, start + policy.step)
        assert cancellation.cancel(session, long, taken.id, by_user_id=taken.user_id)
        assert hold_of(row).hold_until == start

    def test_a_change_gives_up_what_it_leaves(
        self, session, policy, room, teacher, add_reservation, tomorrow, wait
    ):
        taken = add_reservation(room, tomorrow(10), tomorrow(11))
        row = wait(room, tomorrow(10), tomorrow(11))
        group = groups.submit(
            session,
            [groups.ChangedReservation(taken.id, interval=(tomorrow(14), tomorrow(15)))],
            by_user_id=teacher.id,
            decide_within=None,
        )
        decisions.decide_pending(session, policy)
        assert groups.find_outcome(session, group)[0] == CONFIRMED
        assert states(session, row) == [OFFERED]

    def test_a_move_by_an_administrator_gives_up_what_it_leaves(
        self, session, policy, room, other, add_room, add_reservation, tomorrow, wait
    ):
        taken = add_reservation(room, tomorrow(10), tomorrow(11))
        row = wait(room, tomorrow(10), tomorrow(11))
        booking.move(session, policy, taken, by_user_id=other.id, room_id=add_room("102").id)
        assert states(session, row) == [OFFERED]

    def test_what_ends_early_gives_up_the_rest(self, session, policy, room, add_reservation, wait):
        start = policy.down(datetime.now(UTC)) - 2 * policy.step
        taken = add_reservation(room, start, start + 6 * policy.step)
        row = wait(room, start + 4 * policy.step, start + 5 * policy.step)
        changes.end(session, policy, taken, by_user_id=taken.user_id)
        assert states(session, row) == [OFFERED]

    def test_a_series_that_is_cancelled_gives_up_its_dates(
        self, session, policy, room, teacher, add_reservation, tomorrow, wait
    ):
        made = Series(user_id=teacher.id, description="课", rule={}, fingerprint="x")
        session.add(made)
        session.flush()
        week = timedelta(weeks=1)
        for n in range(2):
            at = tomorrow(10) + n * week
            add_reservation(room, at, at + 60 * MINUTE, series_id=made.id)
        rows = [wait(room, tomorrow(10) + n * week, tomorrow(11) + n * week) for n in range(2)]
        assert series.cancel_ahead(session, policy, made.id, by_user_id=teacher.id) == 2
        assert states(session, *rows) == [OFFERED] * 2

    def test_who_may_have_no_more_is_passed_over(
        self, session, policy, room, teacher, add_room, add_reservation, tomorrow, wait
    ):
        one = BookingPolicy(**{**vars(policy), "max_open": 1})
        taken = add_reservation(room, tomorrow(10), tomorrow(11), user_id=teacher.id)
        busy = wait(room, tomorrow(10), tomorrow(11), policy=one)
        add_reservation(add_room("102"), tomorrow(8), tomorrow(9), user_id=busy.user_id)
        other = wait(room, tomorrow(10), tomorrow(11), policy=one)
        cancellation.cancel(session, one, taken.id, by_user_id=teacher.id)
        assert states(session, busy, other) == [WAITING, OFFERED]

    def test_a_hold_counts_among_what_a_person_may_have(
        self, session, policy, room, teacher, add_room, add_reservation, tomorrow, wait
    ):
        one = BookingPolicy(**{**vars(policy), "max_open": 1})
        free = [add_room("102"), add_room("103")]
        rows = [wait(each, tomorrow(10), tomorrow(11), by=teacher, policy=one) for each in free]
        assert states(session, *rows) == [OFFERED, WAITING]

    def test_who_may_not_book_the_room_any_more_is_passed_over(
        self, session, room, department, add_reservation, tomorrow, wait, cancel
    ):
        taken = add_reservation(room, tomorrow(10), tomorrow(11))
        row = wait(room, tomorrow(10), tomorrow(11))
        room.departments = [department]
        session.flush()
        cancel(taken)
        assert states(session, row) == [WAITING]

    def test_a_closed_room_is_given_to_nobody(
        self, session, room, add_reservation, add_closure, tomorrow, wait, cancel
    ):
        taken = add_reservation(room, tomorrow(10), tomorrow(11))
        row = wait(room, tomorrow(10), tomorrow(11))
        add_closure(tomorrow(8), tomorrow(12))
        cancel(taken)
        assert states(session, row) == [WAITING]

    def test_who_asked_before_is_decided_before_who_begins_to_wait(
        self, session, policy, room, teacher, tomorrow, wait
    ):
        asked = submission.submit(
            session,
            room_id=room.id,
            user_id=teacher.id,
            interval=(tomorrow(10), tomorrow(11)),
            description="例会",
            decide_within=None,
        )
        row = wait(room, tomorrow(10), tomorrow(11))
        assert (status_of(session, asked.id), states(session, row)) == (CONFIRMED, [WAITING])


class TestHold:
    @pytest.fixture
    def row(self, session, room, add_reservation, tomorrow, wait, cancel):
        """Somebody who is offered the room."""
        taken = add_reservation(room, tomorrow(10), tomorrow(11))
        row = wait(room, tomorrow(10), tomorrow(11))
        cancel(taken)
        session.refresh(row)
        return row

    @pytest.fixture
    def next_one(self, room, row, tomorrow, wait):
        return wait(room, tomorrow(10), tomorrow(11))

    def test_it_is_taken_to_everybody_else(self, session, policy, room, row, teacher, tomorrow):
        asked = submission.submit(
            session,
            room_id=room.id,
            user_id=teacher.id,
            interval=(tomorrow(10), tomorrow(11)),
            description="例会",
            decide_within=None,
        )
        decisions.decide_pending(session, policy)
        found = session.get_one(Reservation, asked.id, populate_existing=True)
        assert (found.status, found.status_reason) == ("rejected", decisions.TAKEN)

    def test_the_constraint_keeps_it_too(self, session, room, row, add_reservation, tomorrow):
        with pytest.raises(sa.exc.IntegrityError, match="overlap"), session.begin_nested():
            add_reservation(room, tomorrow(10, 30), tomorrow(11, 30))

    def test_it_is_confirmed_once_and_again_is_no_harm(self, session, row, hold_of):
        for _ in range(2):
            holds.confirm(session, booking.find_locked(session, row.reservation_id))
            assert states(session, row) == [DONE]
            assert hold_of(row).status == CONFIRMED
        assert hold_of(row).status_changed_by is None

    def test_it_can_not_be_confirmed_after_its_time_even_if_nobody_noted_that(
        self, session, row, hold_of
    ):
        lapse(session, hold_of(row))
        with pytest.raises(Refusal, match=holds.TOO_LATE):
            holds.confirm(session, booking.find_locked(session, row.reservation_id))

    def test_at_its_end_it_goes_to_the_next_and_both_are_told(
        self, session, policy, row, next_one, hold_of
    ):
        held = hold_of(row)
        lapse(session, held)
        due.settle(session, policy)
        due.settle(session, policy)
        assert states(session, row, next_one) == [ENDED, OFFERED]
        session.refresh(held)
        assert (held.status, held.status_reason) == (WITHDRAWN, holds.LAPSED)
        assert hold_of(next_one).room_id == held.room_id
        assert told(session, row.user_id) == ["请确认候补", "保留结束"]
        assert told(session, next_one.user_id) == ["请确认候补"]
        with pytest.raises(Refusal, match=holds.TOO_LATE):
            holds.confirm(session, booking.find_locked(session, held.id))

    @pytest.mark.parametrize("how", ["the reservation", "the request"])
    def test_given_back_it_goes_to_the_next(self, session, policy, row, next_one, how, hold_of):
        held, user_id = hold_of(row), row.user_id
        if how == "the reservation":
            assert cancellation.cancel(
                session, policy, held.id, by_user_id=user_id, holder_id=user_id
            )
        else:
            assert waiting_list.withdraw(session, policy, row.id, user_id=user_id)
        assert states(session, row, next_one) == [WITHDRAWN, OFFERED]
        session.refresh(held)
        assert (held.status, held.status_reason) == (WITHDRAWN, holds.DECLINED)
        assert not waiting_list.withdraw(session, policy, row.id, user_id=user_id)
        with pytest.raises(Refusal, match=holds.TOO_LATE):
            holds.confirm(session, booking.find_locked(session, held.id))

    def test_an_administrator_takes_it_back_and_the_next_gets_it(
        self, session, policy, row, next_one, other, hold_of
    ):
        held = hold_of(row)
        assert cancellation.cancel(session, policy, held.id, by_user_id=other.id, reason="停电")
        assert states(session, row, next_one) == [ENDED, OFFERED]
        session.refresh(held)
        assert (held.status, held.status_reason) == (CANCELLED, "停电")
        assert told(session, row.user_id) == ["请确认候补", "保留取消"]

    def test_it_can_not_be_changed_before_it_is_confirmed(
        self, session, policy, row, tomorrow, hold_of
    ):
        with pytest.raises(Refusal, match=holds.ONLY_HELD):
            changes.submit(
                session,
                policy,
                hold_of(row),
                by_user_id=row.user_id,
                reserve_to=tomorrow(12),
                decide_within=None,
            )

    def test_what_was_never_held_can_not_be_confirmed(
        self, session, room, add_reservation, tomorrow
    ):
        for status in (CONFIRMED, CANCELLED):
            other = add_reservation(room, tomorrow(14), tomorrow(15), status=status)
            with pytest.raises(Refusal, match=GONE):
                holds.confirm(session, booking.find_locked(session, other.id))


class TestEnd:
    def test_waiting_ends_when_its_time_has_come(
        self, session, policy, room, add_reservation, tomorrow, wait, cancel
    ):
        taken = add_reservation(room, tomorrow(10), tomorrow(11))
        row, other = (wait(room, tomorrow(10), tomorrow(11)) for _ in range(2))
        row.wait_until = datetime.now(UTC) - MINUTE
        session.flush()
        due.settle(session, policy)
        due.settle(session, policy)
        assert states(session, row, other) == [ENDED, WAITING]
        assert told(session, row.user_id) == ["候补结束"]
        cancel(taken)
        assert states(session, row, other) == [ENDED, OFFERED]

    def test_it_has_ended_even_if_nobody_noted_that(
        self, session, room, add_reservation, tomorrow, wait, cancel
    ):
        taken = add_reservation(room, tomorrow(10), tomorrow(11))
        row = wait(room, tomorrow(10), tomorrow(11))
        row.wait_until = datetime.now(UTC) - MINUTE
        session.flush()
        cancel(taken)
        assert states(session, row) == [WAITING]

    def test_who_gives_up_waits_no_longer(
        self, session, policy, room, teacher, add_reservation, tomorrow, wait, cancel
    ):
        taken = add_reservation(room, tomorrow(10), tomorrow(11))
        row = wait(room, tomorrow(10), tomorrow(11))
        assert not waiting_list.withdraw(session, policy, row.id, user_id=teacher.id)
        assert waiting_list.withdraw(session, policy, row.id, user_id=row.user_id)
        assert not waiting_list.withdraw(session, policy, row.id, user_id=row.user_id)
        cancel(taken)
        assert states(session, row) == [WITHDRAWN]

    def test_nobody_waits_and_nothing_is_asked(
        self, session, policy, room, add_reservation, tomorrow, cancel
    ):
        taken = add_reservation(room, tomorrow(10), tomorrow(11))
        said: list[str] = []
        connection = session.connection()
        sa.event.listen(connection, "before_cursor_execute", lambda *args: said.append(args[2]))
        cancel(taken)
        assert sum("rooms_waiting" in each for each in said) == 1


def test_what_is_taken_is_read_from_its_index_alone(session, room, teacher, tomorrow):
    """Two statuses take time, and the partial index serves both without a look at the table."""
    session.execute(sa.text("SET LOCAL enable_seqscan = off"))
    days = [tomorrow(8) + timedelta(days=number) for number in range(300)]
    rows = [
        {"room_id": room.id, "user_id": teacher.id, "reserve_from": day, "description": "例会"}
        | {"reserve_to": day + timedelta(hours=1), "status": CONFIRMED}
        for day in days
    ]
    session.execute(sa.insert(occupancy.RESERVATIONS), rows)
    session.execute(sa.text("ANALYZE rooms_reservations"))
    statement = sa.select(occupancy.RESERVATIONS.c.reserve_to).where(
        occupancy.blocks(tomorrow(8), tomorrow(9))
    )
    compiled = statement.compile(
        dialect=session.get_bind().dialect, compile_kwargs={"literal_binds": True}
    )
    plan = "\n".join(session.scalars(sa.text(f"EXPLAIN {compiled}")))
    assert "ix_rooms_reservations_taken" in plan
    assert "status" not in plan
