"""What a part of the page is made of. Values are numbers or texts; None is not known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

# How many shades a heat map has, besides none.
SHADES = 5
MOST_LINES = 50


@dataclass(frozen=True)
class Linked:
    """A value that opens what it counts."""

    value: Any
    url: str


@dataclass(frozen=True)
class Figure:
    """One number that stands for itself; ``note`` says what it is made of."""

    label: str
    value: Any
    url: str = ""
    note: str = ""


@dataclass(frozen=True)
class Figures:
    """A row of large numbers."""

    title: str
    items: Sequence[Figure]

    def rows(self) -> list[list[Any]]:
        """As a spreadsheet has them, the titles first."""
        return [["", "数值", "说明"], *([each.label, each.value, each.note] for each in self.items)]


@dataclass(frozen=True)
class FigureTable:
    """A table whose cells are values or ``Linked``. ``bar``: the column that is drawn as bars, too.

    ``shown``: how many rows the page shows at once; others are folded away, up to ``MOST_LINES``, and
    all are in the spreadsheet.
    """

    title: str
    header: Sequence[str]
    lines: Sequence[Sequence[Any]]
    bar: int | None = None
    note: str = ""
    shown: int = 10

    @property
    def folded(self) -> Sequence[Sequence[Any]]:
        return self.lines[self.shown : MOST_LINES]

    @property
    def left_out(self) -> int:
        return max(0, len(self.lines) - MOST_LINES)

    @cached_property
    def largest(self) -> float:
        if self.bar is None:
            return 0
        values = (value_of(line[self.bar]) for line in self.lines)
        return max((value for value in values if isinstance(value, int | float)), default=0)

    def share(self, line: Sequence[Any]) -> float:
        """How long the bar of this line is, of 100."""
        value = value_of(line[self.bar]) if self.bar is not None else None
        if not isinstance(value, int | float) or not self.largest:
            return 0
        return round(100 * value / self.largest, 1)

    def rows(self) -> list[list[Any]]:
        return [list(self.header), *([value_of(cell) for cell in line] for line in self.lines)]


@dataclass(frozen=True)
class HeatMap:
    """A value for each row and column, the more the darker; drawn, and written as a table, too."""

    title: str
    row_titles: Sequence[str]
    column_titles: Sequence[str]
    cells: Sequence[Sequence[Any]]
    unit: str = ""
    note: str = ""

    @cached_property
    def most(self) -> float:
        return max((value_of(each) or 0 for line in self.cells for each in line), default=0)

    def shade(self, cell: Any) -> int:
        """From 0, nothing, to ``SHADES``, the most that there is."""
        value = value_of(cell)
        if not value or not self.most:
            return 0
        return min(SHADES, max(1, int(-(-SHADES * value // self.most))))

    def rows(self) -> list[list[Any]]:
        return [
            ["", *self.column_titles],
            *(
                [title, *(value_of(cell) for cell in line)]
                for title, line in zip(self.row_titles, self.cells, strict=True)
            ),
        ]


Block = Figures | FigureTable | HeatMap


def value_of(cell: Any) -> Any:
    return cell.value if isinstance(cell, Linked) else cell


def url_of(cell: Any) -> str:
    return cell.url if isinstance(cell, Linked) else ""
