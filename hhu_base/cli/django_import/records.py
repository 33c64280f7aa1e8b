"""Reading the records of a dump, and what they refer to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import tzinfo
from typing import Any, Self

from sqlalchemy.orm import Session

from hhu_base.cli.django_import import taken_records
from hhu_base.cli.django_import.dump import Record
from hhu_base.cli.django_import.fields import FieldReader, Refused
from hhu_base.cli.django_import.rows import Row
from hhu_base.cli.django_import.taken_records import Taken
from hhu_base.values.schema_types import BIGINT_MAX

# What becomes of a record.
TAKEN, PRESENT, SET_ASIDE = "导入", "已有", "搁置"

DUPLICATE = "主键重复"


class RecordReader(FieldReader):
    """``dump``: model → records."""

    def __init__(
        self, session: Session, dump: Mapping[str, Sequence[Record]], zone: tzinfo
    ) -> None:
        super().__init__(zone)
        self.session = session
        self.dump = dump
        # Model → key in the dump, or natural key → id here.
        self._ids: dict[str, dict[Any, int]] = {}
        self._earlier: dict[str, dict[int, Taken]] = {}

    def records(self, model: str) -> list[Record]:
        """The records of a model, by their keys, which is the order in which they were made."""
        found: dict[int, Record] = {}
        for record in self.dump.get(model, ()):
            if not is_id(record.pk):
                self.refuse(record, "主键不是正整数（dumpdata 请不要用 --natural-primary）")
            elif record.pk in found:
                self.refuse(record, DUPLICATE)
            else:
                found[record.pk] = record
        return [found[pk] for pk in sorted(found)]

    def rows(self, model: str, read: Callable[[Self, Record], dict[str, Any]]) -> list[Row]:
        """The records of a model, each with what ``read`` makes of it; without the refused ones."""
        rows = []
        for record in self.records(model):
            try:
                rows.append((record, read(self, record)))
            except Refused as reason:
                self.refuse(record, str(reason))
        return rows

    def refuse(self, record: Record, reason: str) -> None:
        """The record can't be taken; an earlier run may have brought it all the same."""
        record.outcome = SET_ASIDE
        record.reasons.append(reason)

    def earlier(self, model: str) -> dict[int, Taken]:
        """What earlier runs have brought, by its keys in the dump."""
        if model not in self._earlier:
            self._earlier[model] = taken_records.read(self.session, model)
        return self._earlier[model]

    def id_of(self, model: str, pk: Any) -> int | None:
        """The id here of what a dump calls so."""
        return self._ids.get(model, {}).get(pk)

    def reference(self, record: Record, model: str, name: str) -> int | None:
        """The id that a field refers to. None: null, or nothing that is there, which is told."""
        if record.fields.get(name) is None:
            return None
        try:
            return self.required(record, model, name)
        except Refused as reason:
            self.lose(record, name, str(reason))
            return None

    def required(self, record: Record, model: str, name: str) -> int:
        """The id that a field refers to. Raises Refused."""
        value = record.fields.get(name)
        if value is None:
            raise Refused(f"没有 {name}")
        found = self.resolve(model, value)
        if found is None:
            raise Refused(f"{name} 指向没有导入的 {model} {str(value)[:40]}")
        return found

    def resolve(self, model: str, value: Any) -> int | None:
        """The id here that an id or a natural key of the dump stands for."""
        if isinstance(value, list):
            return self.id_of(model, tuple(map(str, value)))
        return self.id_of(model, value) if is_id(value) else None


def is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= BIGINT_MAX
