"""The time that reservations leave free. Pure computation, like the grid."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from hhu_plugins.rooms.intervals import Interval
from hhu_plugins.rooms.policy import BookingPolicy


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
