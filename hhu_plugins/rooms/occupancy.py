"""Who has which room when: the only module that knows what takes a room's time away.

Confirmed reservations and holds do, and that it is closed (``closed_times``); intervals are
half-open, so those that touch don't conflict.

SQLAlchemy needs longer to put a statement together, and to load mapped columns, than PostgreSQL to
answer it. So the statements that many wait for are made once, of the tables' own columns.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.database import among
from hhu_base.database.keys import contains
from hhu_base.models import User
from hhu_base.values.refusal import Refusal
from hhu_plugins.rooms import closed_times, eligibility
from hhu_plugins.rooms.intervals import Interval, Timeline, to_utc
from hhu_plugins.rooms.models import CONFIRMED, HELD, LONGEST_MEETING, Meetingroom, Reservation

RESERVATIONS = cast(sa.Table, Reservation.__table__)
ROOMS = cast(sa.Table, Meetingroom.__table__)

# A window of years would bring everything that was ever stored into memory. This is a month of
# 200 well-used rooms.
MOST_RESERVATIONS = 50_000
TOO_MANY = "查询的时间范围过大。"
_MORE_SEATS_THAN_STORED = 2**31
_A_DAY = timedelta(days=1)

# In place of who has it, where a room is closed.
NOT_OPEN = "不开放"

START = sa.bindparam("start", type_=sa.DateTime(timezone=True))
END = sa.bindparam("end", type_=sa.DateTime(timezone=True))


def blocks(start: Any = START, end: Any = END, of: sa.FromClause = RESERVATIONS) -> Any:
    """The condition on a reservation to take some of the interval away.

    ``start`` and ``end`` are values, columns, or the parameters of these names; ``of`` is the
    table, or an alias of it.
    """
    return sa.and_(takes_time(of), not_over(start, of), of.c.reserve_from < end)


def ahead(now: Any = sa.func.now()) -> Any:  # noqa: B008 - an expression, not a moment
    """The condition on a reservation to be confirmed, and not over yet."""
    return sa.and_(_is_confirmed(RESERVATIONS), not_over(now))


def taken_ahead(now: Any = sa.func.now()) -> Any:  # noqa: B008
    """The same, or to be held for somebody."""
    return sa.and_(takes_time(), not_over(now))


def over(now: Any = sa.func.now()) -> Any:  # noqa: B008
    """The condition on a reservation to have been confirmed, and to be over."""
    columns = RESERVATIONS.c
    # The first bound is there for the index, which knows the starts.
    return sa.and_(
        _is_confirmed(RESERVATIONS), columns.reserve_from < now, columns.reserve_to <= now
    )


def not_over(moment: Any, of: sa.FromClause = RESERVATIONS) -> Any:
    """The condition on a reservation, whatever its status, to end after ``moment``."""
    # None is longer than the longest, so the first bound excludes none that counts; it makes a
    # short stretch of the index of all that lies before.
    return sa.and_(of.c.reserve_from > moment - LONGEST_MEETING, of.c.reserve_to > moment)


def takes_time(of: sa.FromClause = RESERVATIONS) -> sa.ColumnElement[bool]:
    """The condition on a reservation that nobody else may have its room meanwhile."""
    return of.c.status.in_([sa.literal_column(f"'{status}'") for status in (CONFIRMED, HELD)])


def _is_confirmed(of: sa.FromClause) -> sa.ColumnElement[bool]:
    # The status is no parameter: the plan of a prepared statement could not know then that the
    # partial index serves.
    return of.c.status == sa.literal_column(f"'{CONFIRMED}'")


@dataclass(frozen=True, slots=True)
class Room:
    """The columns of a meeting room; a mapped object would cost more than the query for it."""

    id: int
    name: str
    location: str
    seats_count: int
    label: str
    description: str
    equipment: list[str]
    min_minutes: int | None
    max_minutes: int | None
    max_days_ahead: int | None


class Occupancy(NamedTuple):
    """What takes a room's time, as everybody may see it: ``contact`` is a phone number."""

    reserve_from: datetime
    reserve_to: datetime
    reserve_user: str
    contact: str | None
    description: str


@dataclass(frozen=True, slots=True)
class RoomCalendar:
    """A room with what takes some time of a window, in order of time."""

    room: Room
    reservations: list[Occupancy]


class Holding(NamedTuple):
    """Who holds a room from when to when; ``id`` is the reservation's."""

    id: int
    room_id: int
    user_id: int
    reserve_from: datetime
    reserve_to: datetime


_USERS = User.__table__.c
_IN_THESE_ROOMS = RESERVATIONS.c.room_id == sa.any_(
    sa.bindparam("room_ids", type_=sa.ARRAY(sa.BigInteger))
)
SELECT_ROOMS = sa.select(*(ROOMS.c[field.name] for field in fields(Room)))
# What clients see as the label; they look for it, too.
_SHOWN_LABEL = sa.case(
    (ROOMS.c.label == "", sa.func.array_to_string(ROOMS.c.equipment, " ")), else_=ROOMS.c.label
)
# How lists of all rooms come, to choose from.
LIST_ORDER = (
    Meetingroom.position,
    Meetingroom.location_key,
    Meetingroom.name_key,
    Meetingroom.id,
)
_SELECT_TAKEN = (
    sa.select(RESERVATIONS.c.room_id, RESERVATIONS.c.reserve_from, RESERVATIONS.c.reserve_to)
    .where(blocks(), _IN_THESE_ROOMS)
    .order_by(RESERVATIONS.c.reserve_from)
)


