"""The two things that every availability query reads: rooms that fit, and what blocks them.

SQLAlchemy needs longer to put such a statement together, and to load mapped columns, than
PostgreSQL to answer it. So the statements are made once, of the tables' own columns.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.database.keys import contains
from hhu_plugins.rooms.availability.results import Room
from hhu_plugins.rooms.intervals import Interval
from hhu_plugins.rooms.models import CONFIRMED, LONGEST_MEETING, Meetingroom, Reservation

ROOMS = Meetingroom.__table__.c
RESERVATIONS = Reservation.__table__.c

_INSTANT = sa.DateTime(timezone=True)

# The condition on a reservation to take away some of the interval that is given by ``bounds``.
# No reservation is longer than the longest, so the first bound excludes none that counts; it
# makes a short stretch of the index of all that lies before the end. The status is no parameter:
# the plan of a prepared statement could not know then that the partial index serves.
BLOCKS = sa.and_(
    RESERVATIONS.status == sa.literal_column(f"'{CONFIRMED}'"),
    RESERVATIONS.reserve_from > sa.bindparam("longest_before", type_=_INSTANT),
    RESERVATIONS.reserve_from < sa.bindparam("end", type_=_INSTANT),
    RESERVATIONS.reserve_to > sa.bindparam("start", type_=_INSTANT),
)
IN_THESE_ROOMS = RESERVATIONS.room_id == sa.any_(
    sa.bindparam("room_ids", type_=sa.ARRAY(sa.BigInteger))
)

SELECT_ROOMS = sa.select(
    ROOMS.id, ROOMS.name, ROOMS.location, ROOMS.seats_count, ROOMS.label, ROOMS.description
)
_SELECT_TAKEN = (
    sa.select(RESERVATIONS.room_id, RESERVATIONS.reserve_from, RESERVATIONS.reserve_to)
    .where(BLOCKS, IN_THESE_ROOMS)
    .order_by(RESERVATIONS.reserve_from)
)

_MORE_SEATS_THAN_STORED = 2**31


def bounds(interval: Interval) -> Mapping[str, Any]:
    """The parameters of ``BLOCKS``."""
    start, end = interval
    return {"longest_before": start - LONGEST_MEETING, "start": start, "end": end}


def read_rooms(
    session: Session,
    people_count: int | None = None,
    label: str | None = None,
    location: str | None = None,
) -> list[Room]:
    """The rooms that fit, the smaller first, then by name.

    Seats at least; texts contained, as people read them.
    """
    statement = SELECT_ROOMS.order_by(ROOMS.seats_count, ROOMS.name_key, ROOMS.id)
    if people_count is not None:
        # Clients send any number; one that is no bigint would be an error of the database.
        seats = max(0, min(people_count, _MORE_SEATS_THAN_STORED))
        statement = statement.where(ROOMS.seats_count >= sa.literal(seats, sa.BigInteger))
    if label:
        statement = statement.where(contains([ROOMS.label], label))
    if location:
        statement = statement.where(contains([ROOMS.location], location))
    return [Room(*row) for row in session.execute(statement).all()]


def read_taken(
    session: Session, rooms: list[Room], window: Interval
) -> Mapping[int, list[Interval]]:
    """When the rooms are taken during the window, in order of time, by the room's id."""
    found = session.execute(
        _SELECT_TAKEN, {**bounds(window), "room_ids": [room.id for room in rooms]}
    ).all()
    taken: dict[int, list[Interval]] = defaultdict(list)
    for room_id, reserve_from, reserve_to in found:
        taken[room_id].append((reserve_from, reserve_to))
    return taken
