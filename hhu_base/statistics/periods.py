"""The days that the figures are about: a term, a month, or any others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from urllib.parse import urlencode

_FIRST_YEAR, _LAST_YEAR = 1971, 9997
_MONTHS = 12


@dataclass(frozen=True)
class NamedPeriod:
    """Days that have a name, such as a term; ``key`` stands for it in an address."""

    key: str
    title: str
    first: date
    last: date


@dataclass(frozen=True)
class Period:
    """From ``first`` to ``last``, both included, by the clocks of the site.

    ``counted`` is the last day of it that has begun: nothing is known of the days to come. It is
    ``last`` where all of it is yet to come.
    """

    title: str
    first: date
    last: date
    today: date
    zone: tzinfo

    @property
    def counted(self) -> date:
        return min(self.last, self.today) if self.first <= self.today else self.last

    @property
    def start(self) -> datetime:
        return _midnight(self.first, self.zone)

    @property
    def end(self) -> datetime:
        """The midnight after the last day that counts."""
        return _midnight(self.counted + timedelta(days=1), self.zone)

    @property
    def weekdays(self) -> list[int]:
        """How many Mondays, Tuesdays, … count."""
        days = (self.counted - self.first).days + 1
        whole, rest = divmod(days, 7)
        begins = self.first.weekday()
        return [whole + ((day - begins) % 7 < rest) for day in range(7)]

    def list_query(self, field: str, **filters: object) -> str:
        """The query string of a declared list that shows what lies in these days."""
        given = {f"f.{name}": value for name, value in filters.items() if name != "tab"}
        given |= {f"f.{field}.from": self.first, f"f.{field}.to": self.counted}
        if "tab" in filters:
            given["tab"] = filters["tab"]
        return urlencode({name.replace("__", "."): value for name, value in given.items()})


def read(params, today: date, zone: tzinfo, named: Sequence[NamedPeriod]) -> tuple[Period, str]:
    """What a query string asks for, and the key of the name that it chose, if any; read leniently.

    Without any it is the first of the named ones that today is in, a term before a month.
    """
    key = params.get("period", "")
    first, last = _day(params.get("from", "")), _day(params.get("to", ""))
    chosen = next((each for each in named if each.key == key), None)
    if chosen is None and first and last:
        first, last = min(first, last), max(first, last)
        return Period(f"{first} 至 {last}", first, last, today, zone), ""
    if chosen is None:
        chosen = next(each for each in named if each.first <= today <= each.last)
    return Period(chosen.title, chosen.first, chosen.last, today, zone), chosen.key


def months(today: date) -> list[NamedPeriod]:
    """This month and those before it."""
    found = []
    first = today.replace(day=1)
    for _ in range(_MONTHS):
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        found.append(NamedPeriod(f"{first:%Y-%m}", f"{first.year}年{first.month}月", first, last))
        first = (first - timedelta(days=1)).replace(day=1)
    return found


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _day(text: str) -> date | None:
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None
    return day if _FIRST_YEAR <= day.year <= _LAST_YEAR else None
