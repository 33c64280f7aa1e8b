"""Weekly opening hours: what people type, what is stored, and when that is; pure.

A stretch is in minutes from the midnight of its day, by the clocks on the wall; one that goes on
after midnight ends beyond ``DAY``. Where clocks are put back, it begins the first time that they
show its start and ends the last time that they show its end; where they are put on, a time that is
skipped is the moment in which it is.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache, partial
from zoneinfo import ZoneInfo

from hhu_plugins.rooms.intervals import Interval

DAY = 24 * 60
WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
BAD_DAY = "请写成“08:00–12:00、14:00–22:00”这样；关闭时间在次日的写成“22:00–02:00”，不开放就空着。"
ALL_DAY = "全天"

Stretch = tuple[int, int]
Week = tuple[tuple[Stretch, ...], ...]

_ONE_DAY = timedelta(days=1)
_TYPED = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})", re.ASCII)
_DASHES = re.compile(r"\s*(?:[-‐‑‒–—―−~〜]+|至|到)\s*")
_COMMAS = re.compile(r"[,、;。\s]+")


def parse_day(text: str) -> tuple[Stretch, ...]:
    """The stretches of a day, as people type them; those that meet are one.

    Raises ValueError where it is none.
    """
    plain = _DASHES.sub("-", unicodedata.normalize("NFKC", text).replace(ALL_DAY, "00:00-24:00"))
    stretches = [_parse(part) for part in _COMMAS.split(plain) if part]
    merged: list[Stretch] = []
    for opens, closes in sorted(stretches):
        if merged and opens <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], closes)
        else:
            merged.append((opens, closes))
    if any(closes - opens > DAY for opens, closes in merged):
        raise ValueError(BAD_DAY)
    return tuple(merged)


def _parse(text: str) -> Stretch:
    found = _TYPED.fullmatch(text)
    if found is None:
        raise ValueError(BAD_DAY)
    hour, minute, last_hour, last_minute = map(int, found.groups())
    opens, closes = hour * 60 + minute, last_hour * 60 + last_minute
    if minute > 59 or last_minute > 59 or opens >= DAY or closes > DAY or opens == closes:
        raise ValueError(BAD_DAY)
    return _stretch(opens, closes)


def _stretch(opens: int, closes: int) -> Stretch:
    return opens, closes if closes > opens else closes + DAY


def day_text(stretches: tuple[Stretch, ...]) -> str:
    """``08:00–12:00、14:00–22:00``, as it is shown and can be typed."""
    return "、".join(f"{_clock(opens)}–{_clock(closes)}" for opens, closes in stretches)


def _clock(minute: int) -> str:
    minute = minute if minute <= DAY else minute - DAY
    return f"{minute // 60:02}:{minute % 60:02}"


def store_week(week: Week) -> str:
    """As the table keeps it."""
    return "|".join(day_text(day).replace("–", "-").replace("、", ",") for day in week)


@lru_cache(maxsize=1024)
def read_week(stored: str) -> Week:
    """What ``store_week`` has made, or any other text that the table takes."""
    return tuple(
        tuple(sorted(_stretch(*map(_minute, part.split("-"))) for part in day.split(",") if part))
        for day in stored.split("|")
    )


def _minute(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


def outside(week: Week, zone: ZoneInfo, interval: Interval) -> list[Interval]:
    """What of the interval, in UTC, lies outside the opening hours, in the order of time."""
    start, end = interval
    day = start.astimezone(zone).date() - _ONE_DAY  # the evening before may go on after midnight
    last = end.astimezone(zone).date()
    found: list[Interval] = []
    while day <= last and start < end:
        for opens, closes in _open_at(week[day.weekday()], day, zone):
            if opens > start:
                found.append((start, min(opens, end)))
            start = max(start, closes)
            if start >= end:
                break
        day += _ONE_DAY
    if start < end:
        found.append((start, end))
    return found


# All rooms of a college share a few tables, and clients ask about the same few days.
@lru_cache(maxsize=8192)
def _open_at(stretches: tuple[Stretch, ...], day: date, zone: ZoneInfo) -> tuple[Interval, ...]:
    times = (
        (_instant(day, opens, zone, 0), _instant(day, closes, zone, 1))
        for opens, closes in stretches
    )
    return tuple((opens, closes) for opens, closes in times if opens < closes)


def _instant(day: date, minute: int, zone: ZoneInfo, fold: int) -> datetime:
    """When the clocks of the zone show that; of two such moments the first, or with fold the last."""
    wall = datetime.combine(day, time()) + timedelta(minutes=minute)
    first, last = (wall.replace(tzinfo=zone, fold=each).astimezone(UTC) for each in (0, 1))
    instant = last if fold else first
    if instant.astimezone(zone).replace(tzinfo=None) == wall:
        return instant
    # Skipped: read by the offset after the change it is before it, and the other way round.
    minutes = range((first - last) // timedelta(minutes=1) + 1)
    is_after = partial(_has_offset_of, first, last, zone)
    return last + timedelta(minutes=bisect_left(minutes, True, key=is_after))


def _has_offset_of(later: datetime, begin: datetime, zone: ZoneInfo, minutes: int) -> bool:
    moment = begin + timedelta(minutes=minutes)
    return moment.astimezone(zone).utcoffset() == later.astimezone(zone).utcoffset()


def week_text(week: Week) -> str:
    """``周一至周五 08:00–22:00；周六、周日 不开放``"""
    groups: list[tuple[list[str], tuple[Stretch, ...]]] = []
    for name, day in zip(WEEKDAYS, week, strict=True):
        if groups and groups[-1][1] == day:
            groups[-1][0].append(name)
        else:
            groups.append(([name], day))
    return "；".join(f"{_days(names)} {day_text(day) or '不开放'}" for names, day in groups)


def _days(names: list[str]) -> str:
    if len(names) == len(WEEKDAYS):
        return "每天"
    return "、".join(names) if len(names) < 3 else f"{names[0]}至{names[-1]}"
