"""Who is there, on the pages of an activity: live, and with a way to the names of who is missing."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa

from hhu_base.admin import VIEW, AdminRoot, TableContext, find_row
from hhu_plugins.activities import attendance
from hhu_plugins.activities.admin import projector, tabs
from hhu_plugins.activities.expressions import HasLabel, Not
from hhu_plugins.activities.expressions.sentences import sentence
from hhu_plugins.activities.models import Activity, WaitingEntry


def is_on(request, activity: Activity) -> bool:
    """Whether it is the day of the activity, or one of its days."""
    zone = request.registry.site_zone
    now = request.db.scalar(sa.select(sa.func.now()))
    first, last = activity.time_start.astimezone(zone), activity.time_end.astimezone(zone)
    return first.date() <= now.astimezone(zone).date() <= last.date()


def people(request, activity: Activity) -> dict[str, Any]:
    """What the template of the live part needs."""
    items = {item.id: item for item in activity.clockin_items}
    labels = [item.label for item in activity.clockin_items]
    counted = sa.select(sa.func.count()).where(WaitingEntry.activity_id == activity.id)
    return {
        "row": activity,
        "back_here": tabs.url(activity.id, tabs.ITEMS),
        "items": [
            (
                found,
                projector.window(request, items[found.item_id]),
                projector.url(items[found.item_id]),
                _missing(activity.id, found.total.name, labels),
            )
            for found in attendance.of_activity(request.db, activity.id)
            if found.item_id in items
        ],
        "waiting_count": request.db.scalar(counted) or 0,
        "may_show_codes": request.has_permission("activities.change", AdminRoot(request)),
    }


def show(context: TableContext, request) -> dict[str, Any]:
    """``GET /admin/activities/activities/ID/attendance``: the part of the page that is live."""
    return people(request, find_row(context))


def _missing(activity_id: int, label: str, labels: list[str]) -> str:
    """The list of those who have not clocked in for this; to it a department can be added."""
    said = sentence(Not(HasLabel(label)), labels)
    return f"{tabs.url(activity_id, tabs.ENROLLMENTS)}&{urlencode({'e': said})}" if said else ""


def includeme(config) -> None:
    live = r"/admin/{plugin:activities}/{table:activities}/{id:\d+}/attendance"
    config.add_route("activities.attendance", live, factory=TableContext)
    config.add_view(
        show,
        route_name="activities.attendance",
        request_method="GET",
        permission=VIEW,
        renderer="hhu_plugins.activities:templates/attendance.jinja2",
    )
