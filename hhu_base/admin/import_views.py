"""The pages of an import into a declared table: upload, look at what would happen, agree.

What was read travels in the page, so that nothing is kept for users who never agree; they could
add the same by hand, and all of it is looked at again.
"""

from __future__ import annotations

import json
from dataclasses import astuple
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther

from hhu_base.admin.permissions import TableContext
from hhu_base.admin.row_import import (
    MAX_ROWS,
    Outcome,
    SheetRow,
    columns_of,
    import_rows,
    key_titles,
    read_rows,
    text_of,
)
from hhu_base.database.transactions import abort, commit
from hhu_base.documents.reader import read_table
from hhu_base.values.refusal import Refusal
from hhu_base.values.spreadsheets.headers import REASONS
from hhu_base.values.spreadsheets.tables import TableError
from hhu_base.values.text import is_storable
from hhu_base.web import sessions
from hhu_base.web.pages import CHANGE
from hhu_base.web.responses import download
from hhu_base.web.security import hold_identity
from hhu_base.web.uploads import posted_file

MAX_BYTES = 5 * 2**20
# Of what was read, as it travels in the page.
MAX_CHARACTERS = 2**20
OUTDATED = "预演之后有人改动了这些内容，所以没有导入。下面是新的预演，请再看一遍。"


def show_form(context: TableContext, request) -> dict[str, Any]:
    """``GET /admin/PLUGIN/TABLE/import``"""
    return _page(context, request)


def upload(context: TableContext, request) -> dict[str, Any] | HTTPSeeOther:
    """``POST /admin/PLUGIN/TABLE/import``: a file, or the rows of one that were agreed to."""
    if "rows" in request.POST:
        return _agree(context, request)
    name, content = posted_file(request, MAX_BYTES)
    try:
        if not name:
            raise TableError("请先选择一个文件。")
        if len(content) > MAX_BYTES:
            raise TableError(f"文件超过 {MAX_BYTES // 2**20} MB。")
        # Reading takes seconds, in which nobody waits for this connection.
        commit(request)
        rows, ignored = read_rows(context.admin, request, read_table(name, content))
        if len(_dump(rows)) > MAX_CHARACTERS:
            raise TableError("表格的内容太多，请分成几个文件。")
    except TableError as error:
        request.response.status = 400
        return _page(context, request, error=str(error))
    outcome = import_rows(context.admin, request, rows)
    abort(request)
    notes = [f"不认识的列，不会导入：{'、'.join(ignored)}。"] if ignored else []
    return _page(context, request, outcome, rows, notes=notes, file_name=name)


def _agree(context: TableContext, request) -> dict[str, Any] | HTTPSeeOther:
    admin = context.admin
    rows = _load(request.POST["rows"])
    hold_identity(request)
    outcome = import_rows(admin, request, rows)
    if outcome.bad or outcome.digest() != request.POST.get("agreed"):
        abort(request)
        request.response.status = 409
        name = "".join(filter(str.isprintable, request.POST.get("file_name", "")))[:200]
        return _page(context, request, outcome, rows, file_name=name, problem=OUTDATED)
    added, changed = len(outcome.added), len(outcome.changed)
    sessions.flash(
        request, f"已导入{admin.title}：新增 {added} {admin.unit}，修改 {changed} {admin.unit}。"
    )
    return HTTPSeeOther(admin.path)


def download_rows(context: TableContext, request):
    """``GET /admin/PLUGIN/TABLE/import.xlsx``: all that there is, to change and import again."""
    admin = context.admin
    columns = columns_of(admin, request)
    rows = request.db.scalars(
        admin.query(request)
        .order_by(*(getattr(admin.model, name) for name in admin.import_key), admin.key)
        .execution_options(yield_per=500)
    )
    return download(
        request, admin.title, list(columns), (_cells(admin, request, columns, row) for row in rows)
    )


