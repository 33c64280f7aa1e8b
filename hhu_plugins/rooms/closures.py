"""Closing rooms: the closures and hours of a room, what a closure meets, and where that could go."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from hhu_base.database import among
from hhu_plugins.rooms import closed_times, holds, occupancy
from hhu_plugins.rooms.intervals import to_utc
from hhu_plugins.rooms.models import Closure, Meetingroom, OpeningHours, Reservation
from hhu_plugins.rooms.occupancy import RESERVATIONS, Room

_MOST_ROOMS = 40
_MET = RESERVATIONS.alias("met")
# Which rooms are taken at the time of each.
_SELECT_TAKEN = (
    sa.select(_MET.c.id, RESERVATIONS.c.room_id)
    .select_from(_MET)
    .join(RESERVATIONS, occupancy.blocks(_MET.c.reserve_from, _MET.c.reserve_to))
    .where(_MET.c.id == sa.any_(sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))))
)


def at(room: Meetingroom) -> sa.ColumnElement[bool]:
    """The condition on a closure to close this room."""
    return sa.or_(
        Closure.room_id == room.id,
        Closure.location == room.location,
        Closure.room_id.is_(None) & Closure.location.is_(None),
    )


def ahead(session: Session, room: Meetingroom) -> list[Closure]:
    """Those of a room that are not over, in the order of time."""
    is_ahead = Closure.ends.is_(None) | (Closure.ends > sa.func.now())
    statement = sa.select(Closure).where(at(room), is_ahead)
    return list(session.scalars(statement.order_by(Closure.starts, Closure.id)))


def hours_of(
    session: Session, room: Meetingroom
) -> tuple[OpeningHours | None, OpeningHours | None]:
    """The room's own opening hours, and those of all rooms without."""
    found = session.scalars(
        sa.select(OpeningHours).where(
            (OpeningHours.room_id == room.id) | OpeningHours.room_id.is_(None)
        )
    )
    by_room = {row.room_id: row for row in found}
    return by_room.get(room.id), by_room.get(None)


def find_met(session: Session, closure: Closure, *, held: bool = False) -> list[int]:
    """The ids of what is confirmed and not over in a closure's rooms and time, in its order.

    ``held``: of what is held for those who waited, instead.
    """
    statement = (
        sa.select(Reservation.id)
        .where(
            holds.IS_HELD if held else occupancy.ahead(), Reservation.reserve_to > closure.starts
        )
        .order_by(Reservation.reserve_from, Reservation.id)
    )
    if closure.ends is not None:
        statement = statement.where(Reservation.reserve_from < closure.ends)
    if closure.room_id is not None:
        statement = statement.where(Reservation.room_id == closure.room_id)
    elif closure.location is not None:
        here = sa.select(Meetingroom.id).where(Meetingroom.location == closure.location)
        statement = statement.where(Reservation.room_id.in_(here))
    return list(session.scalars(statement))


def load(session: Session, ids: Collection[int]) -> dict[int, Reservation]:
    """These reservations with their rooms and holders."""
    rows = session.scalars(
        sa.select(Reservation)
        .where(among(Reservation.id, ids))
        .options(joinedload(Reservation.room), joinedload(Reservation.user))
    )
    return {row.id: row for row in rows}


def free_rooms(session: Session, rows: Collection[Reservation]) -> dict[int, list[Room]]:
    """By reservation's id: the rooms that are open and free at its time.

    Those with as many seats come first, the smallest of them, of equals those close by; then the
    smaller ones, the largest first.
    """
    if not rows:
        return {}
    start = min(row.reserve_from for row in rows)
    end = max(row.reserve_to for row in rows)
    rooms = occupancy.rooms(session)
    closed = closed_times.read(session, start, end)
    taken: dict[int, set[int]] = defaultdict(set)
    for id_, room_id in session.execute(_SELECT_TAKEN, {"ids": [row.id for row in rows]}):
        taken[id_].add(room_id)
    found: dict[int, list[Room]] = {}
    for row in rows:
        times = to_utc((row.reserve_from, row.reserve_to))
        free = [
            room
            for room in rooms
            if room.id not in taken[row.id] and not closed.during(room, *times)
        ]
        seats, place = row.room.seats_count, row.room.location
        free.sort(
            key=lambda room: (
                room.seats_count < seats,
                abs(room.seats_count - seats),
                room.location != place,
            )
        )
        found[row.id] = free[:_MOST_ROOMS]
    return found
