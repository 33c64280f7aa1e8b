"""Rooms, and reservations in them."""

import itertools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.notifications.models import Notice
from hhu_plugins.rooms import giving_way, notifications
from hhu_plugins.rooms.models import (
    CONFIRMED,
    HELD,
    Ask,
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


@pytest.fixture
def asker(add_user):
    return add_user("asker", last_name="林", first_name="晨")


@pytest.fixture
def other_room(add_room):
    return add_room("102", seats_count=12)


@pytest.fixture
def held(room, teacher, add_reservation, tomorrow) -> Reservation:
    return add_reservation(room, tomorrow(10), tomorrow(12))


@pytest.fixture
def talk(session, policy, held, asker, other_room) -> Ask:
    row = giving_way.ask(
        session,
        policy,
        held.id,
        user_id=asker.id,
        interval=(held.reserve_from, held.reserve_to),
        description="招生会",
        reason="专家只有这时有空",
    )
    assert row is not None
    return row


@pytest.fixture
def subjects_of(session):
    """``subjects_of(user)``: what they were told, the subjects' first words."""

    def subjects(user) -> list[str]:
        found = session.scalars(
            sa.select(Notice.subject).where(Notice.user_id == user.id).order_by(Notice.id)
        )
        return [subject.partition("】")[0].removeprefix("【") for subject in found]

    return subjects


def refused(answer) -> list[str]:
    return answer["non_field_errors"]
