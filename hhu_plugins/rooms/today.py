"""What 今天 says about the rooms: one's own reservations, today's and the next ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from hhu_plugins.rooms import display, occupancy
from hhu_plugins.rooms.models import Reservation

_LINES = 5
_AHEAD = timedelta(days=14)


def my_reservations(request) -> dict[str, Any] | None:
    """Those of the next two weeks; None: there are none."""
    zone = request.registry.site_zone
    now = datetime.now(UTC)
    found = request.db.scalars(
        sa.select(Reservation)
        .where(
            occupancy.ahead(now),
            Reservation.user_id == request.identity.user_id,
            Reservation.reserve_from < now + _AHEAD,
        )
        .order_by(Reservation.reserve_from, Reservation.id)
        .limit(_LINES + 1)
        .options(joinedload(Reservation.room))
    ).all()
    if not found:
        return None
    return {
        "card": {
            "name": "rooms",
            "title": "我的会议室",
            "icon": "door-open",
            "lines": [_line(row, now, zone) for row in found[:_LINES]],
            "more": "后面还有" if len(found) > _LINES else "",
        }
    }


def _line(row: Reservation, now: datetime, zone) -> dict[str, str]:
    clock = display.clock_span(row.reserve_from, row.reserve_to, zone)
    start = row.reserve_from.astimezone(zone)
    is_today = start.date() <= now.astimezone(zone).date()
    state = " · 进行中" if row.reserve_from <= now else ""
    return {
        "time": "今天" if is_today else f"{start:%m-%d}",
        "text": f"{clock} {display.full_name(row.room)}{state}",
        "note": display.shortened(row.description, 30),
    }
