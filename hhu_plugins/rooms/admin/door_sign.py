"""门牌: a page of A5 with a room's meetings of a day and the code of its page, to be printed and
put up at its door.

Whoever passes by reads it, so it has no phone numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any, NamedTuple
from unicodedata import east_asian_width

import sqlalchemy as sa
from pyramid.httpexceptions import HTTPNotFound

from hhu_base.admin import AdminRoot
from hhu_base.values import qr_codes
from hhu_plugins.rooms import display, occupancy, schedules
from hhu_plugins.rooms.admin.room_page import PATH, asked_day
from hhu_plugins.rooms.models import Meetingroom
from hhu_plugins.rooms.opening_hours import WEEKDAYS
from hhu_plugins.rooms.schedules import Day

_ROUTE = "rooms.admin.door_sign"
ALL_PATH = f"{PATH}doors"
# The largest type in which all of the day fits on the page; below the last one there is a second.
_SIZES = (1.0, 0.9, 0.8, 0.72, 0.64, 0.57, 0.5, 0.45, 0.4, 0.35, 0.3)
# As the stylesheet has them: the height that the list has, and a second line of the name takes, in
# millimetres; how wide the page is in its letters, and the list's letters where they are largest.
_HEIGHT, _NAME_LINE, _NAME_WIDTH = 126, 14, 10.3
_LETTER, _WIDTH = 6.4, 20
# The column of the times with the gap, and the distance between two lines, in letters.
_TIMES, _LINE = 7.7, 1.25


class Line(NamedTuple):
    """``is_closed``: nobody meets, and ``text`` says why."""

    clock: str
    text: str
    who: str = ""
    is_closed: bool = False


@dataclass(frozen=True)
class Sheet:
    """The sign of one room; ``code`` is that of the page at its door."""

    name: str
    opening: str
    lines: list[Line]
    size: float
    code: str


def show(request) -> dict[str, Any]:
    """``GET /admin/rooms/meetingrooms/ID/door?day=2026-11-24``; without a day, of today."""
    room = request.db.get(Meetingroom, int(request.matchdict["id"]))
    if room is None:
        raise HTTPNotFound
    name = display.full_name(room)
    return _page(request, [room]) | {"title": f"{name} 门牌", "back_url": f"{PATH}{room.id}/"}


def show_all(request) -> dict[str, Any]:
    """``GET /admin/rooms/meetingrooms/doors?day=2026-11-24``: those of all rooms, one after the other."""
    rooms = request.db.scalars(sa.select(Meetingroom).order_by(*occupancy.LIST_ORDER))
    page = _page(request, list(rooms.all()))
    return page | {"title": "全部会议室的门牌", "back_url": PATH}


def _page(request, rooms: Sequence[Meetingroom]) -> dict[str, Any]:
    zone = request.registry.site_zone
    now = datetime.now(UTC).astimezone(zone)
    day = asked_day(request.GET.get("day", ""), now.date())
    found = schedules.days_of(request.db, rooms, day, 1, zone)
    return {
        "sheets": [_sheet(request, room, found[room.id][0]) for room in rooms],
        "all_url": ALL_PATH,
        "day": day,
        "day_text": f"{day.month}月{day.day}日 {WEEKDAYS[day.weekday()]}",
        "days": {
            "前一天": day - timedelta(days=1),
            "今天": now.date(),
            "后一天": day + timedelta(days=1),
        },
        "printed": f"{now:%Y-%m-%d %H:%M}",
    }


def _sheet(request, room: Meetingroom, day: Day) -> Sheet:
    zone, name = request.registry.site_zone, display.full_name(room)
    lines = _lines(day, zone)
    code = qr_codes.svg(f"{request.registry.public_url}{display.door_path(room.id)}")
    return Sheet(name, _opening(day, zone), lines, _size(name, lines), code)


def _lines(day: Day, zone) -> list[Line]:
    """In the order of time: the meetings, and when closures close the room."""
    closed = [
        (
            each.start,
            each.end,
            Line(_span(day, each.start, each.end, zone), f"停用：{each.reason}", is_closed=True),
        )
        for each in day.closed
        if each.is_closure
    ]
    meetings = [
        (
            row.reserve_from,
            row.reserve_to,
            Line(
                _span(day, row.reserve_from, row.reserve_to, zone),
                display.shortened(display.purpose(row), 80),
                row.user.fullname,
            ),
        )
        for row in day.reservations
    ]
    return [line for _, _, line in sorted(closed + meetings, key=lambda each: each[:2])]


def _span(day: Day, start: datetime, end: datetime, zone) -> str:
    """Without what lies before the day."""
    start = max(start, day.start)
    return "全天" if (start, end) == (day.start, day.end) else display.clock_span(start, end, zone)


def _opening(day: Day, zone) -> str:
    """``开放时间 08:00–22:00``; nothing where it is always open."""
    if day.opening is None:
        return ""
    spans = "、".join(_span(day, start, end, zone) for start, end in day.opening)
    return f"开放时间 {spans}" if spans else "不开放"


def _size(name: str, lines: list[Line]) -> float:
    """How large the type of the list is, of its largest."""
    height = _HEIGHT - _NAME_LINE * (_rows(name, _NAME_WIDTH) - 1)
    for size in _SIZES:
        width = _WIDTH / size - _TIMES
        if sum(_height(line, width) for line in lines) * _LETTER * size <= height:
            return size
    return _SIZES[-1]


def _height(line: Line, width: float) -> float:
    """In letters, with the space around it."""
    rows = _rows(f"{line.text} {line.who}", width)
    return 1.1 + _LINE * max(rows, 1 if len(line.clock) <= len("08:00–09:00") else 2)


def _rows(text: str, width: float) -> int:
    letters = sum(1 if east_asian_width(each) in "WFA" else 0.6 for each in text)
    return max(1, ceil(letters / width))


def includeme(config) -> None:
    path = PATH + r"{id:\d{1,18}}/door"
    for route, at, view in ((_ROUTE, path, show), (f"{_ROUTE}.all", ALL_PATH, show_all)):
        config.add_route(route, at, factory=AdminRoot)
        config.add_view(
            view,
            route_name=route,
            request_method="GET",
            permission="rooms.view",
            renderer="hhu_plugins.rooms:templates/door_sign.jinja2",
        )
