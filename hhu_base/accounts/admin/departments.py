"""系所: how many are in each, and two that become one."""

from __future__ import annotations

from typing import Any

import colander
import sqlalchemy as sa
from sqlalchemy.orm import undefer

from hhu_base.accounts import departments, users
from hhu_base.admin.model_admin import Action, Column, ModelAdmin
from hhu_base.database import lock
from hhu_base.models import Department, User
from hhu_base.rest import Name
from hhu_base.values.form_fields import Relation
from hhu_base.values.refusal import FieldErrors
from hhu_base.web import audit

_MERGED = "合并"


class DepartmentSchema(colander.MappingSchema):
    name = Name(max_length=255, title="名称")


class MergeSchema(colander.MappingSchema):
    target_id = Relation(Department, title="合并到", description="保留这个系所和它的名称。")


def merge(request, rows: list[Department], seen: dict, target_id: int) -> dict[int, str]:
    session = request.db
    kept = session.get_one(Department, target_id)
    if kept in rows:
        raise FieldErrors({"target_id": ["请选择另一个系所：它自己也在要合并的里面。"]})
    actor = session.get_one(User, request.identity.user_id)
    for gone in rows:
        moved = departments.members(session, gone)
        entries = [_moved(user, gone, kept) for user in moved]
        audit.record(request, _MERGED, gone, gone.name, {"系所": gone.name}, {"系所": kept.name})
        departments.merge(session, gone, kept)
        audit.record_many(session, actor, entries)
    return {}


def _moved(user: User, gone: Department, kept: Department) -> dict[str, Any]:
    return {
        "action": audit.CHANGED,
        "table_name": User.__tablename__,
        "row_id": user.id,
        "row_label": f"{user.username} {user.fullname}".strip(),
        "before": {"系所": gone.name},
        "after": {"系所": kept.name},
    }


class DepartmentAdmin(ModelAdmin):
    """系所"""

    path = "/admin/core/departments/"
    model = Department
    schema = DepartmentSchema
    columns = (
        "name",
        Column(
            "members_count",
            "人数",
            href=lambda row: f"/admin/core/users/?f.department_id={row.id}&f.is_active=yes",
        ),
    )
    search = ("search_key",)
    order = ("name",)
    unit = "个"
    hint = "人数是启用的教师；点它看是哪些人。"
    actions = (
        Action(
            "merge",
            "合并",
            do_many=merge,
            confirm="其中的教师，以及会议室等处对它的引用，都改为另一个系所；它自己随后删除。",
            schema=MergeSchema,
            icon="union",
            done="已合并 {} 个系所。",
        ),
    )
    icon = "building"

    def query(self, request) -> sa.Select:
        return sa.select(Department).options(undefer(Department.members_count))

    def before_writing(self, request) -> None:
        lock(request.db, users.LOCK)
