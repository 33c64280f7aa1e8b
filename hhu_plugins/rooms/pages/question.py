"""The one question of 找会议室, as the address has it: which day, when, how long, for how many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

import colander

from hhu_base.rest import Day, Text, WholeNumber, query
from hhu_base.values import text as texts_of
from hhu_base.values.refusal import TOGETHER, Refusal
from hhu_plugins.rooms import display
from hhu_plugins.rooms.intervals import Interval
from hhu_plugins.rooms.models import LONGEST_MEETING
from hhu_plugins.rooms.policy import BookingPolicy

FIND = "/app/rooms/"
_OPENS, _CLOSES = time(8), time(20)
_DAYS = 7
_TIMES = tuple(time(hour) for hour in (8, 9, 10, 11, 14, 15, 16, 17, 19))
_MINUTES = (30, 60, 90, 120, 180)
_PEOPLE = (5, 10, 20, 50)
_MOST_MINUTES = LONGEST_MEETING // timedelta(minutes=1)
_NAMES = ("今天", "明天", "后天")
INCOMPLETE = "请选择日期、时间和时长。"
NO_TIME = "时间请填写成 14:30 的样子。"


def _is_clock(node, text: str) -> None:
    try:
        is_of_here = time.fromisoformat(text).tzinfo is None
    except ValueError:
        is_of_here = False
    if not is_of_here:
        raise colander.Invalid(node, NO_TIME)


class QuestionSchema(colander.MappingSchema):
    day = Day(missing=None, title="日期")
    at = Text(missing=None, max_length=8, validator=_is_clock, title="开始时间")
    minutes = WholeNumber(minimum=1, maximum=_MOST_MINUTES, missing=None, title="时长")
    people = WholeNumber(minimum=0, capped=True, missing=None, title="人数")
    place = Text(missing=None, max_length=255, title="地点")


_SCHEMA = query(QuestionSchema)


class Chip(NamedTuple):
    """An answer that is one tap away."""

    label: str
    url: str
    is_chosen: bool


@dataclass(frozen=True)
class Question:
    """``at`` is by the site's clocks. ``errors``: what could not be read, and has its usual value."""

    day: date
    at: time
    minutes: int
    policy: BookingPolicy
    now: datetime
    people: int | None = None
    place: str = ""
    equipment: tuple[str, ...] = ()
    errors: list[str] = field(default_factory=list)

    @property
    def interval(self) -> Interval:
        start = datetime.combine(self.day, self.at, self.policy.zone).astimezone(UTC)
        return start, start + timedelta(minutes=self.minutes)

    @property
    def when(self) -> str:
        return display.span(*self.interval, self.policy.zone)

    @property
    def fields(self) -> list[tuple[str, str]]:
        """As an address has them, or the hidden fields of a form."""
        pairs = [
            ("day", self.day.isoformat()),
            ("at", f"{self.at:%H:%M}"),
            ("minutes", str(self.minutes)),
            ("people", "" if self.people is None else str(self.people)),
            ("place", self.place),
            *(("equipment", word) for word in self.equipment),
        ]
        return [(name, text) for name, text in pairs if text]

    def url(self, path: str = FIND, **other: Any) -> str:
        """The same question at ``path``, with ``other`` answers."""
        return f"{path}?{urlencode(replace(self, **other).fields)}"

    def at_interval(self, interval: Interval) -> dict[str, Any]:
        """The answers of which these are the times."""
        start, end = interval
        local = start.astimezone(self.policy.zone)
        return {
            "day": local.date(),
            "at": local.time(),
            "minutes": (end - start) // timedelta(minutes=1),
        }

    @property
    def today(self) -> date:
        return self.now.astimezone(self.policy.zone).date()

    def days(self, path: str = FIND) -> list[Chip]:
        """The next days, and the one that is asked for."""
        shown = [self.today + timedelta(days=number) for number in range(_DAYS)]
        if self.day not in shown:
            shown.append(self.day)
        return [
            Chip(day_name(day, self.today), self.url(path, day=day), day == self.day)
            for day in shown
        ]

    def times(self, path: str = FIND) -> list[Chip]:
        """Those that are not over; on this day the next one first, 现在."""
        local = self.now.astimezone(self.policy.zone)
        shown: list[time] = []
        names: dict[time, str] = {}
        if self.day == self.today:
            soon = self.policy.down(self.now).astimezone(self.policy.zone)
            names[soon.time()] = "现在"
            shown = [soon.time(), *(each for each in _TIMES if each > local.time())]
        else:
            shown = list(_TIMES)
        if self.at not in shown:
            shown = sorted({*shown, self.at})
        return [
            Chip(names.get(each, f"{each:%H:%M}"), self.url(path, at=each), each == self.at)
            for each in shown
        ]

    def lengths(self, path: str = FIND) -> list[Chip]:
        shown = {each for each in _MINUTES if self.policy.allows_length(timedelta(minutes=each))}
        return [
            Chip(length_name(each), self.url(path, minutes=each), each == self.minutes)
            for each in sorted({*shown, self.minutes})
        ]

    def sizes(self, path: str = FIND) -> list[Chip]:
        shown = sorted({*_PEOPLE, *([self.people] if self.people else [])})
        return [
            Chip("不限", self.url(path, people=None), not self.people),
            *(
                Chip(f"{each} 人", self.url(path, people=each), each == self.people)
                for each in shown
            ),
        ]


