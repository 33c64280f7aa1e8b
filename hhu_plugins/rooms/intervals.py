"""Intervals of time, half-open; pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

Interval = tuple[datetime, datetime]


def to_utc(interval: Interval) -> Interval:
    """The same interval in UTC, where adding and subtracting is not bent by summer time."""
    start, end = interval
    return start.astimezone(UTC), end.astimezone(UTC)


def contains(outer: Interval, inner: Interval) -> bool:
    """Whether ``inner`` takes no time beyond ``outer``."""
    return outer[0] <= inner[0] and inner[1] <= outer[1]


class Timeline:
    """Entries that don't overlap, in the order of time: what overlaps them is found by bisection."""

    def __init__(self) -> None:
        # Disjoint, so the starts and the ends are sorted alike.
        self._starts: list[datetime] = []
        self._ends: list[datetime] = []
        self._entries: list[Any] = []

    def __iter__(self) -> Iterator[Any]:
        return iter(self._entries)

    def overlapping(self, start: datetime, end: datetime) -> list[Any]:
        """The entries that share some time with the interval."""
        first = bisect_right(self._ends, start)
        return self._entries[first : bisect_left(self._starts, end)]

    def add(self, start: datetime, end: datetime, entry: Any = None) -> None:
        """Add what overlaps nothing that is here."""
        place = bisect_left(self._starts, start)
        self._starts.insert(place, start)
        self._ends.insert(place, end)
        self._entries.insert(place, entry)

    def remove(self, start: datetime, end: datetime) -> bool:
        """Take the entry of this very interval away; False where there is none."""
        place = bisect_left(self._starts, start)
        if (start, end) not in zip(
            self._starts[place : place + 1], self._ends[place : place + 1], strict=True
        ):
            return False
        del self._starts[place], self._ends[place], self._entries[place]
        return True
