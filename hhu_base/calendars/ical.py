"""A feed as iCalendar (RFC 5545).

Times are in UTC, so that no program has to know, or believe us, when which zone has changed its
clocks; it shows them in the reader's zone. Nothing in it depends on when it is written:
the same entries are the same bytes, which is what the ETag stands on.
"""

from __future__ import annotations

from datetime import UTC, timedelta
from functools import lru_cache

from hhu_base.calendars.entries import Entry, Feed
from hhu_base.values.text import without_control_characters

PRODUCT = "-//Hohai University//HHU teachers' services//ZH"
# How often a program should look again, if it is one that lets itself be told.
_REFRESH = timedelta(minutes=30)
_LONGEST_SUMMARY = 100
_END = b"END:VCALENDAR\r\n"


def write(feed: Feed, domain: str) -> bytes:
    """The feed; ``domain`` makes the UIDs of its entries the only ones in the world."""
    # Imported here: most processes never write one.
    from icalendar import Calendar, vDuration

    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    # The standard's name and interval (RFC 7986), and those that the programs know.
    for name in ("name", "x-wr-calname"):
        calendar.add(name, without_control_characters(feed.title))
    calendar.add("refresh-interval", _REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(_REFRESH))
    frame = calendar.to_ical(sorted=False)
    entries = [_written(entry, domain) for entry in feed.entries]
    return b"".join([frame.removesuffix(_END), *entries, _END])


# The library needs 0.3 ms for an entry, and programs ask for the same hundreds all day long.
# Nothing in it can be out of date, since the whole entry is the key.
@lru_cache(maxsize=8192)
def _written(entry: Entry, domain: str) -> bytes:
    from icalendar import Event

    event = Event()
    event.add("uid", f"{entry.name}@{domain}")
    # Without a METHOD that is when the entry was last changed, not when somebody asked for it.
    event.add("dtstamp", entry.changed.astimezone(UTC))
    event.add("created", entry.created.astimezone(UTC))
    event.add("last-modified", entry.changed.astimezone(UTC))
    event.add("sequence", entry.revision)
    event.add("dtstart", entry.start.astimezone(UTC))
    # An end has to be later than the start; without one it lasts no time at all.
    if entry.end > entry.start:
        event.add("dtend", entry.end.astimezone(UTC))
    event.add("status", entry.status)
    if entry.series is not None:
        event.add("related-to", f"{entry.series}@{domain}", parameters={"RELTYPE": "SERIES"})
    summary = _in_one_line(entry.summary)
    if len(summary) > _LONGEST_SUMMARY:
        summary = summary[: _LONGEST_SUMMARY - 1] + "…"
    event.add("summary", summary)
    if entry.location:
        event.add("location", _in_one_line(entry.location))
    if entry.description:
        event.add("description", without_control_characters(entry.description))
    return event.to_ical(sorted=False)


def _in_one_line(text: str) -> str:
    return " ".join(without_control_characters(text).split())
