"""Instants as text: ISO 8601 in, with the site's offset out."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache

FIRST_YEAR, LAST_YEAR = 1970, 9998

# datetime.fromisoformat alone would take week dates, bare dates and any separator.
_FORM = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2}|\d{8})"
    r"[Tt ]"
    r"(?P<time>\d{2}:\d{2}(:\d{2}([.,]\d+)?)?|\d{4}(\d{2}([.,]\d+)?)?)"
    # A + in a query string that was not escaped arrives as a blank.
    r"(?P<offset>[Zz]|[-+ ]\d{2}(:?\d{2})?)?",
    re.ASCII,
)
_END_OF_DAY = re.compile(r"24(:00(:00([.,]0+)?)?|00(00([.,]0+)?)?)")


def parse_instant(text: str, zone: tzinfo) -> datetime:
    """The instant in UTC; one without an offset is in ``zone``. ValueError if it is none.

    24:00 is the midnight with which the day ends, the only time of the hour 24.

    UTC because Python's arithmetic on times of a zone ignores its changes of offset.
    """
    match = _FORM.fullmatch(text.strip())
    if match is None:
        raise ValueError("not an instant")
    offset = (match["offset"] or "").replace(" ", "+").upper()
    is_end_of_day = _END_OF_DAY.fullmatch(match["time"])
    time = "00:00" if is_end_of_day else match["time"]
    instant = datetime.fromisoformat(f"{match['date']}T{time}{offset}")
    if is_end_of_day and instant.year <= LAST_YEAR:
        instant += timedelta(days=1)
    if not FIRST_YEAR <= instant.year <= LAST_YEAR:
        raise ValueError("outside the years that can be used")
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=zone)
    return instant.astimezone(UTC)


# An availability query tells the same few instants hundreds of times.
@lru_cache(maxsize=4096)
def isoformat(instant: datetime, zone: tzinfo) -> str:
    """``2020-02-22T17:02:00+08:00``, whole seconds."""
    if instant.tzinfo is None:
        raise ValueError(f"a time without a zone: {instant!r}")
    return instant.astimezone(zone).isoformat(timespec="seconds")
