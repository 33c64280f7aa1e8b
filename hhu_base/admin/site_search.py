"""``GET /admin/search/``: the search over all tables that the person who is signed in may see, and the menu."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from hhu_base.admin.model_admin import ModelAdmin
from hhu_base.admin.permissions import TableContext
from hhu_base.admin.search import FieldPaths, contains
from hhu_base.plugins.failures import CORE
from hhu_base.values import pinyin
from hhu_base.web.layout import Shell
from hhu_base.web.pages import VIEW, AdminRoot
from hhu_base.web.search import MOST_HITS, Hit, Search, SearchPart
from hhu_base.web.security import STAFF

PATH = "/admin/search/"


def show_search(request) -> dict[str, Any]:
    """``GET /admin/search/``, and ``/admin/search/results``, the part that changes while one types."""
    return {"title": "搜索", "search": Search(request, _parts(request))}


def _parts(request) -> Iterator[SearchPart]:
    yield SearchPart(CORE, "menu", "菜单", _find_lines)
    for admin in request.registry["admin.tables"].values():
        if not (admin.search and admin.is_in_menu):
            continue
        if request.has_permission(VIEW, TableContext(request, admin)):
            find = partial(_find_rows, admin)
            more = f"{admin.path}?q="
            yield SearchPart(admin.plugin, admin.path, admin.title, find, more=more)


def _find_lines(request, words: list[str]) -> list[Hit]:
    return [
        Hit(line.title, section, line.path, line.icon)
        for section, lines in Shell(request).menu
        for line in lines
        if all(pinyin.is_named(line.title, word) for word in words)
    ]


def _find_rows(admin: ModelAdmin, request, words: list[str]) -> list[Hit]:
    """Those that the table's own search finds, the newest first."""
    reach = FieldPaths(admin.model)
    found = (contains(reach, admin.search, word) for word in words)
    rows = request.db.scalars(
        admin.query(request)
        .where(*found)
        .order_by(None)
        .order_by(admin.key.desc())
        .limit(MOST_HITS)
    )
    return [
        Hit(admin.label(row), admin.note(row), admin.url(row), admin.icon) for row in rows.unique()
    ]


def includeme(config) -> None:
    for path, template in (
        (PATH, "hhu_base.admin:templates/search.jinja2"),
        (f"{PATH}results", "hhu_base.web:templates/search_results.jinja2"),
    ):
        config.add_route(path, path, factory=AdminRoot, request_method="GET")
        config.add_view(show_search, route_name=path, permission=STAFF, renderer=template)
