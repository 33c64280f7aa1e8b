"""The subset of RFC 5545's recurrence rules that is understood.

FREQ=DAILY, WEEKLY or MONTHLY; INTERVAL; either COUNT or UNTIL; BYDAY, with a number only if MONTHLY
(1MO, -1FR); instead of it BYMONTHDAY, only if MONTHLY; WKST. All else is refused, and nothing ignored.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from dateutil import rrule

from hhu_base.values.refusal import TOGETHER, FieldErrors

NO_END = "请填写次数或截止日期。"
TWO_ENDS = "次数和截止日期只能填一个。"
BAD_RRULE = "不支持这样的重复规则：{}"

_FREQUENCIES = {"DAILY": rrule.DAILY, "WEEKLY": rrule.WEEKLY, "MONTHLY": rrule.MONTHLY}
WEEKDAYS = (rrule.MO, rrule.TU, rrule.WE, rrule.TH, rrule.FR, rrule.SA, rrule.SU)
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_BYDAY = re.compile(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r"(\d{8})(?:T(\d{6})(Z?))?")


def wrong(name: str, sentence: str) -> FieldErrors:
    """A refusal of one field of the rule."""
    return FieldErrors({"rule": {name: [sentence]}, TOGETHER: [sentence]})


def parse(text: str, zone: ZoneInfo) -> dict[str, Any]:
    """What ``dateutil`` makes the dates of; UNTIL by the clock on the wall. Raises FieldErrors."""
    parts: dict[str, str] = {}
    for part in text.upper().removeprefix("RRULE:").strip().rstrip(";").split(";"):
        name, _, value = part.partition("=")
        if not value or name in parts:
            raise wrong("rrule", BAD_RRULE.format(part[:40] or text[:40]))
        parts[name] = value
    read: dict[str, Any] = {"wkst": rrule.MO}
    for name, reader in _READERS.items():
        if (value := parts.pop(name, "")) and not reader(read, value, zone):
            raise wrong("rrule", BAD_RRULE.format(f"{name}={value}"[:40]))
    if parts:
        raise wrong("rrule", BAD_RRULE.format(", ".join(parts)[:40]))
    if "byweekday" in read and "bymonthday" in read:
        raise wrong("rrule", BAD_RRULE.format("BYDAY 和 BYMONTHDAY 同时"))
    if "freq" not in read:
        raise wrong("rrule", BAD_RRULE.format("没有 FREQ"))
    if "until" in read and "count" in read:
        raise wrong("rrule", TWO_ENDS)
    if "until" not in read and "count" not in read:
        raise wrong("rrule", NO_END)
    return read


def is_never(keywords: Mapping[str, Any], start: datetime) -> bool:
    """Whether no date has what is asked for: ``dateutil`` would look for one up to the year 9999."""
    interval = keywords.get("interval", 1)
    if keywords["freq"] == rrule.DAILY and interval % 7 == 0:
        weekdays = [day.weekday for day in keywords.get("byweekday") or ()]
        return bool(weekdays) and start.weekday() not in weekdays
    if keywords["freq"] == rrule.MONTHLY and interval % 12 == 0:
        # A leap year, since 29 February comes again.
        longest = monthrange(2000, start.month)[1]
        month_days = keywords.get("bymonthday") or [start.day]
        return "byweekday" not in keywords and all(abs(day) > longest for day in month_days)
    return False


def _read_frequency(read: dict[str, Any], value: str, zone: ZoneInfo) -> bool:
    read["freq"] = _FREQUENCIES.get(value)
    return value in _FREQUENCIES


def _read_number(name: str):
    def reader(read: dict[str, Any], value: str, zone: ZoneInfo) -> bool:
        is_number = value.isascii() and value.isdigit() and 0 < len(value) <= 4
        read[name] = int(value) if is_number else None
        return is_number and read[name] > 0

    return reader


def _read_until(read: dict[str, Any], value: str, zone: ZoneInfo) -> bool:
    match = _UNTIL.fullmatch(value)
    if match is None:
        return False
    try:
        day = date.fromisoformat(match[1])
        if match[2] is None:
            until = datetime.combine(day, time.max)
        else:
            until = datetime.combine(day, time.fromisoformat(match[2]))
            if match[3]:
                until = until.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return False
    read["until"] = until
    return True


def _read_weekdays(read: dict[str, Any], value: str, zone: ZoneInfo) -> bool:
    found = []
    for part in value.split(","):
        match = _BYDAY.fullmatch(part)
        if match is None or (match[1] and read.get("freq") != rrule.MONTHLY):
            return False
        day = getattr(rrule, match[2])
        found.append(day(int(match[1])) if match[1] else day)
    read["byweekday"] = found
    return True


def _read_month_days(read: dict[str, Any], value: str, zone: ZoneInfo) -> bool:
    numbers = re.fullmatch(r"[+-]?\d{1,2}(,[+-]?\d{1,2}){0,30}", value)
    if numbers is None or read.get("freq") != rrule.MONTHLY:
        return False
    read["bymonthday"] = [int(each) for each in value.split(",")]
    return all(1 <= abs(each) <= 31 for each in read["bymonthday"])


def _read_week_start(read: dict[str, Any], value: str, zone: ZoneInfo) -> bool:
    if value in _DAYS:
        read["wkst"] = getattr(rrule, value)
    return value in _DAYS


# In this order: what BYDAY may be depends on FREQ.
_READERS = {
    "FREQ": _read_frequency,
    "INTERVAL": _read_number("interval"),
    "COUNT": _read_number("count"),
    "UNTIL": _read_until,
    "BYDAY": _read_weekdays,
    "BYMONTHDAY": _read_month_days,
    "WKST": _read_week_start,
}
