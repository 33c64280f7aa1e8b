"""What to offer to somebody whose request was refused because the room is taken."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_plugins.rooms.availability.gaps import find_gaps, nearest_stretches, within_horizon
from hhu_plugins.rooms.availability.reading import BLOCKS, RESERVATIONS, ROOMS, SELECT_ROOMS, bounds
from hhu_plugins.rooms.availability.results import Alternatives, Room
from hhu_plugins.rooms.intervals import Interval, to_utc
from hhu_plugins.rooms.models import Meetingroom
from hhu_plugins.rooms.policy import BookingPolicy

NEARBY = timedelta(days=7)
MOST_OFFERS = 3

_SELECT_TAKEN = (
    sa.select(RESERVATIONS.reserve_from, RESERVATIONS.reserve_to)
    .where(BLOCKS, RESERVATIONS.room_id == sa.bindparam("room_id"))
    .order_by(RESERVATIONS.reserve_from)
)
# Rooms with as many seats, or as few more as possible; of equals, the one close by.
_SELECT_SIMILAR = (
    SELECT_ROOMS.where(
        ROOMS.id != sa.bindparam("room_id"),
        ROOMS.seats_count >= sa.bindparam("seats_count"),
        ~sa.exists().where(BLOCKS, RESERVATIONS.room_id == ROOMS.id),
    )
    .order_by(
        ROOMS.seats_count, ROOMS.location != sa.bindparam("location"), ROOMS.name_key, ROOMS.id
    )
    .limit(sa.literal_column(str(MOST_OFFERS)))
)


def alternatives(
    session: Session,
    policy: BookingPolicy,
    now: datetime,
    room: Room | Meetingroom,
    interval: Interval,
) -> Alternatives:
    """Other times for ``room``, and other rooms for the time that it is taken.

    Cheap, since it runs for every refusal, and a popular hour brings hundreds at once.
    """
    start, end = policy.widen(*to_utc(interval))
    return Alternatives(
        stretches=_other_times(session, policy, now.astimezone(UTC), room.id, (start, end)),
        rooms=_other_rooms(session, room, (start, end)),
    )


def _other_times(
    session: Session, policy: BookingPolicy, now: datetime, room_id: int, interval: Interval
) -> list[Interval]:
    """The free stretches nearest to the interval, and as long; a week from it at most."""
    start, end = interval
    first = policy.up(max(start - NEARBY, now))
    last = within_horizon(policy, now, end + NEARBY)
    taken = session.execute(_SELECT_TAKEN, {**bounds((first, last)), "room_id": room_id}).all()
    gaps = find_gaps(policy, (first, last), [(a, b) for a, b in taken], end - start)
    return nearest_stretches(policy, gaps, interval, MOST_OFFERS)


def _other_rooms(session: Session, room: Room | Meetingroom, interval: Interval) -> list[Room]:
    found = session.execute(
        _SELECT_SIMILAR,
        {
            **bounds(interval),
            "room_id": room.id,
            "seats_count": room.seats_count,
            "location": room.location,
        },
    )
    return [Room(*row) for row in found]
