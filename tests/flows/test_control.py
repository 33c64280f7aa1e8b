"""The control: without its belts the same race gives one room to many, so the proofs can fail.

The belts are taken off in a database of their own. There is one more than the plan names: whoever
decides also locks the pending rows themselves. So that they don't hide the race, each thread here
takes only the rows that nobody else has.
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from hhu_base.database import Base
from hhu_base.models import User
from hhu_base.values.refusal import Refusal
from hhu_plugins.rooms import booking, decisions, occupancy, submission, wishes
from hhu_plugins.rooms.models import CONFIRMED, Meetingroom, Reservation
from tests.locks import take_off_the_lock

from .college import Wish, assert_no_overlap, at


@pytest.fixture
def control(college):
    """A database that may be harmed."""
    with college.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("CREATE DATABASE control"))
        # Made by migrations, and asked for by the tables' generated columns and indexes.
        functions = connection.scalars(
            sa.text(
                "SELECT pg_get_functiondef(oid) FROM pg_proc"
                " WHERE pronamespace = 'public'::regnamespace AND proname ~ '_(fold|grams)$'"
            )
        ).all()
    engine = sa.create_engine(college.engine.url.set(database="control"), poolclass=NullPool)
    try:
        with engine.begin() as connection:
            for function in functions:
                connection.exec_driver_sql(function)
        Base.metadata.create_all(engine)
        with Session(engine) as session, session.begin():
            session.add(User(username="t0001"))
            session.add(Meetingroom(name="101", location="勤学楼", seats_count=10))
        yield engine
    finally:
        with college.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("DROP DATABASE control"))


def drop_the_constraint(engine):
    with engine.begin() as connection:
        connection.execute(
            sa.text("ALTER TABLE rooms_reservations DROP CONSTRAINT ex_rooms_reservations_overlap")
        )


def confirmed(engine) -> list[sa.Row]:
    with engine.connect() as connection:
        return list(
            connection.execute(
                sa.select(Reservation.__table__).where(Reservation.status == CONFIRMED)
            )
        )


class Race:
    """Two threads: the second begins when the first has looked, and overtakes it if it can."""

    def __init__(self, monkeypatch, module, look_name: str, belts_off: tuple[str, ...]):
        self._has_first_looked = threading.Event()
        self._both_have_looked = threading.Barrier(2)
        look = getattr(module, look_name)

        def look_and_wait(*args, **kw):
            found = look(*args, **kw)
            self._has_first_looked.set()
            with suppress(threading.BrokenBarrierError):
                # In vain if the lock keeps the other one from looking.
                self._both_have_looked.wait(30 if "lock" in belts_off else 0.5)
            return found

        monkeypatch.setattr(module, look_name, look_and_wait)

    def run(self, function) -> list[BaseException]:
        """What the two raised."""
        with ThreadPoolExecutor(2) as threads:
            first = threads.submit(function)
            assert self._has_first_looked.wait(30)
            second = threads.submit(function)
            ends = first.exception(60), second.exception(60)
        return [error for error in ends if error is not None]


def take_off(belts_off, engine, monkeypatch):
    if "lock" in belts_off:
        take_off_the_lock(monkeypatch)
    if "constraint" in belts_off:
        drop_the_constraint(engine)


@pytest.mark.parametrize("belts_off", [(), ("lock",), ("constraint",), ("lock", "constraint")])
def test_deciding_gives_a_room_twice_only_without_lock_and_constraint(
    control, monkeypatch, belts_off
):
    monkeypatch.setattr(
        wishes, "PENDING_ROWS", wishes.PENDING_ROWS.with_for_update(skip_locked=True)
    )
    race = Race(monkeypatch, decisions, "_confirmed_beside", belts_off)
    take_off(belts_off, control, monkeypatch)
    interval = at(1, 10), at(1, 11)

    def reserve_and_decide() -> None:
        with Session(control) as session:
            submission.submit(
                session,
                room_id=1,
                user_id=1,
                interval=interval,
                description="例会",
                decide_within=None,
            )
            session.commit()
            decisions.decide_pending(session)
            session.commit()

    check(belts_off, race.run(reserve_and_decide), confirmed(control))


@pytest.mark.parametrize("belts_off", [(), ("lock",), ("constraint",), ("lock", "constraint")])
def test_placing_gives_a_room_twice_only_without_lock_and_constraint(
    control, monkeypatch, belts_off
):
    race = Race(monkeypatch, occupancy, "conflicts", belts_off)
    take_off(belts_off, control, monkeypatch)
    wish = Wish(1, at(1, 10), at(1, 11))

    def place() -> None:
        with Session(control) as session:
            reservation = Reservation(
                room_id=1,
                user_id=1,
                reserve_from=wish.start,
                reserve_to=wish.end,
                description=wish.description,
            )
            booking.place(session, reservation, by_user_id=1)
            session.commit()

    errors = [error for error in race.run(place) if not isinstance(error, Refusal)]
    check(belts_off, errors, confirmed(control))


def check(belts_off, errors, rows) -> None:
    if len(belts_off) == 2:
        assert len(rows) == 2
        with pytest.raises(AssertionError):
            assert_no_overlap(rows)
    else:
        assert len(rows) == 1
    if belts_off == ("lock",):
        [error] = errors
        # Two that check the constraint at the same moment may also wait for each other.
        refusals = (psycopg.errors.ExclusionViolation, psycopg.errors.DeadlockDetected)
        assert isinstance(error.orig, refusals)
    else:  # with the lock nobody comes as far as the constraint
        assert errors == []
