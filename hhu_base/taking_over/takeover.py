"""What the parts of a takeover work with: records to read, and rows to store under their old ids.

Whatever can't be brought over is noted as a problem, and the work goes on, so that one run tells
everything. After the first problem nothing is written any more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import tzinfo
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from hhu_base.database import Base
from hhu_base.rest.types import BIGINT_MAX
from hhu_base.taking_over.dump import Record
from hhu_base.taking_over.fields import FieldReader

Row = tuple[Record, dict[str, Any]]

TOTAL, WRITTEN, PRESENT, MERGED, LEFT_OUT = "共", "写入", "已存在", "并入用户", "舍弃"


class Takeover(FieldReader):
    """One run. ``allowed`` are the kinds of trouble that need not stop it.

    ``media`` is the folder with the uploaded files of the replaced system, if it is given.
    """

    def __init__(
        self,
        session: Session,
        dump: Mapping[str, Sequence[Record]],
        zone: tzinfo,
        allowed: Iterable[str] = (),
        media: Path | None = None,
    ) -> None:
        super().__init__(zone)
        self.session = session
        self.media = media
        # What can't be rolled back, such as writing files: done last, and never in a rehearsal.
        self.at_the_end: list[Callable[[], None]] = []
        self.notes: list[str] = []
        # Model → what became of its records → how many.
        self.counts: dict[str, Counter[str]] = {}
        self.tables: list[str] = []
        self._dump = dump
        self._allowed = frozenset(allowed)
        self._known: dict[str, dict[int, Record]] = {}
        self._natural_keys: dict[str, dict[tuple[str, ...], int]] = {}

    def trouble(self, kind: str, sentence: str) -> bool:
        """A problem, or only a note where this kind is allowed; whether it is."""
        is_allowed = kind in self._allowed
        (self.notes if is_allowed else self.problems).append(sentence)
        return is_allowed

    def count(self, model: str, what: str, number: int = 1) -> None:
        self.counts.setdefault(model, Counter())[what] += number

    def records(self, model: str) -> list[Record]:
        """The records of a model, by their keys, which is the order in which they were made."""
        found: dict[int, Record] = {}
        for record in self._dump.get(model, ()):
            if not _is_id(record.pk):
                self.problem(record, "主键不是正整数（dumpdata 请不要用 --natural-primary）")
            elif record.pk in found:
                self.problem(record, "主键重复")
            else:
                found[record.pk] = record
        self.count(model, TOTAL, len(self._dump.get(model, ())))
        return [found[pk] for pk in sorted(found)]

    def know(self, model: str, records: Iterable[Record], *key: str) -> None:
        """Let others refer to these records, by id or by the fields of their natural key."""
        self._known[model] = {record.pk: record for record in records}
        self._natural_keys[model] = {
            tuple(str(record.fields.get(name)) for name in key): record.pk for record in records
        }

    def known(self, model: str, id_: int) -> Record | None:
        return self._known.get(model, {}).get(id_)

    def reference(self, record: Record, model: str, *names: str) -> int | None:
        """The id that the first of these fields refers to; None: null, or nothing known."""
        value = record.first_of(*names)
        if value is None:
            return None
        return self.resolve(record, model, value, names[0])

    def required(self, record: Record, model: str, *names: str) -> int | None:
        """A reference that may not be null. None: a problem, noted."""
        value = record.first_of(*names)
        return self.resolve(record, model, value, names[0])

    def resolve(self, record: Record, model: str, value: Any, name: str) -> int | None:
        """The id that an id or a natural key stands for. None: a problem, noted."""
        if value is None:
            self.problem(record, f"没有 {name}")
            return None
        found: int | None = None
        if isinstance(value, list) and all(isinstance(part, str | int) for part in value):
            found = self._natural_keys.get(model, {}).get(tuple(map(str, value)))
        elif _is_id(value) and value in self._known.get(model, ()):
            found = value
        if found is None:
            self.problem(record, f"{name} 指向不存在的 {model} {str(value)[:40]}")
        return found

    def store(
        self,
        mapped: type[Base],
        model: str,
        rows: Sequence[Row],
        same: Sequence[str],
        is_unique: bool = True,
    ) -> None:
        """Write rows under the ids of their records.

        ``same`` are the columns that tell what a row is: one that is there already, with the
        same id and the same values in them, is left as it is, so that a takeover can be run
        again. With ``is_unique`` no two rows may have these values.
        """
        table = sa.inspect(mapped).local_table
        self.tables.append(table.name)  # type: ignore[attr-defined]
        stored = self._stored(table, [record.pk for record, _ in rows], same, is_unique)
        by_values = {values: id_ for id_, values in stored.items()} if is_unique else {}
        new = []
        for record, row in rows:
            values = tuple(row[name] for name in same)
            if stored.get(record.pk) == values:
                self.count(model, PRESENT)
                continue
            if record.pk in stored:
                self.problem(record, f"数据库里已有编号 {record.pk} 的另一条记录")
            if is_unique and by_values.setdefault(values, record.pk) != record.pk:
                shown = " ".join(map(str, values))
                self.problem(record, f"“{shown}”已被 #{by_values[values]} 占用")
            new.append({"id": record.pk, **row})
        if new and not self.problems:
            self.session.execute(sa.insert(mapped), new)
            self.count(model, WRITTEN, len(new))

    def _stored(
        self, table: sa.FromClause, ids: list[int], columns: Sequence[str], is_all: bool
    ) -> dict[int, tuple]:
        wanted = sa.select(table.c.id, *(table.c[name] for name in columns))
        if not is_all:
            wanted = wanted.where(table.c.id == sa.any_(sa.cast(ids, ARRAY(sa.BigInteger()))))
        return {row[0]: tuple(row[1:]) for row in self.session.execute(wanted)}


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= BIGINT_MAX
