"""A room day by day, by the clocks of the site: who has it, and when it is closed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session, joinedload

from hhu_base.database import among
from hhu_plugins.rooms import closed_times, occupancy
from hhu_plugins.rooms.closed_times import Closed
from hhu_plugins.rooms.intervals import Interval
from hhu_plugins.rooms.models import Meetingroom, Reservation

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Day:
    """A room on one day: whole reservations, what of the day it is closed, and its opening hours.

    ``opening`` is None where there are no hours: it is always open, but for closures.
    """

    date: date
    start: datetime
    end: datetime
    reservations: Sequence[Reservation]
    closed: Sequence[Closed]
    opening: Sequence[Interval] | None


def days(
    session: Session, room: Meetingroom, first: date, number: int, zone: ZoneInfo
) -> list[Day]:
    """So many days from ``first`` on."""
    return days_of(session, [room], first, number, zone)[room.id]


def days_of(
    session: Session, rooms: Collection[Meetingroom], first: date, number: int, zone: ZoneInfo
) -> dict[int, list[Day]]:
    """So many days from ``first`` on of each room, by its id, in two statements."""
    midnights = [
        datetime.combine(first + each * _ONE_DAY, time(), zone).astimezone(UTC)
        for each in range(number + 1)
    ]
    window = midnights[0], midnights[-1]
    rows: dict[int, list[Reservation]] = {room.id: [] for room in rooms}
    for row in session.scalars(
        occupancy.reservations(window)
        .where(among(Reservation.room_id, list(rows)))
        .options(joinedload(Reservation.user))
    ):
        rows[row.room_id].append(row)
    closed = closed_times.read(session, *window)
    return {
        room.id: [
            Day(
                first + count * _ONE_DAY,
                start,
                end,
                [row for row in rows[room.id] if row.reserve_from < end and row.reserve_to > start],
                closed.during(room, start, end),
                closed.opening(room, start, end),
            )
            for count, (start, end) in enumerate(zip(midnights, midnights[1:], strict=False))
        ]
        for room in rooms
    }
