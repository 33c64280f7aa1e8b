"""操作日志: everything that was done in these pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import colander

from hhu_base.admin.model_admin import Column, ModelAdmin
from hhu_base.models import AuditEntry
from hhu_base.rest import Instant, Text
from hhu_base.web import audit, display


class AuditSchema(colander.MappingSchema):
    """Nothing of it can be edited: it is for looking at."""

    at = Instant(title="时间")
    actor = Text(title="操作人")
    action = Text(title="操作")
    row_label = Text(title="对象")
    changes = Text(title="改动")


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
        Column("changes", "改动", value=lambda entry: "；".join(changes(entry))),
    )
    search = ("search_key",)
    filters = ("at", "action", "table_name")
    labels = {"table_name": "类别"}
    icon = "clock-history"
    menu_order = 20
    can_add = can_change = can_delete = False

    def shown(self, request, name: str, value: Any) -> Any:
        if name == "table_name":
            tables = request.registry["admin.tables"].values()
            titles = {admin.model.__tablename__: admin.title for admin in tables}
            return titles.get(value, value)
        return value

    def read(self, request, row: AuditEntry) -> dict[str, Any]:
        values = super().read(request, row)
        return values | {"changes": "\n".join(changes(row))}

    def label(self, row: AuditEntry) -> str:
        return f"{row.action} {row.row_label}"


def changes(entry: AuditEntry) -> list[str]:
    """``座位数：8 → 12``, for each field."""
    return [
        f"{name}：{before} → {after}" if before and after else f"{name}：{after or before}"
        for name, before, after in audit.changes(entry)
    ]


@contextmanager
def audited(request, row: Any, action: str) -> Iterator[None]:
    """Record what becomes of the form's fields of ``row`` inside, in the same transaction."""
    admin = request.registry["admin.by_model"][type(row)]

    def texts() -> dict[str, str]:
        return display.field_texts(request, admin.nodes, admin.read(request, row))

    before = texts()
    yield
    request.db.flush()
    audit.record(request, action, row, admin.label(row), before, texts())


def includeme(config) -> None:
    config.add_model_admin(AuditAdmin)
