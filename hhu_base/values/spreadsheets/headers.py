"""The line of titles in a table that people have filled in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from hhu_base.values.spreadsheets.tables import MAX_HEADER_ROWS, BadCell, Cell, Table, TableError
from hhu_base.values.text import clean_name, storable

# The column of a file of bad rows that says what is wrong; it means nothing when that comes back.
REASONS = "有误的原因"


def find_header(table: Table, keys: Iterable[str]) -> tuple[int, dict[int, str]]:
    """The position in ``table.rows`` of the line that has all these titles, and its titles by place.

    Above it there may be a title of the whole table. Raises TableError.
    """
    keys = list(keys)
    for position, (_, cells) in enumerate(table.rows[:MAX_HEADER_ROWS]):
        titles = {place: _title(cell) for place, cell in enumerate(cells)}
        if set(keys) <= set(titles.values()):
            return position, titles
    named = "、".join(f"“{key}”" for key in keys)
    raise TableError(f"找不到标题行：前 {MAX_HEADER_ROWS} 行里没有名为{named}的列。")


def refuse_repetitions(titles: Iterable[str]) -> None:
    """Raises TableError where a title that matters is there twice."""
    for title, count in Counter(titles).items():
        if count > 1:
            raise TableError(f"“{title}”这一列出现了 {count} 次。")


def _title(cell: Cell) -> str:
    text = "" if isinstance(cell, BadCell) else "".join(clean_name(storable(cell)).split())
    return "QQ" if text.upper() == "QQ" else text
