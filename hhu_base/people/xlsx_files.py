"""XLSX, read with openpyxl row by row.

Not with python-calamine, though it is faster: it allocates the whole rectangle of a sheet, so
that a file of 5 KB with one cell in the far corner aborts the process, and it shows a formula
that was never calculated as an empty cell.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Sequence

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.utils.cell import range_boundaries

from hhu_base.archives import open_zip
from hhu_base.people.tables import (
    MAX_COLUMNS,
    MAX_ROWS,
    ROWS_BESIDE,
    BadCell,
    Cell,
    Table,
    TableError,
    as_cell,
)
from hhu_base.values import text

# 20,000 people with every column filled unpack to some 30 MB; what is unpacked may cost ten
# times as much memory.
_MAX_UNPACKED = 64 * 2**20
_MAX_PARTS = 1000
_LAST_ROW = 2**20
_MAX_CELL = 32_767
_BROKEN = "这不是 XLSX 文件，或者已经损坏。"
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]{0,200}?ref=[\"']([A-Z]{1,3}\d+:[A-Z]{1,3}\d+)")


def read(content: bytes) -> Table:
    try:
        workbook = load_workbook(_unpacked(content), read_only=True, keep_links=False)
        return _first_sheet(workbook)
    except (TableError, MemoryError):
        raise
    except Exception as error:
        # Broken parts make openpyxl fail in dozens of ways: KeyError, ParseError, TypeError, …
        raise TableError(f"{_BROKEN}（{type(error).__name__}）") from None


def write(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("Sheet1")
    sheet.freeze_panes = "A2"
    sheet.append(list(header))
    for row in rows:
        sheet.append([_text_cell(sheet, value) for value in row])
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def _text_cell(sheet, value: str) -> WriteOnlyCell | None:
    value = text.storable(value)
    # Excel would cut it; an empty cell at least changes nothing when it is imported again.
    if not value or len(value) > _MAX_CELL:
        return None
    cell = WriteOnlyCell(sheet, value)
    cell.data_type = "s"  # text, whatever it looks like
    cell.number_format = "@"  # and it stays text when somebody edits it
    return cell


def _first_sheet(workbook) -> Table:
    sheets = [sheet for sheet in workbook.worksheets if sheet.sheet_state == "visible"]
    if not sheets:
        raise TableError("文件里没有工作表。")
    sheet = sheets[0]
    # The size that the file claims may be wrong either way.
    sheet.reset_dimensions()
    rows: list[tuple[int, list[Cell]]] = []
    left = _MAX_UNPACKED
    empty = None
    for number, cells in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS), start=1):
        # A row may say that it is the billionth: those before it would all be made up.
        if number > _LAST_ROW:
            raise TableError("表格的行号超出范围。")
        # Rows that are left out are all the same one, and there may be a million of them.
        if cells is empty:
            continue
        last = max((i for i, cell in enumerate(cells, 1) if cell.value is not None), default=0)
        if last == 0:
            empty = cells
            continue
        if len(rows) >= MAX_ROWS + ROWS_BESIDE:
            raise TableError(f"表格超过 {MAX_ROWS} 行。")
        # A text is in the file once, and may be in a million cells.
        left -= sum(len(cell.value) for cell in cells if isinstance(cell.value, str))
        if left < 0:
            raise TableError("文件解压后过大，拒绝读取。")
        rows.append((number, [_read_cell(cell) for cell in cells[:last]]))
    # Read-only sheets don't tell what is merged, and others read everything into memory.
    with workbook._archive.open(sheet._worksheet_path) as part:
        return Table(rows, _merged_rows(part.read()))


def _read_cell(cell) -> Cell:
    if cell.data_type == "f":
        return BadCell("是公式，请复制后“选择性粘贴”为数值")
    if cell.data_type == "e":
        return BadCell(f"是错误值 {cell.value}")
    return as_cell(cell.value)


def _merged_rows(xml: bytes) -> set[int]:
    # Joined first: a million cells that are merged over all rows must not be walked one by one.
    found = sorted(
        (first, min(last, _LAST_ROW))
        for _, first, _, last in (
            range_boundaries(match[1].decode()) for match in _MERGED.finditer(xml)
        )
    )
    rows: set[int] = set()
    reached = 0
    for first, last in found:
        rows.update(range(max(first, reached + 1), last + 1))
        reached = max(reached, last)
    return rows


def _unpacked(content: bytes) -> io.BytesIO:
    """The same archive without compression, and no larger than we can bear.

    Copied, since the sizes that an archive states may be lies: what is read afterwards is
    exactly what has been counted here.
    """
    out = io.BytesIO()
    left = _MAX_UNPACKED
    try:
        with open_zip(io.BytesIO(content)) as packed, zipfile.ZipFile(out, "w") as unpacked:
            parts = packed.infolist()
            if len(parts) > _MAX_PARTS or sum(part.file_size for part in parts) > _MAX_UNPACKED:
                raise TableError("文件解压后过大，拒绝读取。")
            for part in parts:
                # Pictures and the like are nothing to us.
                if not part.filename.endswith((".xml", ".rels")):
                    continue
                with packed.open(part) as stream:
                    data = stream.read(left + 1)
                left -= len(data)
                if left < 0:
                    raise TableError("文件解压后过大，拒绝读取。")
                unpacked.writestr(part.filename, data)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError):
        raise TableError(_BROKEN) from None
    except NotImplementedError:
        raise TableError(_BROKEN) from None
    out.seek(0)
    return out
