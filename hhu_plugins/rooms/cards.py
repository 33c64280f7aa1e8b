"""What the home page says about the rooms."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from hhu_plugins.rooms import display, occupancy
from hhu_plugins.rooms.models import Reservation

_LINES = 6


def todays_reservations(request) -> dict:
    """How many meetings there still are today, and the next ones, of whatever day."""
    zone = request.registry.site_zone
    now = datetime.now(UTC)
    midnight = datetime.combine(now.astimezone(zone).date() + timedelta(days=1), time(), zone)
    is_ahead = occupancy.ahead(now)
    counted = sa.select(sa.func.count()).select_from(Reservation)
    counted = counted.where(is_ahead, Reservation.reserve_from < midnight)
    count = request.db.scalar(counted) or 0
    found = request.db.scalars(
        sa.select(Reservation)
        .where(is_ahead)
        .order_by(Reservation.reserve_from, Reservation.id)
        .limit(_LINES)
        .options(joinedload(Reservation.room), joinedload(Reservation.user))
    )
    # What is counted is what this list shows.
    today = f"&f.reserve_from.to={now.astimezone(zone):%Y-%m-%d}" if count else ""
    more = count - _LINES
    return {
        "title": "今天的会议",
        "icon": "calendar-event",
        "url": f"/admin/rooms/reservations/?tab=upcoming{today}",
        "figure": count,
        "text": "场正在进行或尚未开始" if count else "场，接下来的会议：",
        "lines": [_line(each, now, midnight, zone) for each in found],
        "more": f"今天还有 {more} 场" if more > 0 else "",
    }


def _line(row: Reservation, now: datetime, midnight: datetime, zone) -> dict:
    times = display.clock_span(row.reserve_from, row.reserve_to, zone)
    if row.reserve_from >= midnight:
        times = f"{row.reserve_from.astimezone(zone):%m-%d} {times}"
    description = display.shortened(row.description, 30)
    return {
        "time": times,
        "text": display.full_name(row.room) + (" · 进行中" if row.reserve_from <= now else ""),
        "note": f"{display.person(row.user)} · {description}",
        "url": f"/admin/rooms/reservations/{row.id}/",
    }
