"""Holds, confirmations and check-ins that meet in the same moment, with real commits and threads.

One of the two happens, never both; and the controls, where the same race without the lock gives one
person two rooms, or a room that was promised to the next.
"""

from __future__ import annotations

import itertools
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.models import User
from hhu_base.values.refusal import Refusal
from hhu_plugins.rooms import (
    booking,
    cancellation,
    checkins,
    due,
    holds,
    waiting,
    waiting_list,
)
from hhu_plugins.rooms.models import (
    CONFIRMED,
    DONE,
    ENDED,
    HELD,
    OFFERED,
    RELEASED,
    WAITING,
    WITHDRAWN,
    Meetingroom,
    Reservation,
    WaitingRequest,
)
from hhu_plugins.rooms.policy import read_policy
from tests.locks import take_off_the_lock
from tests.rooms.races import InTurn, at_once
from tests.sampling import first

HOUR = timedelta(hours=1)
REFUSED = "refused"
_numbers = itertools.count(1)


class College:
    """A database where commits are real."""

    def __init__(self, url: str):
        self.policy = read_policy({}, ZoneInfo("Asia/Shanghai"))
        self.engine = sa.create_engine(url, pool_size=30, max_overflow=0, pool_timeout=60)
        with Session(self.engine) as session, session.begin():
            people = [User(username=f"w{number}") for number in range(3)]
            session.add_all(people)
            session.flush()
            self.me, self.other, self.third = (person.id for person in people)

    def room(self, **values) -> int:
        with Session(self.engine) as session, session.begin():
            # A place of its own: who waits for any room there waits for no room of another test.
            place = values.pop("location", f"楼{next(_numbers)}")
            room = Meetingroom(name=f"R{next(_numbers)}", location=place, seats_count=9, **values)
            session.add(room)
            session.flush()
            return room.id

    def book(self, room_id: int, start: datetime, **values) -> int:
        with Session(self.engine) as session, session.begin():
            values = {"user_id": self.third, "status": CONFIRMED, "description": "例会"} | values
            row = Reservation(
                room_id=room_id, reserve_from=start, reserve_to=start + HOUR, **values
            )
            session.add(row)
            session.flush()
            return row.id

    def wait(self, user_id: int, start: datetime, **wanted) -> int:
        with Session(self.engine) as session, session.begin():
            row = waiting_list.submit(
                session,
                self.policy,
                user_id=user_id,
                interval=(start, start + HOUR),
                description="组会",
                is_first=True,  # without the limit of a person
                **wanted,
            )
            row.is_new = False
            return row.id

    def offer(self, start: datetime, seconds: float = 60) -> tuple[int, int, int]:
        """A room held for me, which the other waits for as well: the ids of hold and requests."""
        room_id = self.room()
        taken = self.book(room_id, start)
        requests = [self.wait(user, start, room_id=room_id) for user in (self.me, self.other)]
        self.cancel(taken, self.third)
        with Session(self.engine) as session, session.begin():
            hold = session.get_one(WaitingRequest, requests[0]).reservation_id
            assert hold is not None
            until = datetime.now(UTC) + timedelta(seconds=seconds)
            session.get_one(Reservation, hold).hold_until = until
        return hold, *requests

    def cancel(self, reservation_id: int, user_id: int) -> bool:
        with Session(self.engine) as session, session.begin():
            return cancellation.cancel(session, self.policy, reservation_id, by_user_id=user_id)

    def confirm(self, reservation_id: int) -> str:
        return self._try(reservation_id, holds.confirm)

    def check_in(self, reservation_id: int) -> str:
        def check_in(session: Session, row: Reservation) -> None:
            checkins.check_in(self.policy, row)

        return self._try(reservation_id, check_in)

    def _try(self, reservation_id: int, do) -> str:
        with Session(self.engine) as session:
            row = booking.find_locked(session, reservation_id)
            assert row is not None
            try:
                do(session, row)
            except Refusal:
                session.rollback()
                return REFUSED
            session.commit()
            return CONFIRMED

    def settle(self, after: datetime | None = None) -> None:
        while after is not None and datetime.now(UTC) <= after:
            time.sleep(0.01)
        with Session(self.engine) as session, session.begin():
            due.settle(session, self.policy)

    def status(self, reservation_id: int) -> str:
        with Session(self.engine) as session:
            return session.get_one(Reservation, reservation_id).status

    def states(self, *request_ids: int) -> list[str]:
        with Session(self.engine) as session:
            return [session.get_one(WaitingRequest, id_).status for id_ in request_ids]

    def taking(self, room_ids: list[int]) -> list[Reservation]:
        """What takes the time of these rooms; never two at once."""
        with Session(self.engine) as session:
            found = session.scalars(
                sa.select(Reservation)
                .where(Reservation.room_id.in_(room_ids), Reservation.status.in_([CONFIRMED, HELD]))
                .order_by(Reservation.room_id, Reservation.reserve_from)
            ).all()
        for one, after in itertools.pairwise(found):
            assert one.room_id != after.room_id or one.reserve_to <= after.reserve_from
        return list(found)


