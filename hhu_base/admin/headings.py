"""The heads of a list's columns, by which it is sorted: ``sort=name``, ``sort=-name``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa


@dataclass(frozen=True)
class Heading:
    """A column's head: its title, and where a click sorts by it."""

    label: str
    url: str | None
    direction: str  # "ascending", "descending" or ""
    name: str = ""


class Headings:
    """Those of a list that is written by hand.

    ``columns``: name → title, and what it is sorted by, or None: a column of SQL, or a function of
    a row. ``usual`` is the order in which it comes unasked, such as ``-time``.
    """

    def __init__(self, request, columns: Mapping[str, tuple[str, Any]], usual: str):
        self._columns, self._usual = columns, usual
        wanted = request.GET.get("sort", "")
        _, by = columns.get(wanted.removeprefix("-"), ("", None))
        self.sort = wanted if by is not None else ""

    @property
    def _by(self) -> Any:
        return self._columns[self.sort.removeprefix("-")][1]

    @property
    def _is_descending(self) -> bool:
        return self.sort.startswith("-")

    def order(self, *usual: Any) -> tuple[Any, ...]:
        """What a statement is ordered by; ``usual`` also tells the same values apart."""
        if not self.sort:
            return usual
        by: sa.ColumnElement = self._by
        return ((by.desc() if self._is_descending else by.asc()).nulls_last(), *usual)

    def sorted(self, rows: Iterable[Any]) -> list[Any]:
        """The rows of a list that is whole, in this order; unasked as they come."""
        return sorted(rows, key=self._by, reverse=self._is_descending) if self.sort else list(rows)

    def all(self, url: Callable[[str], str]) -> list[Heading]:
        """All heads; ``url`` makes an address of what to sort by."""
        shown = self.sort or self._usual
        return [
            Heading(
                title,
                None if by is None else url(f"-{name}" if shown == name else name),
                {name: "ascending", f"-{name}": "descending"}.get(shown, ""),
                name,
            )
            for name, (title, by) in self._columns.items()
        ]
