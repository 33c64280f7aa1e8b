"""Changes and series that meet in the same moment, with real commits and real threads.

One gets it, nobody loses what they had; and the control, where the same race without the lock and
without the constraint gives one room to two.
"""

from __future__ import annotations

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.models import User
from hhu_plugins.rooms import (
    cancellation,
    changes,
    decisions,
    groups,
    series,
    submission,
    wishes,
)
from hhu_plugins.rooms.groups import ChangedReservation, NewReservation
from hhu_plugins.rooms.models import CANCELLED, CONFIRMED, Meetingroom, Reservation
from hhu_plugins.rooms.offers import Slot
from hhu_plugins.rooms.policy import read_policy
from tests.locks import take_off_the_lock
from tests.sampling import first

from .races import at_once

RACERS = 200
ROUNDS = 6
HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)
_numbers = itertools.count(1)


class College:
    """A database where commits are real."""

    def __init__(self, url: str, policy):
        self.policy = policy
        self.engine = sa.create_engine(url, pool_size=30, max_overflow=0, pool_timeout=60)
        with Session(self.engine) as session, session.begin():
            people = [User(username=f"r{number}") for number in range(2)]
            session.add_all(people)
            session.flush()
            self.me, self.other = (person.id for person in people)

    def room(self) -> int:
        with Session(self.engine) as session, session.begin():
            room = Meetingroom(name=f"R{next(_numbers)}", location="勤学楼", seats_count=9)
            session.add(room)
            session.flush()
            return room.id

    def hold(self, room_id: int, start: datetime, user_id: int | None = None) -> int:
        """A confirmed reservation of an hour."""
        with Session(self.engine) as session, session.begin():
            row = Reservation(
                room_id=room_id,
                user_id=user_id or self.me,
                reserve_from=start,
                reserve_to=start + HOUR,
                description="例会",
                status=CONFIRMED,
            )
            session.add(row)
            session.flush()
            return row.id

    def ask(self, *wanted) -> tuple[str, str]:
        """What becomes of a group that is written, and decided by who comes first."""
        with Session(self.engine) as session:
            group_id = groups.submit(session, wanted, by_user_id=self.me, decide_within=None)
            session.commit()
            decisions.decide_pending(session)
            session.commit()
            outcome = groups.find_outcome(session, group_id)
            assert outcome is not None
            return outcome[:2]

    def change(self, reservation_id: int, start: datetime, **more) -> tuple[str, str]:
        return self.ask(ChangedReservation(reservation_id, interval=(start, start + HOUR), **more))

    def reserve(self, room_id: int, *starts: datetime, user_id: int | None = None):
        return self.ask(
            *(
                NewReservation(user_id or self.me, room_id, (start, start + HOUR), "例会")
                for start in starts
            )
        )

    def cancel(self, reservation_id: int) -> bool:
        with Session(self.engine) as session, session.begin():
            return cancellation.cancel(session, self.policy, reservation_id, by_user_id=self.me)

    def rows(self, *room_ids: int) -> list[Reservation]:
        """All that is confirmed in these rooms, in the order of time; never two at once."""
        with Session(self.engine) as session:
            found = session.scalars(
                sa.select(Reservation)
                .where(Reservation.room_id.in_(room_ids), Reservation.status == CONFIRMED)
                .order_by(Reservation.room_id, Reservation.reserve_from)
            ).all()
        for one, after in itertools.pairwise(found):
            assert one.room_id != after.room_id or one.reserve_to <= after.reserve_from
        return list(found)


@pytest.fixture(scope="module")
def college(migrated_copy):
    with migrated_copy("races") as url:
        college = College(url, read_policy({}, ZoneInfo("Asia/Shanghai")))
        yield college
        college.engine.dispose()


