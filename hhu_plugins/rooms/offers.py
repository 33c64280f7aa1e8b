"""Other rooms and other times for many dates at once, from what was read in a few statements.

For each they are what ``availability.alternatives`` offers for one that was refused.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from hhu_plugins.rooms import availability
from hhu_plugins.rooms.availability import MOST_OFFERS, NEARBY, Alternatives
from hhu_plugins.rooms.intervals import Interval, Timeline
from hhu_plugins.rooms.occupancy import Room
from hhu_plugins.rooms.policy import BookingPolicy


class Slot(NamedTuple):
    """Where and when a date would be; the interval is in UTC, and on the grid."""

    room_id: int
    reserve_from: datetime
    reserve_to: datetime


class Offers:
    """Other rooms and other times, as ``availability.alternatives`` offers them for one refusal."""

    def __init__(
        self,
        rules: Mapping[int, BookingPolicy],
        now: datetime,
        rooms: Sequence[Room],
        taken: Mapping[int, Timeline],
        closed: Mapping[int, Sequence[Interval]],
    ):
        self._rules, self._now, self._closed = rules, now, closed
        self._rooms = rooms
        self._by_id = {room.id: room for room in rooms}
        self._similar: dict[int, list[Room]] = {}
        self._blocked = {
            room_id: [*((start, end) for _, start, end in timeline), *closed.get(room_id, ())]
            for room_id, timeline in taken.items()
        }
        self._gaps: dict[tuple[int, timedelta], list[Interval]] = {}

    def keep(self, wanted: Sequence[Slot]) -> None:
        """These are no offers: they are dates of the plan."""
        for room_id, start, end in wanted:
            self._blocked.setdefault(room_id, []).append((start, end))

    def instead_of(self, slot: Slot, busy: set[int]) -> Alternatives:
        return Alternatives(self._other_times(slot), self._other_rooms(slot, busy))

    def _other_rooms(self, slot: Slot, busy: set[int]) -> list[Room]:
        room = self._by_id[slot.room_id]
        if room.id not in self._similar:
            enough = (each for each in self._rooms if each.seats_count >= room.seats_count)
            # They come by seats and name: of as many seats, those close by are first.
            self._similar[room.id] = sorted(
                (each for each in enough if each.id != room.id),
                key=lambda each: (each.seats_count, each.location != room.location),
            )
        found: list[Room] = []
        for each in self._similar[room.id]:
            if each.id not in busy and self._is_allowed(each.id, slot):
                found.append(each)
                if len(found) == MOST_OFFERS:
                    break
        return found

    def _is_allowed(self, room_id: int, slot: Slot) -> bool:
        rules, (_, start, end) = self._rules[room_id], slot
        return (
            rules.allows_length(end - start)
            and availability.within_horizon(rules, self._now, start) == start
            and not any(
                shut < end and start < opens for shut, opens in self._closed.get(room_id, ())
            )
        )

    def _other_times(self, slot: Slot) -> list[Interval]:
        room_id, start, end = slot
        policy = self._rules[room_id]
        length = end - start
        first = policy.up(max(start - NEARBY, self._now))
        last = availability.within_horizon(policy, self._now, end + NEARBY)
        gaps = self._gaps_of(room_id, length)
        place = bisect_left(gaps, (start, start))
        near = [
            *_nearest(policy, reversed(gaps[:place]), (first, last), length),
            *_nearest(policy, gaps[place:], (first, last), length),
        ]
        return availability.nearest_stretches(policy, sorted(near), (start, end), MOST_OFFERS)

    def _gaps_of(self, room_id: int, length: timedelta) -> list[Interval]:
        """What is free between all that blocks the room, off the grid still; computed once."""
        known = self._gaps.get((room_id, length))
        if known is None:
            known = []
            free_from = datetime.min.replace(tzinfo=UTC)
            for start, end in sorted(self._blocked.get(room_id, ())):
                if start - free_from >= length:
                    known.append((free_from, start))
                free_from = max(free_from, end)
            known.append((free_from, datetime.max.replace(tzinfo=UTC)))
            self._gaps[room_id, length] = known
        return known


def _nearest(
    policy: BookingPolicy, gaps: Iterable[Interval], window: Interval, length: timedelta
) -> list[Interval]:
    """The first of these that hold one on the grid and in the window, as many as are needed."""
    found: list[Interval] = []
    for gap_from, gap_to in gaps:
        if gap_to <= window[0] or gap_from >= window[1]:
            break
        start = policy.up(max(gap_from, window[0]))
        end = policy.down(min(gap_to, window[1]))
        if end - start >= length:
            found.append((start, end))
            if len(found) == MOST_OFFERS:
                break
    return found
