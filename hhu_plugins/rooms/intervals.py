"""Intervals of time, half-open; pure."""

from __future__ import annotations

from datetime import UTC, datetime

Interval = tuple[datetime, datetime]


def to_utc(interval: Interval) -> Interval:
    """The same interval in UTC, where adding and subtracting is not bent by summer time."""
    start, end = interval
    return start.astimezone(UTC), end.astimezone(UTC)
