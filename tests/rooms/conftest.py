"""Rooms, and reservations in them."""

import itertools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_plugins.rooms import notifications
from hhu_plugins.rooms.models import (
    CONFIRMED,
    HELD,
    Closure,
    Meetingroom,
    OpeningHours,
    Reservation,
)
from hhu_plugins.rooms.opening_hours import parse_day, store_week
from hhu_plugins.rooms.policy import BookingPolicy, read_policy

_numbers = itertools.count(1)
ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def policy() -> BookingPolicy:
    """That of a site with no settings of its own."""
    return read_policy({}, ZONE)


@pytest.fixture
def add_room(session):
    """``add_room("101", seats_count=8)``: a stored room."""

    def add(name: str = "101", **values) -> Meetingroom:
        room = Meetingroom(name=name, **{"location": "勤学楼", "seats_count": 10, **values})
        session.add(room)
        session.flush()
        return room

    return add


@pytest.fixture
def room(add_room) -> Meetingroom:
    return add_room()


@pytest.fixture
def tomorrow():
    """``tomorrow(10, 30)``: half past ten, site time."""
    day = (datetime.now(UTC) + timedelta(days=1)).astimezone(ZONE)

    def at(hour: int, minute: int = 0) -> datetime:
        return day.replace(hour=hour, minute=minute, second=0, microsecond=0)

    return at


@pytest.fixture
def add_reservation(session, teacher):
    """``add_reservation(room, start, end)``: a stored reservation, confirmed unless told."""

    def add(room: Meetingroom, start: datetime, end: datetime, **values) -> Reservation:
        if values.get("status") == HELD:
            values = {"hold_until": start, **values}
        reservation = Reservation(
            room_id=room.id,
            reserve_from=start,
            reserve_to=end,
            **{"user_id": teacher.id, "description": "例会", "status": CONFIRMED, **values},
        )
        session.add(reservation)
        session.flush()
        return reservation

    return add


@pytest.fixture
def add_closure(session):
    """``add_closure(start, end, room_id=…)``: a stored closure; of all rooms unless told."""

    def add(starts: datetime, ends: datetime | None, **values) -> Closure:
        closure = Closure(starts=starts, ends=ends, **{"reason": "检修", **values})
        session.add(closure)
        session.flush()
        return closure

    return add


@pytest.fixture
def add_hours(session):
    """``add_hours("08:00–12:00", room_id=…)``: the same opening hours every day."""

    def add(day: str, **values) -> OpeningHours:
        hours = OpeningHours(week=store_week((parse_day(day),) * 7), zone=ZONE.key, **values)
        session.add(hours)
        session.flush()
        return hours

    return add


@pytest.fixture
def told(monkeypatch) -> list[tuple]:
    """What holders are told of: what was done, and the holder's id."""
    calls: list[tuple] = []
    monkeypatch.setattr(
        notifications,
        "notify_holder",
        lambda session, row, what, **how: calls.append((what, row.user_id)),
    )
    return calls


@pytest.fixture
def new_room(house):
    """``new_room()``: the id of another room, where commits are real."""

    def new_room() -> int:
        with Session(house.registry["engine"]) as session, session.begin():
            room = Meetingroom(name=f"R{next(_numbers)}", location="勤学楼", seats_count=9)
            session.add(room)
            session.flush()
            return room.id

    return new_room


@pytest.fixture
def no_constraint(house):
    """The database's own belt is off; what that leaves behind is removed."""
    name = "ex_rooms_reservations_overlap"
    [constraint] = [each for each in Reservation.__table__.constraints if each.name == name]
    engine = house.registry["engine"]
    with engine.begin() as connection:
        connection.execute(sa.schema.DropConstraint(constraint))
    yield
    with engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM rooms_reservations"))
        connection.execute(sa.schema.AddConstraint(constraint))
