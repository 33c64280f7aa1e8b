"""Tables that come and go as files: XLSX, or CSV as Excel and WPS write it.

Whatever the file, a cell arrives as text, or as a ``BadCell`` that says why it is none. Row
numbers are those that the spreadsheet shows.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

MAX_BYTES = 20 * 2**20
MAX_ROWS = 20_000
# Above the people there is the header, and perhaps a title.
ROWS_BESIDE = 10
# Far more than anybody's list has; a cell far to the right must not cost memory.
MAX_COLUMNS = 200
MAX_CELLS = 600_000

# What Excel, WPS and LibreOffice take for a formula when a cell of text begins with it.
_FORMULA_STARTS = "=+-@\t\r\n＝＋－＠"
_EXACT_DIGITS = 15
# How other programs keep Excel from taking a number for one.
_GUARDED = re.compile(r'="((?:[^"]|"")*)"', re.DOTALL)
_DIGITS = re.compile(r"\+?[0-9][0-9 -]*")
_SAVE_AS = "请在 Excel 或 WPS 里打开，另存为 .xlsx 再上传。"


class TableError(Exception):
    """The file as a whole can't be used; the message is a sentence for people."""


@dataclass(frozen=True)
class BadCell:
    """A cell that holds no text."""

    reason: str


Cell = str | BadCell


@dataclass
class Table:
    """The first sheet of a file: ``rows`` are ``(number, cells)``."""

    rows: list[tuple[int, list[Cell]]]
    merged_rows: set[int] = field(default_factory=set)


def read_table(name: str, content: bytes) -> Table:
    """The table in a file of this name, here and now. Raises TableError.

    For files from outside there is ``hhu_base.documents.reader``, which does it elsewhere.
    """
    from hhu_base.people import csv_files, xlsx_files

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


def _what_the_old_format_is(content: bytes) -> str:
    if "EncryptedPackage".encode("utf-16-le") in content:
        return "这个文件设有打开密码。请在 Excel 或 WPS 里取消密码，保存后再上传。"
    return f"这是旧的 .xls 格式。{_SAVE_AS}"


def as_json(table: Table) -> dict[str, Any]:
    """A table for another process; ``from_json`` undoes it."""
    rows = [
        (number, [cell if isinstance(cell, str) else [cell.reason] for cell in cells])
        for number, cells in table.rows
    ]
    # There may be a million merged rows, most of them empty.
    return {"rows": rows, "merged": [number for number, _ in rows if number in table.merged_rows]}


def from_json(value: dict[str, Any]) -> Table:
    rows = [
        (number, [cell if isinstance(cell, str) else BadCell(*cell) for cell in cells])
        for number, cells in value["rows"]
    ]
    return Table(rows, set(value["merged"]))


def write_table(name: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """The content of a file of this name. Raises TableError for an unknown suffix."""
    from hhu_base.people import csv_files, xlsx_files

    writers = {".xlsx": xlsx_files.write, ".csv": csv_files.write}
    try:
        write = writers[PurePath(name).suffix.lower()]
    except KeyError:
        raise TableError("文件名应以 .xlsx 或 .csv 结尾。") from None
    return write(header, ([escape(cell) for cell in row] for row in rows))


def escape(text: str) -> str:
    """``text`` as a cell that no spreadsheet takes for a formula; ``unescape`` undoes it."""
    is_taken_off = text.startswith("'") and _is_guarded(text)
    return "'" + text if _looks_like_a_formula(text) or is_taken_off else text


def unescape(text: str) -> str:
    """``text`` without the apostrophe before what would be a formula, or a number."""
    return text[1:] if text.startswith("'") and _is_guarded(text) else text


def text_as_cell(text: str) -> str:
    """A cell of text without what programs wrap around it: ``="00123"``, ``'00125``."""
    if guarded := _GUARDED.fullmatch(text):
        return guarded[1].replace('""', '"')
    return unescape(text)


def number_as_cell(number: float) -> Cell:
    """A number in a column of texts. Excel keeps 10001 as the float 10001.0."""
    if not math.isfinite(number):
        return BadCell("不是有效的数字")
    if abs(number) >= 10**_EXACT_DIGITS:
        return BadCell(
            f"是超过 {_EXACT_DIGITS} 位的数字，Excel 已丢失末尾几位，请设为文本后重新填写"
        )
    return str(int(number)) if number == int(number) else repr(number)


def _is_guarded(text: str) -> bool:
    return _looks_like_a_formula(text) or bool(_DIGITS.fullmatch(text.lstrip("'")))


def _looks_like_a_formula(text: str) -> bool:
    # Our own mark in front counts as well, so that a text which really begins with one survives.
    rest = text.lstrip("'")
    return bool(rest) and rest[0] in _FORMULA_STARTS
