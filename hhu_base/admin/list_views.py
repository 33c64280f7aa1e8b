"""The list of a declared table, the same as a file, and its rows for those who search by typing."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.response import Response

from hhu_base.admin.listing import Listing
from hhu_base.admin.model_admin import Action
from hhu_base.admin.permissions import TableContext
from hhu_base.admin.search import FieldPaths, contains, few_ids
from hhu_base.database import among
from hhu_base.values import text
from hhu_base.values.search import SearchError, search_words
from hhu_base.web import display
from hhu_base.web.pages import CHANGE, OPTIONS, VIEW
from hhu_base.web.responses import download

_MOST_FOUND = 20


def show_list(context: TableContext, request) -> dict:
    """``GET /admin/PLUGIN/TABLE/``"""
    admin = context.admin
    listing = Listing(admin, request)
    if listing.problem:
        request.response.status = 400
    may_change = bool(request.has_permission(CHANGE))
    deeds = [action for action in admin.actions if action.is_in_list] if may_change else []
    rows = [
        (row, admin.label(row), listing.cells(row), _deeds_for(context, row, deeds))
        for row in listing.rows
    ]
    return {
        "title": admin.title,
        "admin": admin,
        "listing": listing,
        "rows": rows,
        "has_deeds": any(deeds for *_, deeds in rows),
        "first": (listing.page - 1) * admin.page_size + 1,
        "can_add": may_change and admin.can_add,
        "can_delete": may_change and admin.can_delete,
        "bulk_actions": [a for a in admin.actions if a.is_bulk] if may_change else [],
    }


def export(context: TableContext, request) -> Response:
    """``GET /admin/PLUGIN/TABLE/export.xlsx`` and ``…/export.csv``, with the list's parameters."""
    admin = context.admin
    listing = Listing(admin, request)
    if listing.problem:
        return HTTPSeeOther(listing.url())  # the list says it
    titles = [heading.label for heading in listing.headings]
    rows = (_values(request, listing, row) for row in listing.all_rows())
    return download(request, admin.title, titles, rows)


def _values(request, listing: Listing, row: Any) -> list[Any]:
    return [
        value
        if isinstance(value, int) and not isinstance(value, bool)
        else display.text_of(request, value)
        for value in (listing.cell(row, column) for column in listing.columns)
    ]


def _deeds_for(context: TableContext, row: Any, deeds: list[Action]) -> list[Action]:
    fitting = [action for action in deeds if action.is_for(row)]
    return fitting if fitting and not context.admin.refusal(context.request, row) else []


def find_options(context: TableContext, request) -> dict:
    """``GET /admin/PLUGIN/TABLE/options?q=…``: id and label of the rows that fit, for a select."""
    admin = context.admin
    reach = FieldPaths(admin.model)
    conditions = []
    try:
        words = search_words(text.storable(request.GET.get("q", "")))
    except SearchError as refusal:
        request.response.status = 400
        return {"results": [], "detail": str(refusal)}
    for word in words if admin.search else ():
        conditions.append(contains(reach, admin.search, word))
    order = [reach.column(reach.order(path)) for path in admin.order if "-" not in path]
    found = reach.join(admin.query(request)).where(*conditions)
    few = few_ids(request, admin.key, found) if conditions else None
    if few is not None:
        found = reach.join(admin.query(request).where(among(admin.key, few)))
    statement = found.order_by(*order, admin.key)
    rows = request.db.scalars(statement.limit(_MOST_FOUND)).unique()
    results = [
        {"id": str(row.id), "text": admin.label(row), "note": admin.note(row)} for row in rows
    ]
    return {"results": results}


def includeme(config) -> None:
    list_path = "/admin/{plugin}/{table}/"
    options_path = "/admin/{plugin}/{table}/options"
    for name, path in (("admin.list", list_path), ("admin.options", options_path)):
        config.add_route(name, path, factory=TableContext, declared_table=True)
    config.add_view(
        show_list,
        route_name="admin.list",
        request_method="GET",
        permission=VIEW,
        renderer="hhu_base.admin:templates/list.jinja2",
    )
    config.add_view(
        find_options,
        route_name="admin.options",
        request_method="GET",
        permission=OPTIONS,
        renderer="json",
    )
    export_path = "/admin/{plugin}/{table}/export.{kind:xlsx|csv}"
    config.add_route("admin.export", export_path, factory=TableContext, declared_table=True)
    config.add_view(export, route_name="admin.export", request_method="GET", permission=VIEW)
