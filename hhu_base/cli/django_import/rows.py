"""The rows that a takeover writes, and how they compare with those that are there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.cli.django_import.dump import Record
from hhu_base.cli.django_import.taken_records import Taken, digest
from hhu_base.database import Base, among

Row = tuple[Record, dict[str, Any]]
# Ids → what their rows have besides the columns of their table.
Current = Callable[[Collection[int]], Mapping[int, Mapping[str, Any]]]

# A sign-in renews the hash: nobody has edited anything.
_NOT_EDITED = frozenset({"password"})


@dataclass
class Stored:
    """Id → row of what has been written, and id → new values of what has been changed."""

    new: dict[int, dict[str, Any]] = field(default_factory=dict)
    updated: dict[int, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Difference:
    """What a record of the dump has otherwise than its row here.

    ``changed``: field → (here, in the dump), where the replaced system has changed it since it
    was brought. ``agreed`` are the digests of the rest.
    """

    record: Record
    id: int
    changed: Mapping[str, tuple[Any, Any]]
    agreed: dict[str, str]
    is_edited_here: bool

    @classmethod
    def between(
        cls, record: Record, id_: int, row: dict[str, Any], here: Mapping[str, Any], before: Taken
    ) -> Difference:
        changed: dict[str, tuple[Any, Any]] = {}
        agreed = dict(before.digests)
        is_edited = False
        for name, value in row.items():
            if name in record.lost or name.removesuffix("_id") in record.lost:
                continue
            own, now = here.get(name), digest(value)
            if own == value or (name in _NOT_EDITED and name not in before.digests):
                agreed[name] = now
            elif before.digests.get(name) != now:
                changed[name] = (own, value)
            elif name not in _NOT_EDITED:
                is_edited = True
        return cls(record, id_, changed, agreed, is_edited)

    @property
    def values(self) -> dict[str, Any]:
        """Field → its value in the dump."""
        return {name: new for name, (_, new) in self.changed.items()}

    @property
    def digests(self) -> dict[str, str]:
        return {name: digest(value) for name, value in self.values.items()}


class Table:
    """A table here; ``same`` are the columns that tell what a row is."""

    def __init__(
        self, session: Session, mapped: type[Base], same: Sequence[str], current: Current | None
    ) -> None:
        self._session = session
        self._mapped = mapped
        self._table = sa.inspect(mapped).local_table
        self._same = same
        self._current = current
        self.name: str = self._table.name  # type: ignore[attr-defined]
        self._owners: dict[tuple, int] = {}
        self._highest = 0

    def read(
        self, ids: Iterable[int], rows: Sequence[Row], is_merged: bool = False
    ) -> dict[int, dict[str, Any]]:
        """Id → row, of those that are or will be concerned; and who has which values."""
        wanted = {*ids, *(record.pk for record, _ in rows)}
        names = {name for _, row in rows for name in row} | {"id", *self._same}
        columns = [column for column in self._table.c if column.name in names]
        self._highest = max(wanted, default=0)
        own = [self._table.c.id, *(self._table.c[name] for name in self._same)]
        self._owners = {tuple(row[1:]): row[0] for row in self._session.execute(sa.select(*own))}
        if is_merged:
            owners = (self.owner(row) for _, row in rows)
            wanted |= {owner for owner in owners if owner is not None}
        found = self._session.execute(sa.select(*columns).where(among(self._table.c.id, wanted)))
        here = {row.id: dict(row._mapping) for row in found}
        if self._current is not None and here:
            for id_, more in self._current(here).items():
                here[id_].update(more)
        return here

    def values(self, row: Mapping[str, Any]) -> tuple:
        return tuple(row[name] for name in self._same)

    def natural_key(self, row: Mapping[str, Any]) -> tuple[str, ...]:
        return tuple(map(str, self.values(row)))

    def label(self, row: Mapping[str, Any]) -> str:
        return " ".join(str(value) for value in self.values(row) if value not in (None, ""))

    def is_same(self, here: Mapping[str, Any] | None, row: Mapping[str, Any]) -> bool:
        return here is not None and self.values(here) == self.values(row)

    def owner(self, row: Mapping[str, Any]) -> int | None:
        """The id of the row that has these values."""
        return self._owners.get(self.values(row))

    def rename(self, id_: int, old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> None:
        """The row has other values from now on."""
        if old is not None:
            self._owners.pop(self.values(old), None)
        self._owners[self.values({**(old or {}), **new})] = id_

    def free_id(self) -> int:
        """An id that nobody has, nor anything in the dump."""
        stored = self._session.scalar(sa.select(sa.func.max(self._table.c.id))) or 0
        self._highest = max(self._highest, stored) + 1
        return self._highest

    def write(self, stored: Stored) -> None:
        """What is new comes last: it may have the old name of what has another now."""
        columns = set(self._table.c.keys())
        for id_, values in stored.updated.items():
            own = {name: value for name, value in values.items() if name in columns}
            if own:
                self._session.execute(
                    sa.update(self._mapped).where(self._table.c.id == id_).values(own)
                )
        new = [
            {"id": id_, **{name: value for name, value in row.items() if name in columns}}
            for id_, row in stored.new.items()
        ]
        if new:
            self._session.execute(sa.insert(self._mapped), new)
