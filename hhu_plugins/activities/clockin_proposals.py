"""Clock-in items as an activity suggests them: at the beginning and the end, each day."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

_BEFORE, _AFTER = timedelta(minutes=30), timedelta(minutes=30)
_LATE, _EARLY = timedelta(minutes=15), timedelta(minutes=15)
_MOST_DAYS = 7
# What ends after midnight has not lasted two days.
_ONE_DAY = timedelta(hours=18)


@dataclass(frozen=True)
class Proposal:
    """An item that is not there yet."""

    label: str
    from_time: datetime
    to_time: datetime


def propose(
    start: datetime, end: datetime, zone: tzinfo, labels: Collection[str] = ()
) -> list[Proposal]:
    """What an activity of this time is likely to need besides the items that it has.

    One can sign in from half an hour before the beginning to a quarter of an hour after it, and out
    from a quarter of an hour before the end; what lasts several days begins and ends on each.
    """
    start, end = start.astimezone(zone), end.astimezone(zone)
    days = (end.date() - start.date()).days + 1
    if end - start < _ONE_DAY or days > _MOST_DAYS:
        found = _of_day(start, end, "")
    else:
        found = []
        for number in range(days):
            first = start + timedelta(days=number)
            last = datetime.combine(first.date(), end.timetz())
            # A day whose end is not after its beginning, such as a night, is signed in for only.
            named = _of_day(first, last, f"第{number + 1}天")
            found += named if last > first else named[:1]
    return [each for each in found if each.label not in labels]


def _of_day(start: datetime, end: datetime, prefix: str) -> list[Proposal]:
    return [
        Proposal(prefix + "签到", start - _BEFORE, start + _LATE),
        Proposal(prefix + "签退", max(end - _EARLY, start), max(end, start) + _AFTER),
    ]