def test_of_two_hundred_who_change_into_one_slot_one_gets_it_and_all_keep_what_they_had(
    college, tomorrow
):
    slot, room = tomorrow(10), college.room()
    held = [college.hold(room, tomorrow(12) + number * HOUR) for number in range(RACERS)]
    outcomes = at_once(*[partial(college.change, number, slot) for number in held])
    assert sorted(status for status, _ in outcomes) == ["confirmed"] + ["rejected"] * (RACERS - 1)
    assert {reason for status, reason in outcomes if status != CONFIRMED} == {decisions.TAKEN}
    rows = {row.id: row for row in college.rows(room)}
    assert set(rows) == set(held)
    [winner] = [row for row in rows.values() if row.reserve_from == slot]
    assert winner.revision == 1
    for number, reservation_id in enumerate(held):
        if reservation_id != winner.id:
            assert rows[reservation_id].reserve_from == tomorrow(12) + number * HOUR
            assert rows[reservation_id].revision == 0


def test_a_change_and_a_cancellation_of_the_same_one(college, tomorrow):
    """Either it is changed and then cancelled, or cancelled and not changed any more."""
    seen = set()
    for number in range(ROUNDS * 2):
        room = college.room()
        row = college.hold(room, tomorrow(10))
        calls = [
            partial(college.change, row, tomorrow(14)),
            partial(college.cancel, row),
        ]
        order = calls if number % 2 else calls[::-1]
        results = at_once(*order)
        changed, cancelled = results if number % 2 else results[::-1]
        assert cancelled
        with Session(college.engine) as session:
            stored = session.get_one(Reservation, row)
        assert stored.status == CANCELLED
        is_changed = changed[0] == CONFIRMED
        assert stored.reserve_from == (tomorrow(14) if is_changed else tomorrow(10))
        assert stored.revision == (2 if is_changed else 1)
        # Nobody is kept out by what is gone.
        assert college.reserve(room, tomorrow(10), tomorrow(14))[0] == CONFIRMED
        seen.add(is_changed)
    assert seen  # which of the two was first is left to chance


@pytest.mark.slow
def test_two_who_want_each_others_slots_keep_their_own(college, tomorrow):
    for _ in range(ROUNDS):
        room = college.room()
        one, other = college.hold(room, tomorrow(10)), college.hold(room, tomorrow(14))
        outcomes = at_once(
            partial(college.change, one, tomorrow(14)),
            partial(college.change, other, tomorrow(10)),
        )
        assert [status for status, _ in outcomes] == ["rejected"] * 2
        assert [row.id for row in college.rows(room)] == [one, other]


@pytest.mark.slow
def test_two_changes_of_one_reservation_that_know_the_same_revision(college, tomorrow):
    for _ in range(ROUNDS):
        room = college.room()
        row = college.hold(room, tomorrow(10))
        outcomes = at_once(
            *[partial(college.change, row, tomorrow(hour), revision=0) for hour in (12, 14, 16)]
        )
        assert sorted(outcomes) == [(CONFIRMED, "")] + [("rejected", decisions.STALE)] * 2
        [stored] = college.rows(room)
        assert stored.revision == 1


def test_of_series_that_share_one_date_one_is_made_whole_and_of_the_others_nothing(
    college, tomorrow
):
    for _ in range(ROUNDS):
        room = college.room()
        shared = tomorrow(10) + 5 * WEEK

        def make(number: int, room=room, shared=shared):
            own = [tomorrow(10) + n * WEEK + (number + 1) * HOUR for n in range(12)]
            return college.reserve(room, *own[:5], shared, *own[6:])

        outcomes = at_once(*[partial(make, number) for number in range(6)])
        assert sorted(status for status, _ in outcomes) == ["confirmed"] + ["rejected"] * 5
        assert len(college.rows(room)) == 12


@pytest.mark.slow
def test_a_series_against_single_reservations(college, tomorrow):
    """If the series is made, no single one is that it needs; if not, nothing of it is."""
    for _ in range(ROUNDS):
        room = college.room()
        dates = [tomorrow(10) + n * WEEK for n in range(16)]
        calls = [partial(college.reserve, room, *dates)]
        calls += [
            partial(college.reserve, room, date, user_id=college.other) for date in dates[::4]
        ]
        whole, *single = at_once(*calls[::-1])[::-1]
        rows = college.rows(room)
        if whole[0] == CONFIRMED:
            assert [row.user_id for row in rows] == [college.me] * 16
            assert {status for status, _ in single} == {"rejected"}
        else:
            assert college.me not in {row.user_id for row in rows}
            assert CONFIRMED in {status for status, _ in single}


