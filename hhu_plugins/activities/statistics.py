"""Who enrolled and who came: the figures of the office's page."""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa

from hhu_base.models import Department, User
from hhu_base.statistics import Figure, Figures, FigureTable, Linked, Period
from hhu_plugins.activities.models import Activity, ClockinItem, Enrollment

ACTIVITIES = "/admin/activities/activities/"
ENROLLMENTS = "/admin/activities/enrollments/"
_CAME = sa.func.cardinality(Enrollment.attended) > 0


def find(request, period: Period) -> list[Any]:
    """The part of the page: of the activities that began in these days."""
    is_in = (Activity.time_start >= period.start, Activity.time_start < period.end)
    has_items = sa.exists().where(ClockinItem.activity_id == Activity.id)
    enrolled, came = sa.func.count(Enrollment.id), sa.func.count(Enrollment.id).filter(_CAME)
    activities = request.db.execute(
        sa.select(
            Activity.id,
            Activity.name,
            Activity.participants_total_limit,
            has_items.label("has_items"),
            enrolled.label("enrolled"),
            came.label("came"),
        )
        .outerjoin(Enrollment, Enrollment.activity_id == Activity.id)
        .where(*is_in)
        .group_by(Activity.id)
        .order_by(enrolled.desc(), Activity.id.desc())
    ).all()
    departments = request.db.execute(
        sa.select(
            User.department_id,
            sa.func.coalesce(Department.name, "（无系所）").label("name"),
            enrolled.label("enrolled"),
            came.label("came"),
            # Nobody can have come to what has nothing to clock in for.
            enrolled.filter(has_items).label("expected"),
        )
        .select_from(Enrollment)
        .join(Activity, Activity.id == Enrollment.activity_id)
        .join(User, User.id == Enrollment.user_id)
        .outerjoin(Department, Department.id == User.department_id)
        .where(*is_in)
        .group_by(User.department_id, Department.name)
        .order_by(enrolled.desc())
    ).all()
    sums: dict[str, int] = defaultdict(int)
    for row in activities:
        sums["enrolled"] += row.enrolled
        sums["came"] += row.came
        sums["expected"] += row.enrolled if row.has_items else 0
    return [
        Figures(
            "",
            [
                Figure("活动", len(activities), f"{ACTIVITIES}?{period.list_query('time_start')}"),
                Figure("报名人次", sums["enrolled"], _list(period)),
                Figure("到场人次", sums["came"], _list(period, came="yes")),
                Figure("到场率（%）", _percent(sums["came"], sums["expected"])),
            ],
        ),
        FigureTable(
            "活动",
            ["活动", "到场率（%）", "报名", "到场", "没来", "名额"],
            [_of_activity(row) for row in activities],
            bar=1,
            note="到场是至少打过一次卡；没有打卡项的活动不计算到场率。",
        ),
        FigureTable(
            "系所",
            ["系所", "报名", "到场", "到场率（%）"],
            [_of_department(period, row) for row in departments],
            bar=1,
        ),
    ]


def _of_activity(row: Any) -> list[Any]:
    def listed(value: int, **asked: object) -> Linked:
        return Linked(value, f"{ENROLLMENTS}?{urlencode({'activity': row.id, **asked})}")

    name = Linked(row.name, f"{ACTIVITIES}{row.id}/")
    if not row.has_items:
        return [name, None, listed(row.enrolled), None, None, row.participants_total_limit]
    return [
        name,
        _percent(row.came, row.enrolled),
        listed(row.enrolled),
        listed(row.came, came="yes"),
        listed(row.enrolled - row.came, came="no"),
        row.participants_total_limit,
    ]


def _of_department(period: Period, row: Any) -> list[Any]:
    department = row.department_id or "none"
    return [
        row.name,
        Linked(row.enrolled, _list(period, department=department)),
        Linked(row.came, _list(period, department=department, came="yes")),
        _percent(row.came, row.expected),
    ]


def _list(period: Period, **asked: object) -> str:
    held = {"held_from": period.first, "held_to": period.counted}
    return f"{ENROLLMENTS}?{urlencode(held | asked)}"


def _percent(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 1) if whole else None