@pytest.fixture(scope="module")
def college(migrated_copy):
    with migrated_copy("waiting_races") as url:
        college = College(url)
        yield college
        college.engine.dispose()


@pytest.fixture
def without_the_lock(monkeypatch):
    return partial(take_off_the_lock, monkeypatch)


class Busy(InTurn):
    """The other one comes when a moment has passed; also without the lock it may meet a locked row."""

    def __init__(self, monkeypatch, module, name: str):
        super().__init__(monkeypatch, module, name, has_lock=True)
        wait = self._other_is_done.wait
        monkeypatch.setattr(self._other_is_done, "wait", lambda _: wait(1.4))


@pytest.mark.parametrize("has_lock", [True, False])
def test_one_who_waits_for_any_room_gets_one_of_two_that_become_free(
    college, tomorrow, monkeypatch, without_the_lock, has_lock
):
    if not has_lock:
        without_the_lock()
    place = f"同楼{next(_numbers)}"
    rooms = [college.room(location=place) for _ in range(2)]
    taken = [college.book(room, tomorrow(10)) for room in rooms]
    request = college.wait(college.me, tomorrow(10), location=place)
    turn = Busy(monkeypatch, waiting, "_taken")
    turn.run(*(partial(college.cancel, each, college.third) for each in taken))
    assert college.states(request) == [OFFERED]
    assert len(college.taking(rooms)) == (1 if has_lock else 2)


@pytest.mark.parametrize("has_lock", [True, False])
def test_a_hold_is_confirmed_or_over_and_only_without_the_lock_both(
    college, tomorrow, monkeypatch, without_the_lock, has_lock
):
    if not has_lock:
        without_the_lock()
    hold, mine, theirs = college.offer(tomorrow(10), seconds=0.8)
    over_at = datetime.now(UTC) + timedelta(seconds=0.8)
    turn = Busy(monkeypatch, holds, "_close")
    answer, _ = turn.run(partial(college.confirm, hold), partial(college.settle, over_at))
    # It was in time, and was told so.
    assert answer == CONFIRMED
    assert college.status(hold) == (CONFIRMED if has_lock else WITHDRAWN)
    assert college.states(mine, theirs)[1] == (WAITING if has_lock else OFFERED)


@pytest.mark.parametrize("round_", first(2, range(8)))
def test_confirmed_and_given_back_at_once(college, tomorrow, round_):
    hold, mine, theirs = college.offer(tomorrow(10))
    calls = [partial(college.confirm, hold), partial(college.cancel, hold, college.me)]
    results = at_once(*(calls if round_ % 2 else calls[::-1]))
    confirmed, cancelled = results if round_ % 2 else results[::-1]
    assert cancelled
    # Confirmed and then cancelled, or given back and not to be confirmed any more.
    expected = ("cancelled", DONE) if confirmed == CONFIRMED else (WITHDRAWN, WITHDRAWN)
    assert (college.status(hold), college.states(mine)[0]) == expected
    assert college.states(theirs) == [OFFERED]


@pytest.mark.parametrize("round_", first(1, range(4)))
def test_many_who_confirm_give_back_and_end_the_same_hold(college, tomorrow, round_):
    """It ends once: the next one gets the room once, or nobody does."""
    hold, mine, theirs = college.offer(tomorrow(10), seconds=0.05)
    calls = [partial(college.confirm, hold)] * 4 + [college.settle] * 4
    time.sleep(0.04)
    answers = set(at_once(*calls)) - {None}
    college.settle()
    status, (my_state, their_state) = college.status(hold), college.states(mine, theirs)
    if CONFIRMED in answers:
        assert (status, my_state, their_state) == (CONFIRMED, DONE, WAITING)
    else:
        college.settle(datetime.now(UTC) + timedelta(seconds=0.05))
        status, (my_state, their_state) = college.status(hold), college.states(mine, theirs)
        assert (status, my_state, their_state) == (WITHDRAWN, ENDED, OFFERED)


@pytest.mark.parametrize("has_lock", [True, False])
def test_somebody_comes_or_the_room_is_released_and_only_without_the_lock_both(
    college, monkeypatch, without_the_lock, has_lock
):
    if not has_lock:
        without_the_lock()
    long_ago = datetime.now(UTC) - 24 * HOUR
    room = college.room(checkin_since=long_ago)
    due_at = datetime.now(UTC) + timedelta(seconds=0.8)
    start = due_at - college.policy.release_after
    row = college.book(room, start, status_changed_at=long_ago)
    turn = Busy(monkeypatch, checkins, "is_wanted")
    answer, _ = turn.run(
        partial(college.check_in, row),
        partial(college.settle, due_at + timedelta(seconds=0.05)),
    )
    assert answer == CONFIRMED
    assert college.status(row) == (CONFIRMED if has_lock else RELEASED)
