"""Tables as files: read and written by the file's type, XLSX or CSV."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import IO

from hhu_base.values.spreadsheets.tables import (
    _SAVE_AS,
    MAX_BYTES,
    Table,
    TableError,
    _what_the_old_format_is,
    escape,
)

TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


def read_table(name: str, content: bytes) -> Table:
    """The table in a file of this name, here and now. Raises TableError.

    For files from outside there is ``hhu_base.documents.reader``, which does it elsewhere.
    """
    from hhu_base.values.spreadsheets import csv_files, xlsx_files

    if len(content) > MAX_BYTES:
        raise TableError(f"文件超过 {MAX_BYTES // 2**20} MB。")
    if not content.strip():
        raise TableError("文件是空的。")
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise TableError(_what_the_old_format_is(content))
    if content.startswith(b"PK"):
        return xlsx_files.read(content)
    # In UTF-16 there is a zero between the letters.
    head = content[:8192].replace(b"\0", b"").lower()
    if b"<html" in head or b"<table" in head or b"mime-version:" in head:
        raise TableError(f"这其实是网页（HTML），不是表格文件。{_SAVE_AS}")
    if b"urn:schemas-microsoft-com:office:spreadsheet" in head:
        raise TableError(f"这是 XML 表格（2003 格式）。{_SAVE_AS}")
    if PurePath(name).suffix.lower() in (".xlsx", ".xlsm", ".xls", ".et", ".ods"):
        raise TableError(f"这不是 XLSX 文件，或者已经损坏。{_SAVE_AS}")
    return csv_files.read(content)


def write_table(name: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """The content of a file of this name, to be read again. Raises TableError for an unknown suffix."""
    from hhu_base.values.spreadsheets.xlsx_files import MAX_CELL

    kind = PurePath(name).suffix.lower().removeprefix(".")
    if kind not in TYPES:
        raise TableError("文件名应以 .xlsx 或 .csv 结尾。")
    if kind == "xlsx":
        # Excel cuts it; an empty cell at least changes nothing when it is imported again.
        rows = ([cell if len(cell) < MAX_CELL else "" for cell in row] for row in rows)
    out = io.BytesIO()
    write(out, kind, "Sheet1", header, rows)
    return out.getvalue()


def write(
    file: IO[bytes],
    kind: str,
    title: str,
    header: Sequence[str],
    rows: Iterable[Sequence[str | float]],
) -> None:
    """Write the rows as ``xlsx`` or ``csv``. Whatever a text begins with, it is no formula."""
    from hhu_base.values.spreadsheets import csv_files, xlsx_files

    module = xlsx_files if kind == "xlsx" else csv_files
    module.write(
        file,
        title,
        [escape(each) for each in header],
        ([escape(each) if isinstance(each, str) else each for each in row] for row in rows),
    )
