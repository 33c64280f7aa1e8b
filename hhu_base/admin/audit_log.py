"""操作日志: everything that was done in these pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import colander
import sqlalchemy as sa
from pyramid.httpexceptions import HTTPSeeOther

from hhu_base.admin.back_urls import with_back
from hhu_base.admin.filters import occurring
from hhu_base.admin.model_admin import Column, ModelAdmin
from hhu_base.admin.permissions import TableContext, find_row
from hhu_base.database import Base, among
from hhu_base.models import AuditEntry, User
from hhu_base.rest import Instant, Text
from hhu_base.values import text
from hhu_base.web import audit, display, sessions
from hhu_base.web.pages import VIEW, back_url

EMPTY = "（空）"
# So many of the last changes say which objects the filter offers.
_RECENT = 500


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
        # As the index has them.
        Column("table_name", sort=("table_name", "row_id")),
        Column(
            "row_label",
            "对象",
            value=lambda entry: entry,
            sort=("row_label",),
        ),
        Column("changes", "改动", value=lambda entry: "；".join(changes(entry))),
    )
    search = ("search_key",)
    filters = ("at", "actor_id", "action", "table_name", "row_id")
    card = ("row_label", "changes", "actor", "at")
    labels = {"table_name": "类别", "actor_id": "操作人", "row_id": "对象"}
    row_template = "hhu_base.admin:templates/audit_entry.jinja2"
    icon = "clock-history"
    menu_order = 20
    can_add = can_change = can_delete = False

    def shown(self, request, name: str, value: Any) -> Any:
        if name == "table_name":
            table = _table(request, value)
            known = Base.metadata.tables.get(value)
            return table.title if table else known is not None and known.info.get("title") or value
        if name == "row_label":
            return display.Linked(value.row_label, self.object_url(request, value))
        return value

    def filter_options(self, request, name: str) -> dict[str, str] | None:
        if name == "actor_id":
            return _actors(request)
        if name == "row_id":
            return _objects(request)
        return None

    def object_url(self, request, entry: AuditEntry) -> str:
        """Where the row is that it tells of; empty for what has no page, or is deleted."""
        is_there = entry.row_id is not None and entry.action != audit.DELETED
        return self.url(entry, "object") if is_there and _table(request, entry.table_name) else ""

    def row_context(self, request, row: AuditEntry) -> dict[str, Any]:
        all_of_it = {"f.table_name": row.table_name, "f.row_id": row.row_id}
        return {
            "table_title": self.shown(request, "table_name", row.table_name),
            "object_url": self.object_url(request, row),
            "changed": audit.changes(row),
            "about_object": self.path + "?" + urlencode(all_of_it) if row.row_id else "",
            "by_actor": f"{self.path}?f.actor_id={row.actor_id}" if row.actor_id else "",
        }

    def read(self, request, row: AuditEntry) -> dict[str, Any]:
        values = super().read(request, row)
        return values | {"changes": "\n".join(changes(row))}

    def label(self, row: AuditEntry) -> str:
        return f"{row.action} {row.row_label}"


def changes(entry: AuditEntry) -> list[str]:
    """``座位数：8 → 12``, for each field; of what is new or gone, what it is or was."""
    is_change = bool(entry.before) and bool(entry.after)
    return [
        f"{name}：{before or EMPTY} → {after or EMPTY}"
        if is_change
        else f"{name}：{after or before}"
        for name, before, after in audit.changes(entry)
    ]


def show_object(context: TableContext, request) -> HTTPSeeOther:
    """``GET /admin/core/audit/ID/object``: the page of what it tells of, if it is still there."""
    entry = find_row(context)
    table = _table(request, entry.table_name)
    if table is None or entry.row_id is None or request.db.get(table.model, entry.row_id) is None:
        sessions.flash(request, f"“{entry.row_label}”已经删除。", "warning")
        return HTTPSeeOther(context.admin.url(entry))
    return HTTPSeeOther(with_back(table.url() + f"{entry.row_id}/", back_url(request)))


def _table(request, name: str) -> ModelAdmin | None:
    tables = request.registry["admin.tables"].values()
    return next((each for each in tables if each.model.__tablename__ == name), None)


def _actors(request) -> dict[str, str]:
    """Everybody who has done something, by name; what nobody did was the system."""
    ids = request.db.scalars(occurring(AuditEntry.__table__.c.actor_id)).all()
    users = request.db.scalars(
        sa.select(User).where(among(User.id, ids)).order_by(User.name_key, User.id)
    )
    known = {str(user.id): f"{user.fullname} {user.username}".strip() for user in users}
    return known | {str(id_): f"已删除的账号 {id_}" for id_ in ids if str(id_) not in known}


def _objects(request) -> dict[str, str]:
    """Of the chosen table what was changed last, and what is chosen; of all tables nothing."""
    table = text.storable(request.GET.get("f.table_name", ""))
    if not table:
        return {}
    about = (
        sa.select(AuditEntry.row_id, AuditEntry.row_label)
        .where(AuditEntry.table_name == table, AuditEntry.row_id.is_not(None))
        .order_by(AuditEntry.id.desc())
    )
    found = request.db.execute(about.limit(_RECENT)).all()
    chosen = request.GET.get("f.row_id", "")
    if chosen.isascii() and chosen.isdigit() and len(chosen) < 19:
        found += request.db.execute(about.where(AuditEntry.row_id == int(chosen)).limit(1)).all()
    labels: dict[str, str] = {}
    for row_id, label in found:
        labels.setdefault(str(row_id), label or f"#{row_id}")
    return labels


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
    path = r"/admin/{plugin:core}/{table:audit}/{id:\d+}/object"
    config.add_route("admin.audit.object", path, factory=TableContext, declared_table=True)
    config.add_view(
        show_object, route_name="admin.audit.object", request_method="GET", permission=VIEW
    )
