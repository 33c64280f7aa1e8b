"""``GET /admin/statistics/``: the page, which is also the one to print, and its spreadsheet."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import IO, Any
from urllib.parse import urlencode

from pyramid.response import Response

from hhu_base.statistics import periods
from hhu_base.statistics.parts import Block, FigureTable, HeatMap, url_of, value_of
from hhu_base.statistics.periods import NamedPeriod, Period
from hhu_base.values import spreadsheets
from hhu_base.values.spreadsheets import xlsx_files
from hhu_base.web import responses
from hhu_base.web.pages import VIEW, AdminRoot

PATH = "/admin/statistics/"
PERMISSION = "statistics.view"
_FAILED = "这一部分暂时算不出来，已经记入日志。"


def show(request) -> dict[str, Any]:
    """``?period=KEY`` or ``?from=2026-09-01&to=2026-12-31``"""
    terms, months, period, key = _period(request)
    found = _parts(request, period)
    chosen = {"period": key} if key else {"from": period.first, "to": period.last}
    return {
        "title": "统计",
        "period": period,
        "key": key,
        "terms": terms,
        "months": months,
        "query": urlencode(chosen),
        "parts": found,
        "failed": _FAILED,
        "value_of": value_of,
        "url_of": url_of,
        "is_map": lambda block: isinstance(block, HeatMap),
        "is_table": lambda block: isinstance(block, FigureTable),
        "text": _text,
    }


def export(request) -> Response:
    """``GET /admin/statistics/export.xlsx``: a sheet for each block, all lines of it."""
    _, _, period, _ = _period(request)
    sheets = [
        (f"{title} {block.title}", *_split(block))
        for _, title, blocks, _ in _parts(request, period)
        for block in blocks or ()
    ]
    file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=2**20)  # noqa: SIM115
    xlsx_files.write_book(file, sheets or [("统计", ["没有可以统计的服务。"], [])])
    name = f"统计 {period.first}—{period.counted}"
    return responses.table(file, name, "xlsx")


def _split(block: Block) -> tuple[Sequence[Any], Sequence[Sequence[Any]]]:
    header, *rows = (
        [spreadsheets.escape(cell) if isinstance(cell, str) else cell for cell in row]
        for row in block.rows()
    )
    return header, rows


def _period(request) -> tuple[list[NamedPeriod], list[NamedPeriod], Period, str]:
    registry = request.registry
    zone = registry.site_zone
    today = datetime.now(zone).date()
    months = periods.months(today)
    terms: list[NamedPeriod] = []
    for plugin, find in registry["statistics.periods"]:
        terms += registry["plugins.failures"].attempt(
            plugin, "periods", partial(find, request), session=request.db, otherwise=[]
        )
    period, key = periods.read(request.GET, today, zone, [*terms, *months])
    return terms, months, period, key


def _parts(request, period: Period) -> list[tuple[str, str, list[Block] | None, bool]]:
    """Name, title, blocks (None: they can't be had), and whether their lists may be opened."""
    registry = request.registry
    found = []
    root = AdminRoot(request)
    for part in sorted(registry["statistics.parts"], key=lambda each: (each.order, each.name)):
        blocks = registry["plugins.failures"].attempt(
            part.plugin,
            f"statistics {part.name}",
            partial(part.find, request, period),
            session=request.db,
        )
        may_open = bool(request.has_permission(f"{part.plugin}.{VIEW}", root))
        found.append((part.name, part.title, blocks, may_open))
    return found


def _text(value: Any) -> str:
    """A number as people read it."""
    if value is None:
        return "—"
    if isinstance(value, float):
        return f"{value:,.1f}".removesuffix(".0")
    return f"{value:,}" if isinstance(value, int) else str(value)


def includeme(config) -> None:
    # A part of the menu, and a right, of its own; no plugin has its name.
    config.registry["admin.sections"].setdefault("statistics", "统计")
    config.add_admin_page(
        show,
        PATH,
        "统计",
        permission=PERMISSION,
        icon="bar-chart-line",
        request_method="GET",
        renderer="hhu_base.statistics:templates/statistics.jinja2",
    )
    path = PATH + "export.xlsx"
    config.add_route(path, path, factory=AdminRoot)
    config.add_view(export, route_name=path, request_method="GET", permission=PERMISSION)
