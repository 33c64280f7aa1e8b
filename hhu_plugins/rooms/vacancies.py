"""Rooms that nobody has at a time, as the office sees them: no limits of length or horizon hold for it."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_plugins.rooms import closed_times, occupancy
from hhu_plugins.rooms.intervals import Interval, to_utc
from hhu_plugins.rooms.occupancy import RESERVATIONS, Room

_SELECT_TAKEN = sa.select(RESERVATIONS.c.room_id).where(occupancy.blocks()).distinct()


class Vacancy(NamedTuple):
    """A free room; where it is not ``is_open``, some of the time lies outside its opening hours."""

    room: Room
    is_open: bool


def find(
    session: Session,
    interval: Interval,
    *,
    seats: int | None = None,
    equipment: Collection[str] = (),
) -> list[Vacancy]:
    """The rooms that fit and are free for the whole time, and not closed for some of it.

    The smallest comes first, behind those that are open those that are not.
    """
    start, end = to_utc(interval)
    taken = set(session.scalars(_SELECT_TAKEN, {"start": start, "end": end}))
    closed = closed_times.read(session, start, end)
    found = []
    for room in occupancy.rooms(session, seats=seats, equipment=equipment):
        if room.id in taken:
            continue
        stretches = closed.during(room, start, end)
        if not any(each.is_closure for each in stretches):
            found.append(Vacancy(room, not stretches))
    return sorted(found, key=lambda each: not each.is_open)