@cache
def _select_occupancies(limit: int) -> sa.Select:
    return (
        sa.select(
            RESERVATIONS.c.room_id,
            # An Occupancy as it goes out: what is not made here takes no time in Python.
            RESERVATIONS.c.reserve_from,
            RESERVATIONS.c.reserve_to,
            sa.func.concat(_USERS.username, "-", _USERS.last_name, _USERS.first_name),
            sa.func.nullif(_USERS.phone, ""),
            RESERVATIONS.c.description,
        )
        .where(blocks(), _IN_THESE_ROOMS, _USERS.id == RESERVATIONS.c.user_id)
        .order_by(RESERVATIONS.c.reserve_from)
        # A limit that is a parameter would make the plan of a prepared statement a bad guess.
        .limit(sa.literal_column(str(limit)))
    )


def rooms(
    session: Session,
    *,
    seats: int | None = None,
    label: str | None = None,
    location: str | None = None,
    equipment: Collection[str] = (),
    for_user: int | None = None,
) -> list[Room]:
    """The rooms that fit, the smaller first, then by name.

    Seats at least; texts contained, as people read them; all of the equipment; only those that
    ``for_user`` may book.
    """
    statement = SELECT_ROOMS.order_by(ROOMS.c.seats_count, ROOMS.c.name_key, ROOMS.c.id)
    if seats is not None:
        # Clients send any number; one that is no bigint would be an error of the database.
        at_least = max(0, min(seats, _MORE_SEATS_THAN_STORED))
        statement = statement.where(ROOMS.c.seats_count >= sa.literal(at_least, sa.BigInteger))
    if label:
        statement = statement.where(contains([_SHOWN_LABEL], label))
    if location:
        statement = statement.where(contains([ROOMS.c.location], location))
    if equipment:
        statement = statement.where(ROOMS.c.equipment.contains(list(equipment)))
    found = [Room(*row) for row in session.execute(statement).all()]
    # A statement of its own, made once: in this one SQLAlchemy would put it together at each call.
    if for_user is not None and (closed := eligibility.rooms_closed_to(session, for_user)):
        return [room for room in found if room.id not in closed]
    return found


def taken(session: Session, room_ids: Iterable[int], window: Interval) -> dict[int, list[Interval]]:
    """When these rooms are taken during the window, in order of time, by the room's id."""
    start, end = window
    found = session.execute(
        _SELECT_TAKEN, {"start": start, "end": end, "room_ids": list(room_ids)}
    ).all()
    intervals: dict[int, list[Interval]] = defaultdict(list)
    for room_id, reserve_from, reserve_to in found:
        intervals[room_id].append((reserve_from, reserve_to))
    return intervals


def calendars(
    session: Session,
    window: Interval,
    *,
    seats: int | None = None,
    equipment: Collection[str] = (),
) -> list[RoomCalendar]:
    """Every room with enough seats, free or not, by seats, then by name, and who has it when.

    Raises Refusal rather than leave some out: a taken room would look free.
    """
    by_room = {
        room.id: RoomCalendar(room, []) for room in rooms(session, seats=seats, equipment=equipment)
    }
    start, end = to_utc(window)
    found = session.execute(
        _select_occupancies(MOST_RESERVATIONS + 1),
        {"start": start, "end": end, "room_ids": list(by_room)},
    ).all()
    if len(found) > MOST_RESERVATIONS:
        raise Refusal(TOO_MANY)
    for room_id, *occupancy in found:
        by_room[room_id].reservations.append(Occupancy._make(occupancy))
    _add_closed(session, by_room, (start, end))
    return list(by_room.values())


def _add_closed(session: Session, by_room: dict[int, RoomCalendar], window: Interval) -> None:
    """What of the window the rooms are closed, cut at its ends. Raises Refusal as ``calendars``."""
    start, end = window
    closed = closed_times.read(session, start, end)
    # Each day has its nights: in a window of thousands of years there are too many to count them.
    if closed.has_hours and (end - start) // _A_DAY * len(by_room) > MOST_RESERVATIONS:
        raise Refusal(TOO_MANY)
    number = 0
    for calendar in by_room.values() if closed else ():
        found = closed.during(calendar.room, start, end)
        number += len(found)
        if number > MOST_RESERVATIONS:
            raise Refusal(TOO_MANY)
        calendar.reservations.extend(
            Occupancy(each.start, each.end, NOT_OPEN, None, each.reason) for each in found
        )
        calendar.reservations.sort(key=attrgetter("reserve_from"))


def reservations(window: Interval, *columns: Any) -> sa.Select:
    """Those that take some of the window, in the order of time: these columns, or all of each."""
    return (
        sa.select(*(columns or (Reservation,)))
        .where(blocks(*window))
        .order_by(Reservation.reserve_from, Reservation.id)
    )


def conflicts(
    session: Session, room_id: int, interval: Interval, *, except_id: int | None = None
) -> Sequence[Reservation]:
    """Those of a room that take some of ``interval``, in the order of time."""
    return session.scalars(
        reservations(interval).where(
            Reservation.room_id == room_id, Reservation.id.is_distinct_from(except_id)
        )
    ).all()


def timelines(session: Session, room_ids: Collection[int]) -> dict[int, Timeline]:
    """All that ever took time of these rooms, by the room's id; the entries are Holdings."""
    found = session.execute(
        sa.select(*(RESERVATIONS.c[name] for name in Holding._fields))
        .where(takes_time(), among(RESERVATIONS.c.room_id, set(room_ids)))
        .order_by(RESERVATIONS.c.reserve_from)
    )
    by_room: dict[int, Timeline] = defaultdict(Timeline)
    for row in found:
        by_room[row.room_id].add(row.reserve_from, row.reserve_to, Holding(*row))
    return by_room
