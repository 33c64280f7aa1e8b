"""活动 as one place: the tabs above all pages about one activity."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from hhu_base.models import AuditEntry
from hhu_base.web import audit
from hhu_plugins.activities.models import Activity, ClockinItem, Enrollment

OVERVIEW, FORM, ITEMS, ENROLLMENTS, HISTORY = "", "form", "items", "enrollments", "history"
_MOST_ENTRIES = 200
_PATH = "/admin/activities/activities/"
_TITLES = {
    OVERVIEW: "概况",
    FORM: "报名表单",
    ITEMS: "打卡",
    ENROLLMENTS: "报名记录",
    HISTORY: "历史",
}


def url(activity_id: int, tab: str = OVERVIEW) -> str:
    """The address of one of the tabs."""
    if tab == ENROLLMENTS:
        return f"/admin/activities/enrollments/?activity={activity_id}"
    return f"{_PATH}{activity_id}/" + (f"?tab={tab}" if tab else "")


def current(request) -> str:
    """The tab of an activity's page; whatever is none is the first one."""
    tab = request.GET.get("tab", OVERVIEW)
    return tab if tab in (FORM, ITEMS, HISTORY) else OVERVIEW


def of(request, activity: Activity, tab: str) -> dict[str, Any]:
    """What the template of the tabs needs."""
    lines = [(title, url(activity.id, name), name == tab) for name, title in _TITLES.items()]
    return {"activity_tabs": lines, "tab": tab}


def history(request, activity: Activity) -> list[tuple[AuditEntry, list[tuple[str, str, str]]]]:
    """What was done to the activity, its items and its registrations, newest first."""
    about: list[tuple[Any, sa.Select]] = [(Activity, sa.select(sa.literal(activity.id)))]
    about += [
        (table, sa.select(table.id).where(table.activity_id == activity.id))
        for table in (ClockinItem, Enrollment)
    ]
    entries = request.db.scalars(
        sa.select(AuditEntry)
        .where(
            sa.or_(
                *(
                    sa.and_(
                        AuditEntry.table_name == table.__tablename__, AuditEntry.row_id.in_(ids)
                    )
                    for table, ids in about
                )
            )
        )
        .order_by(AuditEntry.id.desc())
        .limit(_MOST_ENTRIES)
    )
    return [(entry, audit.changes(entry)) for entry in entries]
