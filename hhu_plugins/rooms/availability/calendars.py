"""The second generation of the query: every room, and who has it when."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.models import User
from hhu_plugins.rooms.availability.reading import (
    BLOCKS,
    IN_THESE_ROOMS,
    RESERVATIONS,
    bounds,
    read_rooms,
)
from hhu_plugins.rooms.availability.results import Occupancy, RoomCalendar, TooManyReservations
from hhu_plugins.rooms.intervals import Interval, to_utc

# A window of years would bring everything that was ever stored into memory. This is a month of
# 200 well-used rooms.
MOST_RESERVATIONS = 50_000

_USERS = User.__table__.c
_SELECT_OCCUPATIONS = (
    sa.select(
        RESERVATIONS.room_id,
        RESERVATIONS.reserve_from,
        RESERVATIONS.reserve_to,
        RESERVATIONS.description,
        _USERS.username,
        _USERS.last_name,
        _USERS.first_name,
        _USERS.phone,
    )
    .where(BLOCKS, IN_THESE_ROOMS, _USERS.id == RESERVATIONS.user_id)
    .order_by(RESERVATIONS.reserve_from)
)


def rooms_with_reservations(
    session: Session, window: Interval, *, people_count: int | None = None
) -> list[RoomCalendar]:
    """Every room with enough seats, free or not, by seats, then by name.

    Raises TooManyReservations rather than leave some out: a taken room would look free.
    """
    calendars = {room.id: RoomCalendar(room, []) for room in read_rooms(session, people_count)}
    # A limit that is a parameter would make the plan of a prepared statement a bad guess.
    statement = _SELECT_OCCUPATIONS.limit(sa.literal_column(str(MOST_RESERVATIONS + 1)))
    found = session.execute(
        statement, {**bounds(to_utc(window)), "room_ids": list(calendars)}
    ).all()
    if len(found) > MOST_RESERVATIONS:
        raise TooManyReservations
    for room_id, reserve_from, reserve_to, description, username, last, first, phone in found:
        calendars[room_id].reservations.append(
            Occupancy(
                reserve_from, reserve_to, f"{username}-{last}{first}", phone or None, description
            )
        )
    return list(calendars.values())
