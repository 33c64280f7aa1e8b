"""What the page of a room shows above its form: its week, its use, its photo, the ways on from here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from hhu_base.admin import back_url
from hhu_plugins.rooms import display, schedules, usage
from hhu_plugins.rooms.admin import reservation_form
from hhu_plugins.rooms.models import Meetingroom
from hhu_plugins.rooms.schedules import Day

PATH = "/admin/rooms/meetingrooms/"
LOOKED_BACK = timedelta(weeks=4)
_DAY = 24 * 60
# What is drawn of a day in minutes, at least; more where there is something.
_FROM, _TO = 8 * 60, 20 * 60
# As the stylesheet has them: an hour is so many lines high.
_LINES_AN_HOUR = 2.5
# Nobody looks further; it is far from where dates end.
_MOST_DAYS_AWAY = 3660


class Slot(NamedTuple):
    """Something in a day, from where and how high in percent of what is drawn."""

    top: float
    height: float
    lines: int
    clock: str
    text: str
    who: str
    url: str  # "": it is closed
    is_outside: bool  # outside the opening hours, for a part of the day


@dataclass(frozen=True)
class WeekDay:
    title: str
    date: date
    is_today: bool
    slots: list[Slot]

    @property
    def is_free(self) -> bool:
        return all(slot.is_outside for slot in self.slots)


def context(request, room: Meetingroom) -> dict[str, Any]:
    """``?week=2026-11-24``: the week with that day; without it, this one."""
    zone = request.registry.site_zone
    now = datetime.now(UTC)
    today = now.astimezone(zone).date()
    day = asked_day(request.GET.get("week", ""), today)
    monday = day - timedelta(days=day.weekday())
    found = schedules.days(request.db, room, monday, 7, zone)
    low, high = _drawn(found, zone)
    here = f"{PATH}{room.id}/"
    back = back_url(request)
    kept = {"back": back} if back else {}

    def url(first: date) -> str:
        return f"{here}?{urlencode({'week': first.isoformat(), **kept})}#week"

    return {
        "week": [
            WeekDay(
                display.day(each.start, zone)[5:],
                each.date,
                each.date == today,
                _slots(each, low, high, zone, url(monday)),
            )
            for each in found
        ],
        "week_title": _week_title(monday),
        "week_urls": {"上一周": url(monday - timedelta(days=7)), "本周": url(today)}
        | {"下一周": url(monday + timedelta(days=7))},
        "is_this_week": monday <= today < monday + timedelta(days=7),
        "hours": [
            (hour, (hour * 60 - low) / (high - low) * 100) for hour in range(low // 60, high // 60)
        ],
        "drawn_hours": (high - low) // 60,
        "usage": usage.of_room(request.db, room, now - LOOKED_BACK, now),
        "booking_url": f"{reservation_form.PATH}?" + urlencode({"room_id": room.id, "back": here}),
        "door_sign_url": f"{here}door",
    }


def asked_day(text: str, today: date) -> date:
    """The day that is asked for; today where it is none."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return today
    return day if abs((day - today).days) <= _MOST_DAYS_AWAY else today


def _week_title(monday: date) -> str:
    sunday = monday + timedelta(days=6)
    last = f"{sunday:%m-%d}" if sunday.year == monday.year else f"{sunday}"
    return f"{monday} 至 {last}"


def _minute(day: Day, moment: datetime, zone: ZoneInfo) -> int:
    """What the clocks show, in minutes from the day's midnight."""
    local = moment.astimezone(zone)
    if local.date() != day.date:
        return 0 if local.date() < day.date else _DAY
    return local.hour * 60 + local.minute


def _drawn(days: list[Day], zone: ZoneInfo) -> tuple[int, int]:
    """From which to which full hour the days are drawn, in minutes."""
    minutes = [_FROM, _TO]
    for day in days:
        times = [(row.reserve_from, row.reserve_to) for row in day.reservations]
        for start, end in times + list(day.opening or ()):
            minutes += _minute(day, start, zone), _minute(day, end, zone)
    return min(minutes) // 60 * 60, -(-max(minutes) // 60) * 60


def _slots(day: Day, low: int, high: int, zone: ZoneInfo, here: str) -> list[Slot]:
    found = []
    for each in day.closed:
        start, end = _minute(day, each.start, zone), _minute(day, each.end, zone)
        start, end = max(start, low), min(end, high)
        if start < end:
            is_all = (start, end) == (low, high)
            clock = "全天" if is_all else _clock(start, end)
            is_outside = not (is_all or each.is_closure)
            found.append(_slot(start, end, low, high, clock, each.reason, is_outside=is_outside))
    for row in day.reservations:
        start, end = _minute(day, row.reserve_from, zone), _minute(day, row.reserve_to, zone)
        if start < end:
            text, who = display.shortened(display.purpose(row), 60), row.user.fullname
            url = f"/admin/rooms/reservations/{row.id}/?" + urlencode({"back": here})
            found.append(_slot(start, end, low, high, _clock(start, end), text, who, url))
    # In a list, in the order of time.
    return sorted(found, key=lambda slot: slot.top)


def _slot(
    start: int,
    end: int,
    low: int,
    high: int,
    clock: str,
    text: str,
    who: str = "",
    url: str = "",
    is_outside: bool = False,
) -> Slot:
    most = max(1, int((end - start) / 60 * _LINES_AN_HOUR - 0.2))
    all_ = (high - low) / 100
    top, height = round((start - low) / all_, 3), round((end - start) / all_, 3)
    return Slot(top, height, most, clock, text, who, url, is_outside)


def _clock(start: int, end: int) -> str:
    return "–".join(f"{each // 60:02}:{each % 60:02}" for each in (start, end))
