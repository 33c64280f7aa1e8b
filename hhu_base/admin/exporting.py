"""What a list shows as a file: XLSX, or CSV that Excel opens in Chinese.

Written to a temporary file first: the response leaves after the transaction has ended.
"""

from __future__ import annotations

import codecs
import csv
import tempfile
from collections.abc import Iterable
from datetime import datetime
from typing import IO, Any
from urllib.parse import quote

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.response import FileIter, Response

from hhu_base.admin.listing import Listing
from hhu_base.admin.permissions import TableContext
from hhu_base.values import text
from hhu_base.web import display
from hhu_base.web.pages import VIEW

_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
_IN_MEMORY = 2**20
# What Excel and its kin would compute instead of showing; a Chinese Excel reads full-width, too.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def export(context: TableContext, request) -> Response:
    """``GET /admin/PLUGIN/TABLE/export.xlsx`` and ``…/export.csv``, with the list's parameters."""
    admin = context.admin
    listing = Listing(admin, request)
    if listing.problem:
        return HTTPSeeOther(listing.url())  # the list says it
    titles = [heading.label for heading in listing.headings]
    rows = (_values(request, listing, row) for row in listing.all_rows())
    return download(request, admin.title, titles, rows)


def download(request, title: str, titles: list[str], rows: Iterable[list]) -> Response:
    """The rows as a file of the kind that the path asks for; also for pages of their own."""
    kind = request.matchdict["kind"]
    file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115
    (_write_xlsx if kind == "xlsx" else _write_csv)(file, title, titles, rows)
    length = file.tell()
    file.seek(0)
    day = datetime.now(request.registry.site_zone)
    name = quote(f"{title}-{day:%Y%m%d-%H%M}.{kind}")
    return Response(
        app_iter=FileIter(file),
        content_length=length,
        headerlist=[
            ("Content-Type", _TYPES[kind]),
            ("Content-Disposition", f"attachment; filename=export.{kind}; filename*=UTF-8''{name}"),
        ],
    )


def safe(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula gets an apostrophe in front."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return "'" + value
    return value


def _values(request, listing: Listing, row: Any) -> list[Any]:
    return [
        value
        if isinstance(value, int) and not isinstance(value, bool)
        else display.text_of(request, value)
        for value in (listing.cell(row, column) for column in listing.admin.all_columns)
    ]


def _write_csv(file: IO[bytes], title: str, titles: list[str], rows: Iterable[list]) -> None:
    file.write(codecs.BOM_UTF8)
    writer = csv.writer(codecs.getwriter("utf-8")(file))
    writer.writerow([safe(each) for each in titles])
    for row in rows:
        writer.writerow([safe(value) for value in row])


def _write_xlsx(file: IO[bytes], title: str, titles: list[str], rows: Iterable[list]) -> None:
    from openpyxl import Workbook

    def cell(value: Any) -> Any:
        # Older rows may hold what XML can't.
        return safe(text.storable(value)) if isinstance(value, str) else value

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = "A2"
    # Titles are typed by people as well: the fields of a registration form.
    sheet.append([cell(each) for each in titles])
    for row in rows:
        sheet.append([cell(each) for each in row])
    book.save(file)


def includeme(config) -> None:
    path = "/admin/{plugin}/{table}/export.{kind:xlsx|csv}"
    config.add_route("admin.export", path, factory=TableContext, declared_table=True)
    config.add_view(export, route_name="admin.export", request_method="GET", permission=VIEW)
