"""操作日志: everything that was done in these pages."""

from __future__ import annotations

from typing import Any

import colander

from hhu_base.admin.model_admin import Column, ModelAdmin
from hhu_base.models import AuditEntry
from hhu_base.rest import Text


class AuditSchema(colander.MappingSchema):
    """Only the titles are used: nothing here can be edited."""

    actor = Text(title="操作人")
    action = Text(title="操作")
    row_label = Text(title="对象")


class AuditAdmin(ModelAdmin):
    """操作日志"""

    path = "/admin/core/audit/"
    model = AuditEntry
    schema = AuditSchema
    columns = (
        Column("at", "时间", sort=("id",)),
        "actor",
        "action",
        "table_name",
        "row_label",
        Column("changes", "改动", value=lambda entry: summary(entry)),
    )
    search = ("actor", "action", "row_label")
    filters = ("at", "action", "table_name")
    labels = {"at": "时间", "table_name": "数据表"}
    icon = "clock-history"
    can_add = can_change = can_delete = False

    def shown(self, request, name: str, value: Any) -> Any:
        if name == "table_name":
            tables = request.registry["admin.tables"].values()
            titles = {admin.model.__tablename__: admin.title for admin in tables}
            return titles.get(value, value)
        return value

    def label(self, row: AuditEntry) -> str:
        return f"{row.action} {row.row_label}"


def summary(entry: AuditEntry) -> str:
    """``地点：勤学楼 → 致高楼；座位数：8 → 12``."""
    parts = []
    for name in {**entry.before, **entry.after}:
        before, after = entry.before.get(name, ""), entry.after.get(name, "")
        parts.append(
            f"{name}：{before} → {after}" if before and after else f"{name}：{after or before}"
        )
    return "；".join(parts)
