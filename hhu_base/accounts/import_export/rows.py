"""From the cells of a table to one row a person: the header is found, each cell tidied."""

from __future__ import annotations

from dataclasses import dataclass, field

from hhu_base.accounts.import_export.columns import BY_TITLE, KEY, PASSWORD, ImportColumn, normalize
from hhu_base.values.spreadsheets.headers import REASONS, find_header, refuse_repetitions
from hhu_base.values.spreadsheets.tables import MAX_ROWS, BadCell, Cell, Table, TableError
from hhu_base.values.text import is_blank, is_storable

MOST_NOTED = 10


@dataclass
class PersonRow:
    """What the file says about one person. ``values`` has no empty ones: they say nothing."""

    number: int
    values: dict[str, str] = field(default_factory=dict, repr=False)  # there are passwords in it
    problems: list[str] = field(default_factory=list)
    # What `replace_passwords` leaves of an initial password.
    password_hash: str = field(default="", repr=False)
    has_unused_password: bool = False
    # The titles of the columns in which something was that nothing can store.
    cleaned: list[str] = field(default_factory=list)


@dataclass
class ImportedPeople:
    """A whole file. ``ignored`` are the titles of columns that mean nothing here."""

    rows: list[PersonRow]
    ignored: list[str]

    @property
    def notes(self) -> list[str]:
        """What was not taken as it is, as sentences for people."""
        cells = [
            f"第 {row.number} 行的{'、'.join(row.cleaned)}" for row in self.rows if row.cleaned
        ]
        if not cells:
            return []
        more = f"等 {len(cells)} 行" if len(cells) > MOST_NOTED else ""
        return [f"已去除空字符和无效字符：{'，'.join(cells[:MOST_NOTED])}{more}。"]


def read_people(table: Table) -> ImportedPeople:
    """The people in a table. Raises TableError where it has no header or too many rows."""
    position, titles = find_header(table, [KEY])
    columns = {place: BY_TITLE[title] for place, title in titles.items() if title in BY_TITLE}
    refuse_repetitions([column.title for column in columns.values()])
    rows = [_read_row(number, cells, columns) for number, cells in table.rows[position + 1 :]]
    # Sheets that were prepared for more people have numbered rows with nobody in them.
    rows = [row for row in rows if row.values or row.problems]
    if len(rows) > MAX_ROWS:
        raise TableError(f"表格超过 {MAX_ROWS} 行。")
    for row in rows:
        if row.number in table.merged_rows:
            row.problems.append("有合并的单元格，请先取消合并")
    return ImportedPeople(
        rows, [title for title in titles.values() if title and title not in {*BY_TITLE, REASONS}]
    )


def _read_row(number: int, cells: list[Cell], columns: dict[int, ImportColumn]) -> PersonRow:
    row = PersonRow(number)
    for place, column in columns.items():
        cell = cells[place] if place < len(cells) else ""
        if isinstance(cell, BadCell):
            row.problems.append(f"{column.title}{cell.reason}")
        elif not is_storable(cell) and column.title == PASSWORD:
            row.problems.append(f"{column.title}包含空字符或无效字符")
        elif not is_blank(cell) and (text := normalize(column, cell)):
            row.values[column.field] = text
            if not is_storable(cell):
                row.cleaned.append(column.title)
    return row
