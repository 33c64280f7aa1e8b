"""CSV: UTF-8 with or without BOM, GB18030 (what Excel in China writes), or UTF-16 with BOM."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import IO

from hhu_base.values.spreadsheets.tables import (
    MAX_BYTES,
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_HEADER_ROWS,
    MAX_ROWS,
    Cell,
    Table,
    TableError,
    text_as_cell,
)

# What XLSX writes for a control character; programs that don't know it carry it into CSV.
_ESCAPED_CONTROL = re.compile(r"_x00(0[0-9A-Fa-f])_")


def read(content: bytes) -> Table:
    text = _decode(content)
    # The module's own limit of 128 KB a cell is less than a description may have.
    csv.field_size_limit(MAX_BYTES)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    rows: list[tuple[int, list[Cell]]] = []
    left = MAX_CELLS
    try:
        # Line numbers would not do: a cell may hold line breaks.
        for number, cells in enumerate(reader, 1):
            if not any(cells):
                continue
            if len(rows) >= MAX_ROWS + MAX_HEADER_ROWS:
                raise TableError(f"表格超过 {MAX_ROWS} 行。")
            left -= min(len(cells), MAX_COLUMNS)
            if left < 0:
                raise TableError(f"表格超过 {MAX_CELLS} 个单元格。")
            rows.append((number, [_cell(cell) for cell in cells[:MAX_COLUMNS]]))
    except csv.Error as error:
        raise TableError(f"CSV 第 {reader.line_num} 行附近格式错误（{error}）。") from None
    return Table(rows)


def _cell(text: str) -> Cell:
    return text_as_cell(_ESCAPED_CONTROL.sub(lambda match: chr(int(match[1], 16)), text))


def write(file: IO[bytes], title: str, header: Sequence[str], rows: Iterable[Sequence]) -> None:
    # Excel reads UTF-8 only with a BOM.
    file.write(codecs.BOM_UTF8)
    writer = csv.writer(codecs.getwriter("utf-8")(file))
    writer.writerow(header)
    writer.writerows(rows)


def _decode(content: bytes) -> str:
    is_utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ["utf-16"] if is_utf16 else ["utf-8-sig", "gb18030"]:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise TableError("无法识别文件的编码，请另存为 UTF-8 的 CSV 或 XLSX。")


def _delimiter(text: str) -> str:
    """Comma, semicolon or tab: whichever the first lines have most of."""
    head = "\n".join(text.splitlines()[:5])[:10_000]
    return max(",;\t", key=head.count)
