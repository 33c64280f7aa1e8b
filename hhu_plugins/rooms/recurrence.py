"""When the dates of a series are, by its rule: pure arithmetic of calendar and clock.

A rule is one of these, with ``first``, the first possible date and the times of day:

- ``every`` n ``day`` or ``week``, on ``weekdays`` (1 is Monday), ``until`` a day or ``count`` times;
- ``weeks`` of a term, such as ``1-16 单周`` or ``3,5,7-9``, on ``weekdays``;
- ``rrule``: what ``rrules`` reads of RFC 5545.

Each date has the times of the first one by the clock on the wall, also after it has changed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from dateutil import rrule

from hhu_base.values.instants import LAST_YEAR
from hhu_base.values.refusal import TOGETHER, FieldErrors
from hhu_plugins.rooms import rrules
from hhu_plugins.rooms.intervals import Interval
from hhu_plugins.rooms.rrules import NO_END, TWO_ENDS, wrong

MOST_DATES = 60
_LONGEST = timedelta(days=3653)

TOO_MANY = f"一次最多预约 {MOST_DATES} 次。"
TOO_FAR = "重复的日期最远到十年以内。"
NO_DATES = "没有符合规则的日期。"
BAD_WEEKS = "教学周的写法不对，例如：1-16 单周，或 3,5,7-9。"

_SPLIT_WEEKS = re.compile(r"[,、;；]")
_WEEKS = re.compile(r"第?(?:(\d{1,3})(?:[-–—~至到](\d{1,3}))?)?周?\(?([单双]?)周?\)?")


@dataclass(frozen=True)
class TeachingWeeks:
    """A term, as far as its weeks are counted."""

    first_monday: date
    count: int


def dates(
    rule: Mapping[str, Any], first: Interval, zone: ZoneInfo, term: TeachingWeeks | None = None
) -> list[Interval]:
    """The dates of a rule, from ``first`` on, in UTC; at least one, at most ``MOST_DATES``.

    ``term`` is the one that ``weeks`` are counted in. Raises FieldErrors.
    """
    start = first[0].astimezone(zone).replace(tzinfo=None)
    if rule.get("weeks") is not None and term is not None:
        starts = _in_weeks(rule, start, term)
    elif rule.get("rrule") is not None:
        starts = _generate(rrules.parse(rule["rrule"], zone), start)
    else:
        starts = _generate(_of_fields(rule), start)
    if len(starts) > MOST_DATES:
        raise FieldErrors({TOGETHER: [TOO_MANY]})
    if not starts:
        raise FieldErrors({TOGETHER: [NO_DATES]})
    return laid(starts, first[1] - first[0], zone)


def laid(starts: Iterable[datetime], length: timedelta, zone: ZoneInfo) -> list[Interval]:
    """Intervals of this length that start at these times of the wall clock, in UTC."""
    found = [local.replace(tzinfo=zone).astimezone(UTC) for local in starts]
    return [(start, start + length) for start in found]


def shifted(interval: Interval, was: Interval, now: Interval, zone: ZoneInfo) -> Interval:
    """The interval moved, and made longer or shorter, as ``was`` is changed into ``now``.

    By the clock on the wall: the same time of the day, whatever has happened to the clock between.
    """
    own, old, new = (each[0].astimezone(zone).replace(tzinfo=None) for each in (interval, was, now))
    length = (interval[1] - interval[0]) + (now[1] - now[0]) - (was[1] - was[0])
    return laid([own + (new - old)], length, zone)[0]


def parse_weeks(text: str, last: int) -> list[int]:
    """``1-16 单周`` → 1, 3, … 15; ``last`` is the last week of the term. Raises FieldErrors."""
    plain = unicodedata.normalize("NFKC", text)
    found: set[int] = set()
    for part in _SPLIT_WEEKS.split(re.sub(r"\s", "", plain)):
        match = _WEEKS.fullmatch(part)
        if match is None or not (match[1] or match[3]):
            raise wrong("weeks", BAD_WEEKS)
        begin = int(match[1] or 1)
        end = int(match[2] or match[1] or last)
        if not 1 <= begin <= end:
            raise wrong("weeks", BAD_WEEKS)
        if end > last:
            raise wrong("weeks", f"这个学期只有 {last} 周。")
        parity = {"单": 1, "双": 0}.get(match[3])
        found |= {week for week in range(begin, end + 1) if parity in (None, week % 2)}
    if not found:
        raise wrong("weeks", NO_DATES)
    return sorted(found)


def _in_weeks(rule: Mapping[str, Any], start: datetime, term: TeachingWeeks) -> list[datetime]:
    weekdays = sorted(set(rule.get("weekdays") or [start.isoweekday()]))
    found = [
        datetime.combine(term.first_monday + timedelta(weeks=week - 1, days=day - 1), start.time())
        for week in parse_weeks(rule["weeks"], term.count)
        for day in weekdays
    ]
    until = rule.get("until")
    found = [each for each in found if each >= start and (until is None or each.date() <= until)]
    return found[: rule.get("count")]


def _of_fields(rule: Mapping[str, Any]) -> dict[str, Any]:
    until, count = rule.get("until"), rule.get("count")
    if until is None and count is None:
        raise wrong("count", NO_END)
    if until is not None and count is not None:
        raise wrong("count", TWO_ENDS)
    return {
        "freq": rrule.DAILY if rule.get("unit") == "day" else rrule.WEEKLY,
        "interval": rule.get("every", 1),
        "byweekday": [rrules.WEEKDAYS[day - 1] for day in rule.get("weekdays") or ()] or None,
        "until": None if until is None else datetime.combine(until, time.max),
        "count": count,
        "wkst": rrule.MO,
    }


def _generate(keywords: Mapping[str, Any], start: datetime) -> list[datetime]:
    """Up to one more than there may be. Raises FieldErrors where the rule leads too far."""
    last_day = datetime.combine(date(LAST_YEAR, 12, 31), time())
    limit = start + _LONGEST if start < last_day - _LONGEST else last_day
    until, count = keywords.get("until"), keywords.get("count")
    if count is not None and count > MOST_DATES:
        raise FieldErrors({TOGETHER: [TOO_MANY]})
    if rrules.is_never(keywords, start):
        return []
    options = {name: each for name, each in keywords.items() if name not in ("until", "count")}
    wanted = MOST_DATES + 1 if count is None else count
    ahead = rrule.rrule(dtstart=start, until=min(until or limit, limit), **options)
    found: Sequence[datetime] = list(islice(ahead, wanted))
    ends_too_late = until is not None and until > limit
    if (ends_too_late and len(found) < wanted) or (count is not None and len(found) < count):
        raise FieldErrors({TOGETHER: [TOO_FAR]})
    return list(found)
