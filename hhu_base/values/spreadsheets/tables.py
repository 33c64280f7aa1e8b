"""Tables that come and go as files: XLSX, or CSV as Excel and WPS write it.

Whatever the file, a cell arrives as text, or as a ``BadCell`` that says why it is none. Row
numbers are those that the spreadsheet shows.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any

MAX_BYTES = 20 * 2**20
MAX_ROWS = 20_000
# Above the people there is the header, and perhaps a title.
MAX_HEADER_ROWS = 10
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
