"""Who is there: live figures of an activity, and of one item for the projector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.models import Department, User
from hhu_plugins.activities.models import Clockin, ClockinItem, Enrollment


@dataclass(frozen=True)
class Attendance:
    """How many of those who are enrolled are there. ``name`` is an item's or a department's."""

    name: str
    present: int
    enrolled: int
    department_id: int | None = None

    @property
    def missing(self) -> int:
        return self.enrolled - self.present


@dataclass(frozen=True)
class ItemAttendance:
    """One item: in all, and by department (those without one under "")."""

    item_id: int
    total: Attendance
    departments: list[Attendance]


def of_activity(session: Session, activity_id: int) -> list[ItemAttendance]:
    """Every item of an activity, by the start of their windows."""
    items = session.execute(
        sa.select(ClockinItem.id, ClockinItem.label)
        .where(ClockinItem.activity_id == activity_id)
        .order_by(ClockinItem.from_time, ClockinItem.id)
    ).all()
    counts = [
        sa.func.count().filter(sa.literal(item.label) == sa.any_(Enrollment.attended))
        for item in items
    ]
    name, key = (sa.func.coalesce(of, "") for of in (Department.name, Department.name_key))
    departments: Sequence[Any] = session.execute(
        sa.select(name, sa.func.count(), Department.id, *counts)
        .select_from(Enrollment)
        .join(Enrollment.user)
        .outerjoin(User.department)
        .where(Enrollment.activity_id == activity_id)
        .group_by(name, key, Department.id)
        .order_by(key)
    ).all()
    found = []
    for number, item in enumerate(items, 3):
        by_department = [Attendance(row[0], row[number], row[1], row[2]) for row in departments]
        total = Attendance(
            item.label,
            sum(count.present for count in by_department),
            sum(count.enrolled for count in by_department),
        )
        found.append(ItemAttendance(item.id, total, by_department))
    return found


def of_item(session: Session, item_id: int) -> Attendance | None:
    """The figures under the code on the projector; None: there is no such item."""
    enrolled = sa.select(sa.func.count()).where(Enrollment.activity_id == ClockinItem.activity_id)
    present = sa.select(sa.func.count()).where(Clockin.item_id == ClockinItem.id)
    row = session.execute(
        sa.select(ClockinItem.label, present.scalar_subquery(), enrolled.scalar_subquery()).where(
            ClockinItem.id == item_id
        )
    ).first()
    return Attendance(row[0], row[1], row[2]) if row else None
