"""What is free: rooms for a time, times in a room, and what is left for who was refused.

The functions take a session and plain values and answer with plain values.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.values.refusal import Refusal
from hhu_plugins.rooms import closed_times, occupancy
from hhu_plugins.rooms.closed_times import ClosedTimes
from hhu_plugins.rooms.intervals import Interval, to_utc
from hhu_plugins.rooms.models import Meetingroom
from hhu_plugins.rooms.occupancy import RESERVATIONS, ROOMS, SELECT_ROOMS, Room, blocks
from hhu_plugins.rooms.policy import BookingPolicy

# A window of decades with a length of minutes would make millions of choices: it is cut where a
# room that is always free has this many. With meetings of half an hour that is a month.
MOST_CHOICES = 1500
LONGEST_WINDOW = timedelta(days=365)

NEARBY = timedelta(days=7)
MOST_OFFERS = 3


@dataclass(frozen=True, slots=True)
class FreeRoom:
    """A room with its free gaps, and the stretches of the wanted length laid into them."""

    room: Room
    choices: list[Interval]
    free: list[Interval]


@dataclass(frozen=True, slots=True)
class LocationRooms:
    """A place with those of its rooms that fit."""

    location: str
    rooms: list[FreeRoom]


@dataclass(frozen=True, slots=True)
class Alternatives:
    """What to offer instead of an interval that can't be had; the best offers come first."""

    stretches: list[Interval]
    rooms: list[Room]


def free_rooms(
    session: Session,
    policy: BookingPolicy,
    now: datetime,
    window: Interval,
    *,
    length: timedelta | None = None,
    people_count: int | None = None,
    label: str | None = None,
    location: str | None = None,
) -> list[LocationRooms]:
    """The rooms that fit and are free in the window, as far as it is not past, grouped by place.

    Without ``length``, they are free for the whole of it, widened to the grid. With it, for that
    long at some time inside it; the window then ends at the horizon at the latest, and is cut
    after ``MOST_CHOICES`` lengths or a year. What begins beyond the horizon is never offered,
    since it can't be reserved.

    Raises Refusal where what was asked does not keep the site's limits.
    """
    start, end = to_utc(window)
    _check_limits(policy, (start, end), length)
    now = now.astimezone(UTC)
    start = max(start, now)
    if start >= end:
        return []
    if length is None:
        start, end = policy.widen(start, end)
        # To be free for the whole window is to have one gap that is as long as the window.
        wanted = end - start
        if start > within_horizon(policy, now, start):
            return []
    else:
        wanted = policy.round_length(length)
        span = min(MOST_CHOICES * wanted, LONGEST_WINDOW)
        end = cap_end(start, span, within_horizon(policy, now, end))
        start, end = policy.up(start), policy.down(end)
    if end - start < max(wanted, policy.shortest):
        return []

    rooms = occupancy.rooms(session, seats=people_count, label=label, location=location)
    taken = occupancy.taken(session, [room.id for room in rooms], (start, end))
    closed = closed_times.read(session, start, end)
    places: dict[str, LocationRooms] = {}
    for room in rooms:
        used = _with_closed(taken.get(room.id, ()), closed, room, (start, end))
        free = find_gaps(policy, (start, end), used, wanted)
        if free:
            place = places.setdefault(room.location, LocationRooms(room.location, []))
            place.rooms.append(FreeRoom(room, consecutive(free, wanted), free))
    return list(places.values())


def _with_closed(
    taken: Sequence[Interval], closed: ClosedTimes, room: Room | Meetingroom, window: Interval
) -> Sequence[Interval]:
    """``taken``, and beside it when the room is closed in the window, in order of time."""
    if not closed:
        return taken
    found = closed.during(room, *window)
    return sorted([*taken, *((each.start, each.end) for each in found)]) if found else taken


def _check_limits(policy: BookingPolicy, window: Interval, length: timedelta | None) -> None:
    start, end = window
    if length is None:
        widened_from, widened_to = policy.widen(start, end)
        allowed = start < end and policy.allows_length(widened_to - widened_from)
    else:
        # Compared before it is rounded too: what is absurdly long overflows in the rounding.
        allowed = (
            end - start >= policy.shortest
            and timedelta(0) < length <= policy.longest
            and policy.allows_length(policy.round_length(length))
        )
    if not allowed:
        raise Refusal(policy.length_sentence)


