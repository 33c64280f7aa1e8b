"""The columns of 报名记录: what stands at their heads, and how each is sorted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from hhu_base.admin import Headings
from hhu_base.models import Department, User
from hhu_plugins.activities.admin.enrollment_filters import Asked
from hhu_plugins.activities.models import Activity, Enrollment

# By pinyin; a registration always has an activity, a teacher not always a department.
_DEPARTMENT = (
    sa.select(Department.name_key).where(Department.id == User.department_id).scalar_subquery()
)
_ACTIVITY = (
    sa.select(Activity.name_key).where(Activity.id == Enrollment.activity_id).scalar_subquery()
)


def headings(request, asked: Asked, fields: Sequence[str]) -> Headings:
    """Of one activity a column for each of the ``fields`` and each clock-in."""
    columns: dict[str, tuple[str, Any]] = {
        "name": ("姓名", User.name_key),
        "department": ("系所", _DEPARTMENT),
    }
    if asked.activity is None:
        columns |= {
            "activity": ("活动", _ACTIVITY),
            "time": ("报名时间", Enrollment.enroll_time),
            "answers": ("报名信息", None),
            "attended": ("已打卡", sa.func.cardinality(Enrollment.attended)),
        }
        return Headings(request, columns, "-time")
    columns |= {"phone": ("手机", User.phone), "time": ("报名时间", Enrollment.enroll_time)}
    answers = sa.cast(Enrollment.participating_metas, JSONB)
    columns |= {f"field.{name}": (name, answers[name]) for name in fields}
    columns |= {
        f"item.{label}": (label, sa.literal(label) == sa.any_(Enrollment.attended))
        for label in asked.labels
    }
    return Headings(request, columns, "-time")


def in_order(request, asked: Asked, statement: sa.Select) -> sa.Select:
    """The registrations in the order that was asked for; unasked, the newest first.

    Also by a field that the form no longer has: old answers are columns, too.
    """
    _, is_field, name = asked.sort.partition("field.")
    heads = headings(request, asked, [name] if is_field else [])
    return statement.order_by(None).order_by(*heads.order(Enrollment.id.desc()))
