"""The day of a room as a bar: what of it is taken, and where the time that is asked for lies."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from hhu_plugins.rooms import closed_times, display, occupancy
from hhu_plugins.rooms.closed_times import HasPlace
from hhu_plugins.rooms.intervals import Interval

# What is shown of a day, unless something is asked for or taken before or after.
_FIRST, _LAST = 7, 23
TAKEN, CLOSED, WANTED = "taken", "closed", "wanted"


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the bar, in percent."""

    left: float
    width: float
    kind: str


@dataclass(frozen=True, slots=True)
class Strip:
    """``label`` says the same in words."""

    spans: Sequence[Span]
    label: str


@dataclass(frozen=True, slots=True)
class Scale:
    """What of the day the bars show; the hours that are written are ``marks``."""

    start: datetime
    end: datetime
    marks: Sequence[tuple[str, float]]

    @classmethod
    def of(cls, day: date, zone: ZoneInfo, intervals: Collection[Interval] = ()) -> Scale:
        """Wide enough for what of these intervals lies in the day."""
        midnight = datetime.combine(day, time(), zone)
        first, last = _FIRST, _LAST
        for start, end in intervals:
            first = min(first, max(0, _hour(start, midnight)))
            last = max(last, min(24, -(-(end - midnight) // timedelta(hours=1))))
        begin, end = (midnight + timedelta(hours=each) for each in (first, last))
        step = 3 if last - first > 12 else 2
        marks = [
            (f"{hour}", 100 * (hour - first) / (last - first))
            for hour in range(first - first % -step, last, step)
        ]
        return cls(begin.astimezone(UTC), end.astimezone(UTC), marks)

    def span(self, interval: Interval, kind: str) -> Span | None:
        """None where nothing of it is shown."""
        start, end = max(interval[0], self.start), min(interval[1], self.end)
        if start >= end:
            return None
        whole = (self.end - self.start) / 100
        return Span(round((start - self.start) / whole, 2), round((end - start) / whole, 2), kind)


def _hour(moment: datetime, midnight: datetime) -> int:
    return (moment - midnight) // timedelta(hours=1)


def window_of(day: date, zone: ZoneInfo) -> Interval:
    """From midnight to midnight, by the site's clocks."""
    start, end = (datetime.combine(day + timedelta(days=n), time(), zone) for n in (0, 1))
    return start.astimezone(UTC), end.astimezone(UTC)


def draw(
    session: Session,
    rooms: Collection[HasPlace],
    day: date,
    zone: ZoneInfo,
    wanted: Interval | None = None,
) -> tuple[Scale, dict[int, Strip]]:
    """The bars of these rooms on that day, by the room's id; in two statements."""
    window = window_of(day, zone)
    taken = occupancy.taken(session, [room.id for room in rooms], window)
    closed = closed_times.read(session, *window)
    scale = Scale.of(day, zone, [wanted] if wanted else [])
    strips = {}
    for room in rooms:
        shut = [(each.start, each.end) for each in closed.during(room, *window)]
        used = taken.get(room.id, [])
        parts = [(each, CLOSED) for each in shut] + [(each, TAKEN) for each in used]
        if wanted:
            parts.append((wanted, WANTED))
        spans = [found for each, kind in parts if (found := scale.span(each, kind)) is not None]
        strips[room.id] = Strip(spans, _label(used, shut, zone))
    return scale, strips


def _label(used: Sequence[Interval], shut: Sequence[Interval], zone: ZoneInfo) -> str:
    said = []
    for title, intervals in (("已占用", used), ("不开放", shut)):
        if intervals:
            spans = "、".join(display.clock_span(*each, zone) for each in intervals)
            said.append(f"{title} {spans}")
    return "；".join(said) or "全天空闲"
