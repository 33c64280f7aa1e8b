"""Deleting rows: first it is asked, and the question names what hangs on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from pyramid.httpexceptions import HTTPSeeOther

from hhu_base.admin.action_views import selected_rows
from hhu_base.admin.back_urls import list_url
from hhu_base.admin.permissions import TableContext
from hhu_base.database import Base, among
from hhu_base.plugins.failures import missing_tables
from hhu_base.values.refusal import Refusal
from hhu_base.web import audit, display, sessions
from hhu_base.web.pages import CHANGE, back_url
from hhu_base.web.security import hold_identity

_VANISH, _STAY, _PREVENT = "vanish", "stay", "prevent"
_BY_RULE = {"CASCADE": _VANISH, "SET NULL": _STAY}


@dataclass(frozen=True)
class Dependents:
    """``count`` rows of a table point to what is to be deleted; ``fate`` is what becomes of them."""

    title: str
    count: int
    fate: str
    unit: str = "条"


def confirm(context: TableContext, request) -> dict | HTTPSeeOther:
    """``GET /admin/PLUGIN/TABLE/delete?id=1&id=2``"""
    admin = context.admin
    rows = selected_rows(context, request.GET.getall("id"))
    if not rows or not admin.can_delete:
        return HTTPSeeOther(admin.path)
    found = dependents(request, rows)
    refusals = list(filter(None, (admin.refusal(request, row) for row in rows)))
    return {
        "title": f"删除{admin.title}",
        "admin": admin,
        "list_url": list_url(request, admin),
        "rows": [(row, admin.label(row)) for row in rows],
        "vanish": [each for each in found if each.fate == _VANISH],
        "stay": [each for each in found if each.fate == _STAY],
        "prevent": [each for each in found if each.fate == _PREVENT],
        "refusals": refusals,
        "back": back_url(request) or (admin.url(rows[0]) if len(rows) == 1 else admin.path),
        "came_from": back_url(request),
    }


def delete(context: TableContext, request) -> HTTPSeeOther:
    """``POST /admin/PLUGIN/TABLE/delete``"""
    admin = context.admin
    admin.before_writing(request)
    hold_identity(request)
    rows = selected_rows(context, request.POST.getall("id"))
    problem = None if admin.can_delete else "这里的内容不能删除。"
    for row in rows:
        problem = problem or admin.refusal(request, row)
    labels = [admin.label(row) for row in rows]
    pages = [admin.url(row) for row in rows]
    if not problem:
        problem = _delete_all(admin, request, rows, labels)
    if problem:
        sessions.flash(request, problem, "danger")
        return HTTPSeeOther(back_url(request) or admin.path)
    if rows:
        shown = f"{admin.title}“{labels[0]}”" if len(rows) == 1 else f" {admin.counted(len(rows))}"
        sessions.flash(request, f"已删除{shown}。")
    return HTTPSeeOther(back_url(request, gone=pages) or admin.path)


def _delete_all(admin, request, rows: list, labels: list[str]) -> str | None:
    """All or none; why not, if not."""
    try:
        with request.db.begin_nested():
            for row, label in zip(rows, labels, strict=True):
                before = _in_words(admin, request, row)
                audit.record(request, audit.DELETED, row, label, before)
                admin.delete(request, row)
    except sa.exc.IntegrityError:
        # Somebody was quicker, or what hangs on it is itself held by something.
        return "没有删除：还有其他记录在使用。"
    except Refusal as refused:
        return " ".join(_sentences(refused.payload))
    return None


def dependents(request, rows: list) -> list[Dependents]:
    """What points to these rows, found through the foreign keys of all installed tables."""
    tables = {a.model.__tablename__: a for a in request.registry["admin.tables"].values()}
    target = rows[0].__table__
    ids = [row.id for row in rows]
    counts: dict[tuple[str, str, str], int] = {}
    # Of a plugin that is installed and not migrated nothing can hang on them.
    missing = missing_tables(request.db, Base.metadata.tables)
    for table in Base.metadata.sorted_tables:
        if table.name in missing:
            continue
        for key in table.foreign_keys:
            if key.column.table is not target:
                continue
            statement = sa.select(sa.func.count()).select_from(table).where(among(key.parent, ids))
            count = request.db.scalar(statement)
            admin = tables.get(table.name)
            title = admin.title if admin else table.info.get("title") or table.name
            if count:
                fate = _BY_RULE.get(key.ondelete or "", _PREVENT)
                slot = (title, fate, admin.unit if admin else Dependents.unit)
                counts[slot] = max(count, counts.get(slot, 0))
    return [Dependents(title, count, fate, unit) for (title, fate, unit), count in counts.items()]


def _in_words(admin, request, row: Any) -> dict[str, str]:
    """Title → text of all that has a title: what the form had, and what a list shows besides."""
    registry = request.registry
    bound = admin.form_schema(request, row).bind(
        request=request, registry=registry, zone=registry.site_zone
    )
    nodes = {node.name: node for node in bound.children}
    texts = display.field_texts(request, nodes, admin.read(request, row))
    for name, text in audit.row_values(row).items():
        title = admin.label_of(name)
        if name not in nodes and name != "id" and title != name:
            texts[title] = text
    return {title: text for title, text in texts.items() if text}


def _sentences(payload: dict[str, Any]) -> list[str]:
    return [
        str(sentence)
        for value in payload.values()
        for sentence in (value if isinstance(value, list) else [value])
    ]


def includeme(config) -> None:
    path = "/admin/{plugin}/{table}/delete"
    config.add_route("admin.delete", path, factory=TableContext, declared_table=True)
    config.add_view(
        confirm,
        route_name="admin.delete",
        request_method="GET",
        permission=CHANGE,
        renderer="hhu_base.admin:templates/delete.jinja2",
    )
    config.add_view(delete, route_name="admin.delete", request_method="POST", permission=CHANGE)
