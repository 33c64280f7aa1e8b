"""How much rooms are used."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_plugins.rooms import closed_times, occupancy
from hhu_plugins.rooms.intervals import to_utc
from hhu_plugins.rooms.models import CONFIRMED, RELEASED, Meetingroom
from hhu_plugins.rooms.occupancy import END, RESERVATIONS, START


class Usage(NamedTuple):
    """Of a stretch of time: how many meetings of how many people, for how long, of how much open time.

    ``no_shows`` were released since nobody came; they are no meetings.
    """

    meetings: int
    people: int
    used: timedelta
    open: timedelta
    no_shows: int = 0

    @property
    def percent(self) -> int | None:
        """The share of the open time; meetings outside it count, too. None: it was never open."""
        if not self.open:
            return None
        return min(100, round(100 * (self.used / self.open)))


_COLUMNS = RESERVATIONS.c
_WAS_USED = _COLUMNS.status == CONFIRMED
_SELECT_USED = sa.select(
    sa.func.count().filter(_WAS_USED),
    sa.func.count(_COLUMNS.user_id.distinct()).filter(_WAS_USED),
    sa.func.coalesce(
        sa.func.sum(
            sa.func.least(_COLUMNS.reserve_to, END) - sa.func.greatest(_COLUMNS.reserve_from, START)
        ).filter(_WAS_USED),
        sa.literal_column("interval '0'", sa.Interval()),
    ),
    sa.func.count().filter(_COLUMNS.status == RELEASED),
).where(
    _COLUMNS.room_id == sa.bindparam("room_id"),
    _COLUMNS.status.in_((CONFIRMED, RELEASED)),
    occupancy.not_over(START),
    _COLUMNS.reserve_from < END,
)


def of_room(session: Session, room: Meetingroom, start: datetime, end: datetime) -> Usage:
    """What was confirmed, cut at the ends."""
    start, end = to_utc((start, end))
    parameters = {"start": start, "end": end, "room_id": room.id}
    meetings, people, used, no_shows = session.execute(_SELECT_USED, parameters).one()
    closed = closed_times.read(session, start, end).during(room, start, end)
    open_ = end - start - sum((each.end - each.start for each in closed), timedelta())
    return Usage(meetings, people, used, open_, no_shows)
