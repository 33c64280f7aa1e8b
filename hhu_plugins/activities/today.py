"""What 今天 says about activities: those one has a place in, and what one can clock in for now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, selectinload

from hhu_plugins.activities.models import Activity, Enrollment

_LINES = 5
_AHEAD = timedelta(days=30)


def my_activities(request) -> dict[str, Any] | None:
    """Those that are not over, of the next month; None: there are none."""
    zone = request.registry.site_zone
    now = datetime.now(UTC)
    found = request.db.scalars(
        sa.select(Enrollment)
        .join(Enrollment.activity)
        .where(
            Enrollment.user_id == request.identity.user_id,
            Activity.time_end > now,
            Activity.time_start < now + _AHEAD,
        )
        .order_by(Activity.time_start, Activity.id)
        .limit(_LINES + 1)
        .options(contains_eager(Enrollment.activity).options(selectinload(Activity.clockin_items)))
    ).all()
    if not found:
        return None
    return {
        "card": {
            "name": "activities",
            "title": "我的活动",
            "icon": "calendar-event",
            "lines": [_line(row, now, zone) for row in found[:_LINES]],
            "url": "/app/activities/?my=yes",
            "more": "后面还有" if len(found) > _LINES else "",
        }
    }


def _line(row: Enrollment, now: datetime, zone) -> dict[str, str]:
    activity = row.activity
    start = activity.time_start.astimezone(zone)
    is_today = start.date() <= now.astimezone(zone).date()
    open_now = [
        item.label
        for item in activity.clockin_items
        if item.from_time <= now < item.to_time and item.label not in row.attended
    ]
    note = f"现在可以打卡：{'、'.join(open_now)}" if open_now else activity.location
    return {
        "time": "今天" if is_today else f"{start:%m-%d}",
        "text": f"{start:%H:%M} {activity.name}",
        "note": note,
        "url": f"/app/activities/{activity.id}/",
    }
