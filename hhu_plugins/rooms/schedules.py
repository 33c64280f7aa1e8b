"""A room day by day, by the clocks of the site: who has it, and when it is closed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session, joinedload

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
    """So many days from ``first`` on, in two statements."""
    midnights = [
        datetime.combine(first + each * _ONE_DAY, time(), zone).astimezone(UTC)
        for each in range(number + 1)
    ]
    window = midnights[0], midnights[-1]
    rows = session.scalars(
        occupancy.reservations(window)
        .where(Reservation.room_id == room.id)
        .options(joinedload(Reservation.user))
    ).all()
    closed = closed_times.read(session, *window)
    return [
        Day(
            first + count * _ONE_DAY,
            start,
            end,
            [row for row in rows if row.reserve_from < end and row.reserve_to > start],
            closed.during(room, start, end),
            closed.opening(room, start, end),
        )
        for count, (start, end) in enumerate(zip(midnights, midnights[1:], strict=False))
    ]