@pytest.mark.slow
def test_a_series_that_moves_against_who_wants_what_it_gives_up(college, tomorrow):
    """A day later, all at once: nobody sees it half moved."""
    for _ in range(ROUNDS):
        room = college.room()
        days = [tomorrow(10) + timedelta(days=n) for n in range(5)]
        held = [college.hold(room, day) for day in days]
        moved = [
            ChangedReservation(
                row, interval=(day + timedelta(days=1), day + timedelta(days=1) + HOUR)
            )
            for row, day in zip(held, days, strict=True)
        ]
        wanted, *asked = at_once(
            partial(college.ask, *moved),
            partial(college.reserve, room, days[0], user_id=college.other),
            partial(college.reserve, room, days[2], user_id=college.other),
            partial(college.reserve, room, days[4] + timedelta(days=1), user_id=college.other),
        )
        rows = college.rows(room)
        mine = [row.reserve_from for row in rows if row.user_id == college.me]
        if wanted[0] == CONFIRMED:
            assert mine == [day + timedelta(days=1) for day in days]
            assert [status for status, _ in asked[1:]] == ["rejected"] * 2
        else:
            assert mine == days
            assert asked[2][0] == CONFIRMED
        assert asked[1][0] == "rejected"


@pytest.mark.slow
def test_to_give_back_a_series_against_its_change_never_waits_for_each_other(college, tomorrow):
    for _ in range(ROUNDS):
        room = college.room()
        with Session(college.engine) as session, session.begin():
            series_id, group_id = series.submit(
                session,
                [Slot(room, tomorrow(10) + n * WEEK, tomorrow(11) + n * WEEK) for n in range(12)],
                user_id=college.me,
                by_user_id=college.me,
                description="高等数学",
                rule={},
                fingerprint="",
                decide_within=None,
            )
            decisions.decide_pending(session)
            rows = series.reservations(session, series_id)
            moved = [
                ChangedReservation(
                    row.id, interval=(row.reserve_from + HOUR, row.reserve_to + HOUR)
                )
                for row in reversed(rows)
            ]

        def cancel(series_id=series_id) -> int:
            with Session(college.engine) as session, session.begin():
                return series.cancel_ahead(
                    session, college.policy, series_id, by_user_id=college.me
                )

        count, changed = at_once(*[cancel, partial(college.ask, *moved)])
        assert count == 12
        assert changed[1] in ("", "这个预约已经取消或者没有成功，请刷新页面。")
        assert college.rows(room) == []


@pytest.mark.slow
def test_an_early_end_against_a_change(college, tomorrow):
    for _ in range(ROUNDS):
        room = college.room()
        now = datetime.now(UTC)
        row = college.hold(room, now - HOUR / 2)
        start = college.policy.down(now - HOUR / 2)

        def end(row=row) -> None:
            with Session(college.engine) as session, session.begin():
                stored = session.get_one(Reservation, row)
                changes.end(session, college.policy, stored, by_user_id=college.me)

        longer = ChangedReservation(row, interval=(start, start + 4 * HOUR))
        _, changed = at_once(*[end, partial(college.ask, longer)])
        assert changed[0] == CONFIRMED
        [stored] = college.rows(room)
        # Whoever came last has said when it ends.
        assert stored.reserve_to in (start + 4 * HOUR, college.policy.up(now))