def day_name(day: date, today: date) -> str:
    """``今天``, ``周三 12-2``"""
    number = (day - today).days
    if 0 <= number < len(_NAMES):
        return _NAMES[number]
    return f"周{display.WEEKDAYS[day.weekday()]} {day.month}-{day.day}"


def length_name(minutes: int) -> str:
    """``30 分``, ``1 小时``, ``1.5 小时``"""
    if minutes < 60 or minutes % 30:
        return f"{minutes} 分"
    return f"{minutes / 60:g} 小时"


def read(request, given: Any = None) -> Question:
    """What is asked in the address, or in the fields of a form; what is left out is as usual."""
    given = request.GET if given is None else given
    policy: BookingPolicy = request.registry["rooms.policy"]
    now = datetime.now(UTC)
    values, errors = _values(request, given)
    day, at = _usual_start(policy, now)
    if values["day"] not in (None, day):
        at = _OPENS
    length = max(policy.shortest, min(policy.longest, timedelta(hours=1)))
    return Question(
        day=values["day"] or day,
        at=at if values["at"] is None else time.fromisoformat(values["at"]),
        minutes=values["minutes"] or length // timedelta(minutes=1),
        policy=policy,
        now=now,
        people=values["people"] or None,
        place=values["place"] or "",
        equipment=_words(given.getall("equipment")),
        errors=errors,
    )


def check(asked: Question, given: Any) -> None:
    """What is done must be meant: nothing left out, nothing unreadable. Raises Refusal."""
    if not all(given.get(name) for name in ("day", "at", "minutes")):
        raise Refusal(INCOMPLETE, TOGETHER)
    if asked.errors:
        raise Refusal(" ".join(asked.errors), TOGETHER)


def _values(request, given: Any) -> tuple[dict[str, Any], list[str]]:
    values, errors = {}, []
    translate = request.localizer.translate
    for node in _SCHEMA.bound(request.registry).children:
        try:
            values[node.name] = node.deserialize(given.get(node.name) or colander.null)
        except colander.Invalid as invalid:
            values[node.name] = None
            errors.append(f"{node.title}：{' '.join(map(translate, invalid.messages()))}")
    return values, errors


def _words(texts: Sequence[str]) -> tuple[str, ...]:
    kept: Iterator[str] = (texts_of.clean_name(texts_of.storable(text))[:20] for text in texts[:20])
    return tuple(dict.fromkeys(text for text in kept if text))


def _usual_start(policy: BookingPolicy, now: datetime) -> tuple[date, time]:
    """The next point of the grid; in the evening the next morning."""
    soon = policy.up(now).astimezone(policy.zone)
    today = now.astimezone(policy.zone).date()
    if soon.date() != today or soon.time() >= _CLOSES:
        return today + timedelta(days=1), time(9)
    return today, max(soon.time(), _OPENS)
