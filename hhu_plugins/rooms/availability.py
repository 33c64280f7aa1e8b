"""What is free: rooms for a time, times in a room, and what is left for who was refused.

The functions take a session and plain values and answer with plain values.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.values.refusal import Refusal
from hhu_plugins.rooms import closed_times, occupancy
from hhu_plugins.rooms.closed_times import ClosedTimes
from hhu_plugins.rooms.eligibility import may_book
from hhu_plugins.rooms.intervals import Interval, to_utc
from hhu_plugins.rooms.models import Meetingroom
from hhu_plugins.rooms.occupancy import RESERVATIONS, ROOMS, SELECT_ROOMS, Room, blocks
from hhu_plugins.rooms.policy import BookingPolicy
from hhu_plugins.rooms.search_limits import SITES, Search, limits_of, within_horizon

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
    equipment: Collection[str] = (),
    user_id: int | None = None,
) -> list[LocationRooms]:
    """The rooms that fit and are free in the window, as far as it is not past, grouped by place.

    Without ``length``, they are free for the whole of it, widened to the grid. With it, for that
    long at some time inside it; the window then ends at the horizon at the latest, and is cut
    after ``MOST_CHOICES`` lengths or a year. What can't be reserved is never offered: what begins
    beyond the horizon, breaks the room's own limits, or is in a room that ``user_id`` may not book.

    Raises Refusal where what was asked keeps the limits neither of the site nor of a room that fits.
    """
    window, now = to_utc(window), now.astimezone(UTC)
    rooms = occupancy.rooms(
        session,
        seats=people_count,
        label=label,
        location=location,
        equipment=equipment,
        for_user=user_id,
    )
    # Few rooms have limits of their own: what follows from the others' is found once.
    searches = {SITES: Search.of(policy, now, window, length)}
    for room in rooms:
        if (limits := limits_of(room)) not in searches:
            searches[limits] = Search.of(policy.of(room), now, window, length)
    if not any(searches.values()):
        raise Refusal(policy.length_sentence)
    spans = [search.span for search in searches.values() if search and search.span]
    if not spans:
        return []
    widest = min(start for start, _ in spans), max(end for _, end in spans)
    taken = occupancy.taken(session, [room.id for room in rooms], widest)
    closed = closed_times.read(session, *widest)
    places: dict[str, LocationRooms] = {}
    for room in rooms:
        search = searches[limits_of(room)]
        if search is None or search.span is None:
            continue
        used = _with_closed(taken.get(room.id, ()), closed, room, search.span)
        free = find_gaps(policy, search.span, used, search.wanted)
        if free:
            place = places.setdefault(room.location, LocationRooms(room.location, []))
            place.rooms.append(FreeRoom(room, consecutive(free, search.wanted), free))
    return list(places.values())


def _with_closed(
    taken: Sequence[Interval], closed: ClosedTimes, room: Room | Meetingroom, window: Interval
) -> Sequence[Interval]:
    """``taken``, and beside it when the room is closed in the window, in order of time."""
    if not closed:
        return taken
    found = closed.during(room, *window)
    return sorted([*taken, *((each.start, each.end) for each in found)]) if found else taken


# Of one room: an index serves that, which is of less use for a list of rooms.
_SELECT_TAKEN = (
    sa.select(RESERVATIONS.c.reserve_from, RESERVATIONS.c.reserve_to)
    .where(blocks(), RESERVATIONS.c.room_id == sa.bindparam("room_id"))
    .order_by(RESERVATIONS.c.reserve_from)
)


def _number(name: str) -> sa.BindParameter[int]:
    return sa.bindparam(name, type_=sa.Integer)


_DAYS_AHEAD = sa.func.coalesce(ROOMS.c.max_days_ahead, _number("horizon"))
# Rooms with as many seats, or as few more as possible; of equals, the one close by. Their limits as
# ``BookingPolicy.of`` reads them.
_SELECT_SIMILAR = (
    SELECT_ROOMS.where(
        ROOMS.c.id != sa.bindparam("room_id"),
        ROOMS.c.seats_count >= sa.bindparam("seats_count"),
        # What can be had at once.
        ROOMS.c.approvers_id.is_(None),
        ROOMS.c.id != sa.all_(sa.bindparam("closed_ids", type_=sa.ARRAY(sa.BigInteger))),
        may_book(ROOMS.c.id, sa.bindparam("user_id", type_=sa.BigInteger)),
        _number("minutes").between(
            sa.func.coalesce(
                ROOMS.c.min_minutes, sa.func.least(_number("shortest"), ROOMS.c.max_minutes)
            ),
            sa.func.coalesce(
                ROOMS.c.max_minutes, sa.func.greatest(_number("longest"), ROOMS.c.min_minutes)
            ),
        ),
        (_DAYS_AHEAD == 0) | (_number("days_ahead") <= _DAYS_AHEAD),
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
    *,
    user_id: int | None = None,
    busy: Sequence[Interval] = (),
) -> Alternatives:
    """Other times for ``room``, and other rooms for the time that it is taken or closed.

    Rooms that ``user_id`` may book; None: that everybody may. No times during ``busy``. Cheap, since it runs for every refusal, and a popular hour brings hundreds at once.
    """
    start, end = policy.widen(*to_utc(interval))
    closed = closed_times.read(session, start - NEARBY, end + NEARBY)
    now = now.astimezone(UTC)
    return Alternatives(
        stretches=_other_times(session, policy.of(room), now, room, (start, end), closed, busy),
        rooms=_other_rooms(session, policy, now, room, (start, end), closed, user_id),
    )


def _other_times(
    session: Session,
    policy: BookingPolicy,
    now: datetime,
    room: Room | Meetingroom,
    interval: Interval,
    closed: ClosedTimes,
    busy: Sequence[Interval],
) -> list[Interval]:
    """The free stretches nearest to the interval, and as long; a week from it at most."""
    start, end = interval
    first = policy.up(max(start - NEARBY, now))
    last = within_horizon(policy, now, end + NEARBY)
    parameters = {"start": first, "end": last, "room_id": room.id}
    taken = [(row[0], row[1]) for row in session.execute(_SELECT_TAKEN, parameters)]
    if busy:
        taken = sorted([*taken, *busy])
    used = _with_closed(taken, closed, room, (first, last))
    gaps = find_gaps(policy, (first, last), used, end - start)
    return nearest_stretches(policy, gaps, interval, MOST_OFFERS)


def _other_rooms(
    session: Session,
    policy: BookingPolicy,
    now: datetime,
    room: Room | Meetingroom,
    interval: Interval,
    closed: ClosedTimes,
    user_id: int | None,
) -> list[Room]:
    start, end = interval
    minute, day = timedelta(minutes=1), timedelta(days=1)
    found = session.execute(
        _SELECT_SIMILAR,
        {
            "start": start,
            "end": end,
            "room_id": room.id,
            "seats_count": room.seats_count,
            "location": room.location,
            "closed_ids": closed_times.closed_rooms(session, closed, start, end),
            "user_id": user_id,
            "minutes": (end - start) // minute,
            "shortest": policy.shortest // minute,
            "longest": policy.longest // minute,
            "horizon": policy.horizon // day if policy.horizon else 0,
            "days_ahead": -(-(start - now) // day),
        },
    )
    return [Room(*row) for row in found]


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
        # What is taken later than the window is of another room's, which may be reserved further ahead.
        if taken_from > end:
            taken_from = end
        # Rounding costs more than comparing: most gaps are too short before it.
        if taken_from - start >= length:
            gap_from, gap_to = policy.up(start), policy.down(taken_from)
            if gap_to - gap_from >= length:
                gaps.append((gap_from, gap_to))
        if taken_to > start:
            start = taken_to
    return gaps


def consecutive(gaps: Iterable[Interval], length: timedelta) -> list[Interval]:
    """The stretches of ``length`` that fit into the gaps, one after the other from their start."""
    stretches: list[Interval] = []
    for start, end in gaps:
        for _ in range((end - start) // length):
            stretch = start, start + length
            stretches.append(stretch)
            start = stretch[1]
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
