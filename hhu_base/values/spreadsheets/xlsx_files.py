"""Tables as XLSX: the first sheet that one sees is read, and one sheet of texts is written."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from typing import IO, Any

from hhu_base.values import text as texts
from hhu_base.values.office_packages import PackageError, PackageTooLarge
from hhu_base.values.spreadsheets import number_formats
from hhu_base.values.spreadsheets.tables import (
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_HEADER_ROWS,
    MAX_ROWS,
    BadCell,
    Cell,
    Table,
    TableError,
    number_as_cell,
    text_as_cell,
)
from hhu_base.values.spreadsheets.workbook import LAST_ROW, Sheet, ShownCell, Workbook

# 20,000 people with every column filled unpack to some 30 MB.
_MAX_UNPACKED = 64 * 2**20
_MAX_TEXT = 32 * 2**20
MAX_CELL = 32_767
_TOO_LARGE = "文件解压后过大，拒绝读取。"
_BROKEN = "这不是 XLSX 文件，或者已经损坏。请在 Excel 或 WPS 里打开，另存为 .xlsx 再上传。"
# A text that happens to look like the escape of a character is escaped itself.
_NO_TITLE = re.compile(r"[\\*?:/\[\]]")
_LONGEST_TITLE = 28
_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")


def read(content: bytes) -> Table:
    """The first visible sheet. Raises TableError."""
    try:
        book = Workbook(io.BytesIO(content), _MAX_UNPACKED)
        sheet = next((sheet for sheet in book.sheets if sheet.is_visible), None)
        if sheet is None:
            raise TableError("文件里没有工作表。")
        merged: list[tuple[int, int]] = []
        return Table(list(_rows(book, sheet, merged)), _joined(merged))
    except PackageTooLarge:
        raise TableError(_TOO_LARGE) from None
    except PackageError:
        raise TableError(_BROKEN) from None


def write(file: IO[bytes], title: str, header: Sequence[str], rows: Iterable[Sequence]) -> None:
    write_book(file, [(title, header, rows)])


def write_book(
    file: IO[bytes], sheets: Iterable[tuple[str, Sequence[str], Iterable[Sequence]]]
) -> None:
    """Sheets with title, header and rows; a title that comes again, or is no title to Excel, is made one."""
    # Imported here: who reads does without it.
    from openpyxl import Workbook as NewWorkbook
    from openpyxl.cell import WriteOnlyCell

    workbook = NewWorkbook(write_only=True)
    for title, header, rows in sheets:
        # openpyxl numbers those that are there already.
        sheet = workbook.create_sheet(_NO_TITLE.sub(" ", title).strip()[:_LONGEST_TITLE])
        sheet.freeze_panes = "A2"

        def cell_of(value: Any, sheet=sheet) -> Any:
            if not isinstance(value, str):
                return value
            # Older rows may hold what XML can't.
            value = _ESCAPE.sub("_x005F_", texts.storable(value))
            if not value:
                return None
            cell = WriteOnlyCell(sheet, value)
            cell.data_type = "s"  # text, whatever it looks like
            cell.number_format = "@"  # and it stays text when somebody edits it
            return cell

        sheet.append([cell_of(value) for value in header])
        for row in rows:
            sheet.append([cell_of(value) for value in row])
    workbook.save(file)


def _rows(
    book: Workbook, sheet: Sheet, merged: list[tuple[int, int]]
) -> Iterable[tuple[int, list[Cell]]]:
    found, cells_left, text_left = 0, MAX_CELLS, _MAX_TEXT
    for row in book.rows(sheet, merged):
        if row.number > LAST_ROW:
            raise TableError("表格的行号超出范围。")
        # Those beyond the last column that counts take as long to read.
        cells_left -= len(row.cells)
        columns = [
            column
            for column, cell in row.cells.items()
            if column < MAX_COLUMNS and (cell.value is not None or cell.is_formula)
        ]
        # And the empty ones before the last that counts take as much memory.
        width = max(columns, default=-1) + 1
        cells_left -= max(width - len(row.cells), 0)
        if cells_left < 0:
            raise TableError(f"表格超过 {MAX_CELLS} 个单元格。")
        if not columns:
            continue
        found += 1
        if found > MAX_ROWS + MAX_HEADER_ROWS:
            raise TableError(f"表格超过 {MAX_ROWS} 行。")
        cells: list[Cell] = [""] * width
        for column in columns:
            cells[column] = cell = _cell(row.cells[column])
            # A text is in the file once, and may be in a million cells.
            text_left -= len(cell) if isinstance(cell, str) else 0
        if text_left < 0:
            raise TableError(_TOO_LARGE)
        yield row.number, cells


def _cell(cell: ShownCell) -> Cell:
    """The columns of a table of people hold texts: a number is what one sees."""
    if cell.is_formula:
        return BadCell("是公式，请复制后“选择性粘贴”为数值")
    if cell.is_error:
        return BadCell(f"是错误值 {cell.text}")
    if isinstance(cell.value, bool):
        return BadCell("是逻辑值，应为文本")
    if cell.is_date:
        return BadCell("是日期或时间，应为文本")
    if isinstance(cell.value, str):
        return text_as_cell(cell.value)
    number = cell.value or 0
    text = number_as_cell(number)
    # 00123 is a number of somebody; 1,234.00 is the number 1234 with ornaments.
    if (
        isinstance(text, str)
        and number == int(number)
        and number_formats.parse(cell.number_format).is_code
    ):
        return cell.text
    return text


def _joined(areas: Iterable[tuple[int, int]]) -> set[int]:
    # Joined first: a million cells that are merged over all rows must not be walked one by one.
    rows: set[int] = set()
    reached = 0
    for first, last in sorted(set(areas)):
        rows.update(range(max(first, reached + 1), last + 1))
        reached = max(reached, last)
    return rows
