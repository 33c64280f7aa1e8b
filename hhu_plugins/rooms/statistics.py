"""How the rooms were used: the figures of the office's page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.models import Department
from hhu_base.statistics import (
    Figure,
    Figures,
    FigureTable,
    HeatMap,
    Linked,
    NamedPeriod,
    Period,
)
from hhu_plugins.rooms import day_sums, display
from hhu_plugins.rooms.models import CANCELLED, CONFIRMED, RELEASED, Meetingroom, OpeningHours, Term
from hhu_plugins.rooms.opening_hours import DAY, WEEKDAYS, Week, read_week

RESERVATIONS = "/admin/rooms/reservations/"
HOUR = "/admin/rooms/hour/"
_IDLE = 10
# Of rooms without opening hours, which are open all night, too.
_USUAL: Week = (((8 * 60, 22 * 60),),) * 7
_NOTE = "占用率是已确认的预约占开放时间的比例；没有设置开放时间的会议室按每天 8–22 点计算。"


@dataclass
class _Use:
    """Of a room, or of several: ``open`` and ``used`` are minutes."""

    confirmed: int = 0
    cancelled: int = 0
    released: int = 0
    used: int = 0
    open: int = 0

    @property
    def percent(self) -> float | None:
        return min(100.0, round(100 * self.used / self.open, 1)) if self.open else None

    def add(self, other: _Use) -> None:
        for name in ("confirmed", "cancelled", "released", "used", "open"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


def find(request, period: Period) -> list[Any]:
    """The part of the page."""
    session = request.db
    rooms = session.execute(
        sa.select(Meetingroom.id, Meetingroom.name, Meetingroom.location).order_by(
            Meetingroom.location_key, Meetingroom.name_key, Meetingroom.id
        )
    ).all()
    uses = _uses(session, period, [room.id for room in rooms])
    places: dict[str, _Use] = defaultdict(_Use)
    total = _Use()
    for room in rooms:
        places[room.location].add(uses[room.id])
        total.add(uses[room.id])
    by_room = _lines(
        period,
        (
            (
                Linked(display.full_name(room), f"/admin/rooms/meetingrooms/{room.id}/"),
                uses[room.id],
                {"room_id": room.id},
            )
            for room in rooms
        ),
    )
    by_place = _lines(
        period,
        ((name or "（无地点）", use, {"room__location": name}) for name, use in places.items()),
    )
    return [
        _totals(period, total),
        _heat_map(session, period, len(rooms)),
        _table("会议室", "会议室", by_room, note=_NOTE),
        _table("最空闲的会议室", "会议室", sorted(by_room, key=lambda line: line[0].used)[:_IDLE]),
        _table("地点", "地点", by_place),
        _departments(session, period),
    ]


def periods(request) -> Iterator[NamedPeriod]:
    """The terms, latest first."""
    for term in request.db.scalars(sa.select(Term).order_by(Term.first_monday.desc())):
        last = term.first_monday + timedelta(weeks=term.weeks_count, days=-1)
        yield NamedPeriod(f"term-{term.id}", term.name, term.first_monday, last)


def _uses(session: Session, period: Period, room_ids: Sequence[int]) -> dict[int, _Use]:
    weeks = _weeks(session)
    days = period.weekdays
    uses = {}
    for room_id in room_ids:
        week = weeks.get(room_id) or weeks.get(None) or _USUAL
        minutes = (sum(closes - opens for opens, closes in day) for day in week)
        uses[room_id] = _Use(
            open=sum(number * min(DAY, each) for number, each in zip(days, minutes, strict=True))
        )
    for row in day_sums.by_room(session, period.first, period.counted, period.zone):
        if use := uses.get(row.room_id):
            use.confirmed += row.confirmed
            use.cancelled += row.cancelled
            use.released += row.released
            use.used += row.minutes
    return uses


def _weeks(session: Session) -> dict[int | None, Week]:
    rows = session.execute(sa.select(OpeningHours.room_id, OpeningHours.week))
    return {row.room_id: read_week(row.week) for row in rows}


def _totals(period: Period, total: _Use) -> Figures:
    asked = total.confirmed + total.cancelled + total.released
    share = f"占 {100 * total.cancelled / asked:.0f}%" if asked else ""
    return Figures(
        "",
        [
            Figure("预约", total.confirmed, _list(period, CONFIRMED)),
            Figure("使用时长（小时）", _hours(total.used)),
            Figure("占用率（%）", total.percent),
            Figure("取消", total.cancelled, _list(period, CANCELLED), share),
            Figure("没有签到而释放", total.released, _list(period, RELEASED)),
        ],
    )


def _heat_map(session: Session, period: Period, rooms: int) -> HeatMap:
    days = period.weekdays
    minutes = [[0] * 24 for _ in range(7)]
    for row in day_sums.by_hour(session, period.first, period.counted, period.zone):
        minutes[row.weekday - 1] = row.minutes
    hours = [hour for hour in range(24) if any(day[hour] for day in minutes)]
    span = range(min(hours, default=0), max(hours, default=-1) + 1)
    cells = [
        [
            Linked(
                round(100 * minutes[day][hour] / (60 * rooms * days[day])),
                _hour_url(period, day + 1, hour),
            )
            if days[day] and rooms
            else None
            for day in range(7)
        ]
        for hour in span
    ]
    return HeatMap(
        "一周里各小时的占用",
        [f"{hour:02}:00" for hour in span],
        WEEKDAYS,
        cells,
        unit="%",
        note="在那一小时平均有百分之几的会议室有人用。",
    )


_Line = tuple[_Use, list[Any]]


def _lines(period: Period, named: Iterable[tuple[Any, _Use, dict[str, Any]]]) -> list[_Line]:
    """The most used first."""
    lines = [
        (
            use,
            [
                name,
                use.percent,
                _hours(use.used),
                Linked(use.confirmed, _list(period, CONFIRMED, **filters)),
                Linked(use.cancelled, _list(period, CANCELLED, **filters)),
                Linked(use.released, _list(period, RELEASED, **filters)),
            ],
        )
        for name, use, filters in named
    ]
    return sorted(lines, key=lambda line: -(line[0].percent or 0))


def _table(title: str, first: str, lines: Iterable[_Line], *, note: str = "") -> FigureTable:
    header = [first, "占用率（%）", "小时", "预约", "取消", "释放"]
    return FigureTable(title, header, [cells for _, cells in lines], bar=1, note=note)


def _departments(session: Session, period: Period) -> FigureTable:
    found = session.execute(sa.select(Department.id, Department.name))
    names: dict[int | None, str] = {row.id: row.name for row in found}
    rows = day_sums.by_department(session, period.first, period.counted, period.zone)
    lines = [
        [
            names.get(row.department_id, "（无系所）"),
            Linked(
                row.confirmed,
                _list(period, CONFIRMED, user__department_id=row.department_id or "-"),
            ),
            _hours(row.minutes),
            Linked(
                row.cancelled,
                _list(period, CANCELLED, user__department_id=row.department_id or "-"),
            ),
            Linked(
                row.released, _list(period, RELEASED, user__department_id=row.department_id or "-")
            ),
        ]
        for row in sorted(rows, key=lambda row: -row.confirmed)
    ]
    return FigureTable("系所", ["系所", "预约", "小时", "取消", "释放"], lines, bar=1)


def _list(period: Period, status: str, **filters: object) -> str:
    # Hundreds of them differ in the last parameter only.
    more = urlencode({f"f.{name.replace('__', '.')}": value for name, value in filters.items()})
    return f"{_list_of(period, status)}&{more}" if more else _list_of(period, status)


@lru_cache(maxsize=16)
def _list_of(period: Period, status: str) -> str:
    return f"{RESERVATIONS}?{period.list_query('reserve_from', tab='all', status=status)}"


def _hour_url(period: Period, weekday: int, hour: int) -> str:
    asked = {"weekday": weekday, "hour": hour, "from": period.first, "to": period.counted}
    return f"{HOUR}?{urlencode(asked)}"


def _hours(minutes: int) -> float:
    return round(minutes / 60, 1)
