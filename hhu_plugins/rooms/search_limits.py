"""What of a window can be reserved at all, by the limits of the site or of a room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from hhu_plugins.rooms.intervals import Interval
from hhu_plugins.rooms.occupancy import Room
from hhu_plugins.rooms.policy import BookingPolicy

# A window of decades with a length of minutes would make millions of choices: it is cut where a
# room that is always free has this many. With meetings of half an hour that is a month.
MOST_CHOICES = 1500
LONGEST_WINDOW = timedelta(days=365)

Limits = tuple[int | None, int | None, int | None]
SITES: Limits = (None, None, None)


def limits_of(room: Room) -> Limits:
    return room.min_minutes, room.max_minutes, room.max_days_ahead


@dataclass(frozen=True, slots=True)
class Search:
    """A stretch of ``wanted`` is looked for in ``span``; None: nothing of the window can be had."""

    span: Interval | None
    wanted: timedelta

    @classmethod
    def of(
        cls, policy: BookingPolicy, now: datetime, window: Interval, length: timedelta | None
    ) -> Search | None:
        """What is to be looked for by these rules; None where it does not keep their limits."""
        if not _keeps_limits(policy, window, length):
            return None
        start, end = max(window[0], now), window[1]
        if start >= end:
            return cls(None, timedelta(0))
        if length is None:
            start, end = policy.widen(start, end)
            # To be free for the whole window is to have one gap that is as long as the window.
            wanted = end - start
            is_beyond = start > within_horizon(policy, now, start)
        else:
            wanted = policy.round_length(length)
            span = min(MOST_CHOICES * wanted, LONGEST_WINDOW)
            end = cap_end(start, span, within_horizon(policy, now, end))
            start, end = policy.up(start), policy.down(end)
            is_beyond = False
        if is_beyond or end - start < max(wanted, policy.shortest):
            return cls(None, wanted)
        return cls((start, end), wanted)


def _keeps_limits(policy: BookingPolicy, window: Interval, length: timedelta | None) -> bool:
    start, end = window
    if length is None:
        widened_from, widened_to = policy.widen(start, end)
        return start < end and policy.allows_length(widened_to - widened_from)
    # Compared before it is rounded too: what is absurdly long overflows in the rounding.
    return (
        end - start >= policy.shortest
        and timedelta(0) < length <= policy.longest
        and policy.allows_length(policy.round_length(length))
    )


def cap_end(start: datetime, span: timedelta, end: datetime) -> datetime:
    """``end``, or ``start + span`` if that is earlier."""
    # The difference of two instants never overflows; a sum does near the end of the calendar.
    return start + span if end - start > span else end


def within_horizon(policy: BookingPolicy, now: datetime, end: datetime) -> datetime:
    """``end``, or the last instant that may be reserved today if that is earlier."""
    return end if policy.horizon is None else cap_end(now, policy.horizon, end)
