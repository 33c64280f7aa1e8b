"""Tables that come and go as files: XLSX, or CSV as Excel and WPS write it.

Whatever the file, a cell arrives as text, or as a ``BadCell`` that says why it is none. Row
numbers are those that the spreadsheet shows.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from pathlib import PurePath

MAX_BYTES = 20 * 2**20
MAX_ROWS = 20_000
# Above the people there is the header, and perhaps a title.
ROWS_BESIDE = 10
# Far more than anybody's list has; a cell far to the right must not cost memory.
MAX_COLUMNS = 200

# What Excel, WPS and LibreOffice take for a formula when a cell of text begins with it.
_FORMULA_STARTS = "=+-@\t\r\n＝＋－＠"
_EXACT_DIGITS = 15


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
    """The table in a file of this name. Raises TableError."""
    from hhu_base.people import csv_files, xlsx_files

    if len(content) > MAX_BYTES:
        raise TableError(f"文件超过 {MAX_BYTES // 2**20} MB。")
    if not content.strip():
        raise TableError("文件是空的。")
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise TableError("这是旧的 .xls 格式，或者设有密码。请去掉密码，另存为 .xlsx。")
    if content.startswith(b"PK"):
        return xlsx_files.read(content)
    if PurePath(name).suffix.lower() == ".xlsx":
        raise TableError("这不是 XLSX 文件，或者已经损坏。")
    return csv_files.read(content)


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
    return "'" + text if _looks_like_a_formula(text) else text


def unescape(text: str) -> str:
    return text[1:] if text.startswith("'") and _looks_like_a_formula(text) else text


def as_cell(value: object) -> Cell:
    """What a spreadsheet stores, as people see it. Excel keeps 10001 as the float 10001.0."""
    if value is None:
        return ""
    if isinstance(value, str):
        return unescape(value)
    if isinstance(value, bool):
        return BadCell("是逻辑值，应为文本")
    if isinstance(value, int | float):
        return _number_as_cell(value)
    if isinstance(value, date | time | timedelta):
        return BadCell("是日期或时间，应为文本")
    return BadCell("内容无法识别")


def _number_as_cell(number: int | float) -> Cell:
    if not math.isfinite(number):
        return BadCell("不是有效的数字")
    if abs(number) >= 10**_EXACT_DIGITS:
        return BadCell(
            f"是超过 {_EXACT_DIGITS} 位的数字，Excel 已丢失末尾几位，请设为文本后重新填写"
        )
    return str(int(number)) if number == int(number) else repr(number)


def _looks_like_a_formula(text: str) -> bool:
    # Our own mark in front counts as well, so that a text which really begins with one survives.
    rest = text.lstrip("'")
    return bool(rest) and rest[0] in _FORMULA_STARTS