def download_bad(context: TableContext, request):
    """``POST /admin/PLUGIN/TABLE/import-bad.xlsx``: the bad rows of a page, to mend and bring back."""
    admin = context.admin
    rows = _load(request.POST.get("rows", ""))
    titles = [
        title
        for title in columns_of(admin, request)
        if any(title in row.texts for row in rows) or title in key_titles(admin)
    ]
    cells = (
        ["；".join(row.problems), *(row.texts.get(title, "") for title in titles)] for row in rows
    )
    return download(request, f"{admin.title}-有误的行", [REASONS, *titles], cells)


def _cells(admin, request, columns, row) -> list[Any]:
    values = admin.read(request, row)
    return [text_of(request, node, values.get(node.name)) for node in columns.values()]


def _page(
    context: TableContext,
    request,
    outcome: Outcome | None = None,
    rows: list[SheetRow] | None = None,
    **more: Any,
) -> dict[str, Any]:
    admin = context.admin
    keys = key_titles(admin)
    return {
        "title": f"导入{admin.title}" if outcome is None else "导入预演",
        "admin": admin,
        "outcome": outcome,
        "rows": _dump(rows or []),
        **_parts(rows or [], outcome),
        "reasons_title": REASONS,
        "keys": keys,
        "others": [title for title in columns_of(admin, request) if title not in keys],
        "max_rows": MAX_ROWS,
        "max_bytes": MAX_BYTES,
        "error": "",
        "problem": "",
        "notes": [],
        "file_name": "",
    } | more


def _parts(rows: list[SheetRow], outcome: Outcome | None) -> dict[str, str]:
    """The bad rows with what is wrong with each, and the others."""
    reasons = {bad.number: bad.reasons for bad in outcome.bad} if outcome else {}
    bad = [
        SheetRow(row.number, row.texts, reasons[row.number])
        for row in rows
        if row.number in reasons
    ]
    return {
        "bad_rows": _dump(bad),
        "good_rows": _dump([row for row in rows if row.number not in reasons]),
    }


def _dump(rows: list[SheetRow]) -> str:
    return json.dumps([astuple(row) for row in rows], ensure_ascii=False)


def _load(text: Any) -> list[SheetRow]:
    """Raises Refusal for what no page of ours has sent."""
    try:
        if len(text) > 2 * MAX_CHARACTERS:  # \r\n for each \n
            raise ValueError
        rows = [SheetRow(number, texts, problems) for number, texts, problems in json.loads(text)]
        if not 0 < len(rows) <= MAX_ROWS or not all(_is_sound(row) for row in rows):
            raise ValueError
    except (ValueError, TypeError, RecursionError):
        raise Refusal("请求格式错误。") from None
    return rows


def _is_sound(row: SheetRow) -> bool:
    return (
        isinstance(row.number, int)
        and isinstance(row.texts, dict)
        and all(isinstance(each, str) and is_storable(each) for each in row.texts.values())
        and isinstance(row.problems, list)
        and all(isinstance(each, str) and is_storable(each) for each in row.problems)
    )


def includeme(config) -> None:
    for name, path in (
        ("admin.import", "/admin/{plugin}/{table}/import"),
        ("admin.import.rows", "/admin/{plugin}/{table}/import.{kind:xlsx|csv}"),
    ):
        config.add_route(name, path, factory=TableContext, declared_table="import_key")
    for view, method, options in (
        (show_form, "GET", {}),
        (upload, "POST", {"takes_files": True}),
    ):
        config.add_view(
            view,
            route_name="admin.import",
            request_method=method,
            permission=CHANGE,
            renderer="hhu_base.admin:templates/import.jinja2",
            **options,
        )
    bad_path = "/admin/{plugin}/{table}/import-bad.{kind:xlsx|csv}"
    config.add_route(
        "admin.import.bad", bad_path, factory=TableContext, declared_table="import_key"
    )
    config.add_view(
        download_bad, route_name="admin.import.bad", request_method="POST", permission=CHANGE
    )
    config.add_view(
        download_rows, route_name="admin.import.rows", request_method="GET", permission=CHANGE
    )
