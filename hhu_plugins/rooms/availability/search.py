"""The first generation of the query: rooms that are free."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from hhu_plugins.rooms.availability.gaps import cap_end, consecutive, find_gaps, within_horizon
from hhu_plugins.rooms.availability.reading import read_rooms, read_taken
from hhu_plugins.rooms.availability.results import BadLength, FreeRoom, LocationRooms
from hhu_plugins.rooms.intervals import Interval, to_utc
from hhu_plugins.rooms.policy import BookingPolicy

# A window of decades with a length of minutes would make millions of choices: it is cut where a
# room that is always free has this many. With meetings of half an hour that is a month.
MOST_CHOICES = 1500
LONGEST_WINDOW = timedelta(days=365)


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

    Raises BadLength where what was asked does not keep the site's limits.
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

    rooms = read_rooms(session, people_count, label, location)
    taken = read_taken(session, rooms, (start, end))
    places: dict[str, LocationRooms] = {}
    for room in rooms:
        free = find_gaps(policy, (start, end), taken.get(room.id, ()), wanted)
        if free:
            place = places.setdefault(room.location, LocationRooms(room.location, []))
            place.rooms.append(FreeRoom(room, consecutive(free, wanted), free))
    return list(places.values())


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
        raise BadLength