# Of one room: an index serves that, which is of less use for a list of rooms.
_SELECT_TAKEN = (
    sa.select(RESERVATIONS.c.reserve_from, RESERVATIONS.c.reserve_to)
    .where(blocks(), RESERVATIONS.c.room_id == sa.bindparam("room_id"))
    .order_by(RESERVATIONS.c.reserve_from)
)
# Rooms with as many seats, or as few more as possible; of equals, the one close by.
_SELECT_SIMILAR = (
    SELECT_ROOMS.where(
        ROOMS.c.id != sa.bindparam("room_id"),
        ROOMS.c.seats_count >= sa.bindparam("seats_count"),
        ROOMS.c.id != sa.all_(sa.bindparam("closed_ids", type_=sa.ARRAY(sa.BigInteger))),
        ~sa.exists().where(blocks(), RESERVATIONS.c.room_id == ROOMS.c.id),
    )
    .order_by(
        ROOMS.c.seats_count,
        ROOMS.c.location != sa.bindparam("location"),
        ROOMS.c.name_key,
        ROOMS.c.id,
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
    """Other times for ``room``, and other rooms for the time that it is taken or closed.

    Cheap, since it runs for every refusal, and a popular hour brings hundreds at once.
    """
    start, end = policy.widen(*to_utc(interval))
    closed = closed_times.read(session, start - NEARBY, end + NEARBY)
    now = now.astimezone(UTC)
    return Alternatives(
        stretches=_other_times(session, policy, now, room, (start, end), closed),
        rooms=_other_rooms(session, room, (start, end), closed),
    )


def _other_times(
    session: Session,
    policy: BookingPolicy,
    now: datetime,
    room: Room | Meetingroom,
    interval: Interval,
    closed: ClosedTimes,
) -> list[Interval]:
    """The free stretches nearest to the interval, and as long; a week from it at most."""
    start, end = interval
    first = policy.up(max(start - NEARBY, now))
    last = within_horizon(policy, now, end + NEARBY)
    parameters = {"start": first, "end": last, "room_id": room.id}
    taken = [(row[0], row[1]) for row in session.execute(_SELECT_TAKEN, parameters)]
    used = _with_closed(taken, closed, room, (first, last))
    gaps = find_gaps(policy, (first, last), used, end - start)
    return nearest_stretches(policy, gaps, interval, MOST_OFFERS)


def _other_rooms(
    session: Session, room: Room | Meetingroom, interval: Interval, closed: ClosedTimes
) -> list[Room]:
    start, end = interval
    found = session.execute(
        _SELECT_SIMILAR,
        {
            "start": start,
            "end": end,
            "room_id": room.id,
            "seats_count": room.seats_count,
            "location": room.location,
            "closed_ids": closed_times.closed_rooms(session, closed, start, end),
        },
    )
    return [Room(*row) for row in found]


def cap_end(start: datetime, span: timedelta, end: datetime) -> datetime:
    """``end``, or ``start + span`` if that is earlier."""
    # The difference of two instants never overflows; a sum does near the end of the calendar.
    return start + span if end - start > span else end


def within_horizon(policy: BookingPolicy, now: datetime, end: datetime) -> datetime:
    """``end``, or the last instant that may be reserved today if that is earlier."""
    return end if policy.horizon is None else cap_end(now, policy.horizon, end)


def find_gaps(
    policy: BookingPolicy, window: Interval, taken: Iterable[Interval], length: timedelta
) -> list[Interval]:
    """The gaps of the window between ``taken``, which is in order of time.

    Each begins and ends on the grid, also where reservations don't (they may be older than the
    site's settings), and is at least ``length`` long.
    """
    start, end = window
    gaps: list[Interval] = []
    for taken_from, taken_to in (*taken, (end, end)):
        # Rounding costs more than comparing: most gaps are too short before it.
        if taken_from - start >= length:
            gap_from, gap_to = policy.up(start), policy.down(taken_from)
            if gap_to - gap_from >= length:
                gaps.append((gap_from, gap_to))
        start = max(start, taken_to)
    return gaps


def consecutive(gaps: Iterable[Interval], length: timedelta) -> list[Interval]:
    """The stretches of ``length`` that fit into the gaps, one after the other from their start."""
    stretches: list[Interval] = []
    for start, end in gaps:
        while end - start >= length:
            stretches.append((start, start + length))
            start += length
    return stretches


def nearest_stretches(
    policy: BookingPolicy, gaps: Iterable[Interval], interval: Interval, count: int
) -> list[Interval]:
    """The ``count`` stretches of the gaps that are as long as ``interval`` and start nearest to it.

    The nearest comes first; of two at the same distance, the earlier.
    """
    wanted, end = interval
    length = end - wanted
    starts: list[datetime] = []
    for first, gap_to in gaps:
        last = gap_to - length
        nearest = min(max(wanted, first), last)
        # No gap can offer more than ``count`` of the nearest, so no gap is walked to its end.
        for steps in range(-count, count + 1):
            start = nearest + steps * policy.step
            if first <= start <= last:
                starts.append(start)
    starts.sort(key=lambda start: (abs(start - wanted), start))
    return [(start, start + length) for start in starts[:count]]