@pytest.mark.parametrize("belts_off", [(), ("lock",), ("constraint",), ("lock", "constraint")])
@pytest.mark.parametrize("what", first(1, ["change", "series"]))
def test_two_get_one_slot_only_without_lock_and_constraint(
    migrated_copy, policy, monkeypatch, tomorrow, what, belts_off
):
    """The control: each of the two has looked before the other writes, if nothing keeps them."""
    # Who decides locks the rows that wait: here each takes those that nobody else has.
    for name in ("PENDING_ROWS", "_PENDING_CHANGES"):
        statement = getattr(wishes, name).with_for_update(skip_locked=True)
        monkeypatch.setattr(wishes, name, statement)
    both_have_looked = threading.Barrier(2)
    has_first_looked = threading.Event()
    look = decisions._confirmed_beside

    def look_and_wait(*arguments):
        found = look(*arguments)
        has_first_looked.set()
        with suppress(threading.BrokenBarrierError):
            # In vain if the lock keeps the other one from looking.
            both_have_looked.wait(30 if "lock" in belts_off else 0.5)
        return found

    with migrated_copy("control") as url:
        college = College(url, policy)
        room = college.room()
        slot = tomorrow(10)
        held = [college.hold(room, tomorrow(hour)) for hour in (14, 16)]
        monkeypatch.setattr(decisions, "_confirmed_beside", look_and_wait)
        if "lock" in belts_off:
            take_off_the_lock(monkeypatch)
        if "constraint" in belts_off:
            with college.engine.begin() as connection:
                constraint = "ex_rooms_reservations_overlap"
                connection.execute(
                    sa.text(f"ALTER TABLE rooms_reservations DROP CONSTRAINT {constraint}")
                )

        def run(number: int):
            if what == "change":
                return college.change(held[number], slot)
            return college.reserve(room, slot, slot + (number + 1) * WEEK)

        with ThreadPoolExecutor(2) as threads:
            ends = [threads.submit(run, 0)]
            assert has_first_looked.wait(30)
            ends.append(threads.submit(run, 1))
            errors = [one.exception(60) for one in ends]
        raised = [error for error in errors if error is not None]
        in_slot = _in_slot(college, room, slot)
        college.engine.dispose()
    if len(belts_off) == 2:
        assert len(in_slot) == 2
    else:
        assert len(in_slot) == 1
    if belts_off == ("lock",):
        [error] = raised
        refusals = (psycopg.errors.ExclusionViolation, psycopg.errors.DeadlockDetected)
        assert isinstance(error.orig, refusals)
    else:  # with the lock nobody comes as far as the constraint
        assert raised == []


def _in_slot(college: College, room_id: int, slot: datetime) -> list[int]:
    with college.engine.connect() as connection:
        return list(
            connection.scalars(
                sa.select(Reservation.id).where(
                    Reservation.room_id == room_id,
                    Reservation.reserve_from == slot,
                    Reservation.status == CONFIRMED,
                )
            )
        )


@pytest.mark.slow
def test_those_who_ask_alone_and_those_who_change_are_decided_together(college, tomorrow):
    """Both ways of the queue at the same time: nobody waits for ever, and no room is given twice."""
    room = college.room()
    held = [college.hold(room, tomorrow(12) + number * HOUR) for number in range(20)]

    def alone(start: datetime):
        with Session(college.engine) as session:
            asked = submission.submit(
                session,
                room_id=room,
                user_id=college.other,
                interval=(start, start + HOUR),
                description="例会",
                decide_within=None,
            )
            session.commit()
            decisions.decide_pending(session)
            session.commit()
            outcome = submission.find_outcome(session, asked.id)
            assert outcome is not None
            return outcome[:2]

    starts = [tomorrow(8) + number * HOUR / 2 for number in range(20)]
    calls = [partial(alone, start) for start in starts]
    calls += [partial(college.change, row, start) for row, start in zip(held, starts, strict=True)]
    outcomes = at_once(*calls)
    assert {status for status, _ in outcomes} <= {"confirmed", "rejected"}
    rows = college.rows(room)
    assert set(held) <= {row.id for row in rows}
    assert len(rows) == len(held) + sum(
        status == CONFIRMED for status, _ in outcomes[: len(starts)]
    )
