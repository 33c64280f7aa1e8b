"""The reservations behind one hour of the week: what a square of the statistics' heat map counts."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from pyramid.httpexceptions import HTTPNotFound
from sqlalchemy.orm import joinedload

from hhu_base.admin import Headings
from hhu_base.models import User
from hhu_plugins.rooms import display
from hhu_plugins.rooms.models import CONFIRMED, Meetingroom, Reservation
from hhu_plugins.rooms.opening_hours import WEEKDAYS
from hhu_plugins.rooms.statistics import HOUR

_SIZE = 100
_LONGEST = timedelta(days=1100)
_ROOM = (
    sa.select(Meetingroom.name_key).where(Meetingroom.id == Reservation.room_id).scalar_subquery()
)
_USER = sa.select(User.name_key).where(User.id == Reservation.user_id).scalar_subquery()
_COLUMNS = {
    "time": ("时间", Reservation.reserve_from),
    "room": ("会议室", _ROOM),
    "holder": ("预约人", _USER),
    "description": ("用途", Reservation.description),
}


def show(request) -> dict[str, Any]:
    """``GET /admin/rooms/hour/?weekday=1&hour=9&from=2026-09-01&to=2026-12-31&sort=room&page=1``"""
    zone = request.registry.site_zone
    weekday, hour = _number(request, "weekday", 1, 7), _number(request, "hour", 0, 23)
    first, last = _day(request, "from"), _day(request, "to")
    if last < first or last - first > _LONGEST:
        raise HTTPNotFound
    start, end = (
        datetime.combine(day, time(), zone).astimezone(UTC)
        for day in (first, last + timedelta(days=1))
    )
    begins, ends = (
        sa.func.timezone(str(zone), column)
        for column in (Reservation.reserve_from, Reservation.reserve_to)
    )
    # A reservation counts for the day it begins; after midnight its hours go on from 24.
    midnight = sa.func.date_trunc("day", begins)
    offset = [midnight + timedelta(hours=hour + more) for more in (0, 24)]
    found = sa.select(Reservation).where(
        Reservation.reserve_from >= start,
        Reservation.reserve_from < end,
        Reservation.status == CONFIRMED,
        sa.extract("isodow", begins) == weekday,
        sa.or_(*((begins < each + timedelta(hours=1)) & (ends > each) for each in offset)),
    )
    count = request.db.scalar(sa.select(sa.func.count()).select_from(found.subquery())) or 0
    pages = max(1, -(-count // _SIZE))
    page = min(_number(request, "page", 1, 10**6, 1), pages)
    heads = Headings(request, _COLUMNS, "-time")
    rows = request.db.scalars(
        found.options(joinedload(Reservation.room), joinedload(Reservation.user))
        .order_by(*heads.order(Reservation.reserve_from.desc(), Reservation.id))
        .limit(_SIZE)
        .offset((page - 1) * _SIZE)
    ).all()
    query = f"?weekday={weekday}&hour={hour}&from={first}&to={last}"
    sorted_so = f"{query}&sort={heads.sort}" if heads.sort else query
    return {
        "help_section": "统计",
        "title": f"{WEEKDAYS[weekday - 1]} {hour:02}:00–{hour + 1:02}:00 的预约",
        "first": first,
        "last": last,
        "rows": [
            (
                row.id,
                display.span(row.reserve_from, row.reserve_to, zone),
                display.full_name(row.room),
                display.person(row.user),
                row.description,
            )
            for row in rows
        ],
        "count": count,
        "page": page,
        "pages": pages,
        "heads": heads.all(lambda sort: f"{query}&sort={sort}"),
        "query": sorted_so,
    }


def _number(request, name: str, least: int, most: int, default: int | None = None) -> int:
    text = request.GET.get(name, "" if default is None else str(default))
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 8 else -1
    if not least <= number <= most:
        raise HTTPNotFound
    return number


def _day(request, name: str) -> date:
    try:
        day = datetime.strptime(request.GET.get(name, ""), "%Y-%m-%d").date()  # noqa: DTZ007
    except ValueError:
        raise HTTPNotFound from None
    if not 1971 <= day.year <= 9997:
        raise HTTPNotFound
    return day


def includeme(config) -> None:
    config.add_admin_page(
        show,
        HOUR,
        "一周里的一个小时",
        permission="rooms.view",
        is_in_menu=False,
        request_method="GET",
        renderer="hhu_plugins.rooms:templates/hour_list.jinja2",
    )
