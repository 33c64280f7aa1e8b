"""What the parts of a takeover work with: records to read, and rows to store under their old ids.

What can't be taken is refused, one record at a time, and the work goes on without it: one run
tells everything. The operator decides whether that is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import tzinfo
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from hhu_base.cli.django_import import taken_records
from hhu_base.cli.django_import.dump import Record
from hhu_base.cli.django_import.records import DUPLICATE, PRESENT, TAKEN, RecordReader, is_id
from hhu_base.cli.django_import.rows import Current, Difference, Row, Stored, Table
from hhu_base.cli.django_import.taken_records import Taken
from hhu_base.database import Base


class DjangoImport(RecordReader):
    """One run.

    ``media`` is the folder with the uploaded files of the replaced system, if it is given. With
    ``is_update`` what has changed there since an earlier run is taken over too.
    """

    def __init__(
        self,
        session: Session,
        dump: Mapping[str, Sequence[Record]],
        zone: tzinfo,
        *,
        media: Path | None = None,
        is_update: bool = False,
    ) -> None:
        super().__init__(session, dump, zone)
        self.media = media
        self.is_update = is_update
        # What stops a takeover as a whole.
        self.problems: list[str] = []
        self.remarks: list[str] = []
        # What can't be rolled back, such as writing files: done last, and never in a rehearsal.
        self.at_the_end: list[Callable[[], None]] = []
        self.differences: list[Difference] = []
        self.tables: set[str] = set()
        # The permissions that a group can have, and to which plugin a model belongs.
        self.permissions: frozenset[str] = frozenset()
        self.plugin_of: Mapping[str, str] = {}

    def store(
        self,
        mapped: type[Base],
        model: str,
        rows: Sequence[Row],
        same: Sequence[str],
        *,
        is_unique: bool = True,
        is_merged: bool = False,
        only_new: Sequence[str] = (),
        current: Current | None = None,
    ) -> Stored:
        """Write rows under the ids of their records; others can refer to them afterwards.

        ``same`` are the columns that tell what a row is. With ``is_unique`` no two rows may have
        these values; with ``is_merged`` one that has them already is the same, whatever its id.
        ``only_new`` are not compared with what is there. What a row has besides the columns of
        its table is compared with what ``current`` tells, and is the caller's to write.
        """
        table = Table(self.session, mapped, same, current)
        self.tables.add(table.name)
        earlier = self.earlier(model)
        here = table.read({it.row_id for it in earlier.values() if it.row_id}, rows, is_merged)
        stored = Stored()
        ids: dict[int, int] = {}
        taken: dict[int, Taken] = {}
        new: list[Row] = []
        # What is there may get another name, and leave its own to what is new.
        for record, row in sorted(rows, key=lambda each: each[0].pk not in earlier):
            before = earlier.get(record.pk)
            if before is None and table.is_same(here.get(record.pk), row):
                # Brought before anybody kept a record of that.
                before = Taken(record.pk, {})
            elif before is None and is_merged and (owner := table.owner(row)) in here:
                before = Taken(owner, {})
            if before is None:
                new.append((record, row))
                continue
            record.outcome = PRESENT
            if (id_ := before.row_id) not in here or id_ is None:
                self.note(record, "以前导入过，后来在这里删除了，不再导入")
                continue
            ids[record.pk] = id_
            compared = {name: value for name, value in row.items() if name not in only_new}
            difference = Difference.between(record, id_, compared, here[id_], before)
            if difference.changed or difference.is_edited_here:
                self.differences.append(difference)
            digests = difference.agreed
            if difference.changed and self.is_update:
                owner = table.owner(here[id_] | row) if is_unique else None
                if owner not in (None, id_):
                    self.refuse(record, f"“{table.label(row)}”已被 #{owner} 占用")
                    continue
                if is_unique:
                    table.rename(id_, here[id_], row)
                stored.updated[id_] = difference.values
                digests = digests | difference.digests
            if digests != before.digests or record.pk not in earlier:
                taken[record.pk] = Taken(id_, digests)
        self._add(table, here, new, is_unique, is_merged, ids, taken, stored)
        table.write(stored)
        taken_records.write(self.session, model, taken.items())
        self._know(table, model, here, ids, stored)
        self._keep(model, here)
        return stored

    def _add(
        self,
        table: Table,
        here: Mapping[int, Mapping[str, Any]],
        rows: Iterable[Row],
        is_unique: bool,
        is_merged: bool,
        ids: dict[int, int],
        taken: dict[int, Taken],
        stored: Stored,
    ) -> None:
        """The rows that no earlier run has brought: a new id is what the dump calls them."""
        for record, row in rows:
            owner = table.owner(row) if is_unique else None
            if owner is not None and is_merged:
                id_, record.outcome = owner, PRESENT
            elif owner is not None:
                self.refuse(record, f"“{table.label(row)}”已被 #{owner} 占用")
                continue
            elif record.pk in here and not is_merged:
                self.refuse(record, f"数据库里已有编号 {record.pk} 的另一条记录")
                continue
            else:
                id_ = record.pk if record.pk not in here else table.free_id()
                record.outcome = TAKEN
                stored.new[id_] = row
                if is_unique:
                    table.rename(id_, None, row)
            ids[record.pk] = id_
            digests = {name: taken_records.digest(value) for name, value in row.items()}
            taken[record.pk] = Taken(id_, digests)

    def _know(
        self,
        table: Table,
        model: str,
        here: Mapping[int, Mapping[str, Any]],
        ids: dict[int, int],
        stored: Stored,
    ) -> None:
        known: dict[Any, int] = {
            pk: it.row_id
            for pk, it in self.earlier(model).items()
            if it.row_id is not None and it.row_id in here
        }
        known |= ids
        for id_ in list(known.values()):
            row = stored.new.get(id_) or here.get(id_)
            if row is not None:
                known[table.natural_key(row)] = id_
        self._ids[model] = known

    def store_links(self, mapped: type[Base], model: str, rows: Sequence[Row]) -> None:
        """Write rows that are nothing but two references; one that is there already stays.

        What an earlier run has brought is not brought again: somebody has taken it away here.
        """
        earlier = self.earlier(model)
        columns = [column.name for column in sa.inspect(mapped).primary_key]
        here = {tuple(row) for row in self.session.execute(sa.select(*_columns(mapped, columns)))}
        new, taken = [], []
        for record, row in rows:
            link = tuple(row[name] for name in columns)
            record.outcome = PRESENT
            if record.pk not in earlier:
                taken.append((record.pk, Taken(None, {})))
                if link not in here:
                    here.add(link)
                    new.append(row)
                    record.outcome = TAKEN
        if new:
            self.session.execute(insert(mapped), new)
        taken_records.write(self.session, model, taken)
        self._keep(model, None)

    def _keep(self, model: str, here: Mapping[int, Any] | None) -> None:
        """What earlier runs have brought is there, whatever is wrong with its record by now.

        And what the dump no longer has is kept, which is told.
        """
        records = self.dump.get(model, ())
        earlier = self.earlier(model)
        for record in records:
            if not record.reasons or DUPLICATE in record.reasons or not is_id(record.pk):
                continue
            if record.pk in earlier:
                self.note(
                    record, f"这份数据里的内容不能导入（{'；'.join(record.reasons)}），保留已有的"
                )
                record.reasons.clear()
                record.outcome = PRESENT
        keys = {record.pk for record in records if is_id(record.pk)}
        gone = [
            pk
            for pk, taken in sorted(earlier.items())
            if pk not in keys and (here is None or taken.row_id in here)
        ]
        if records and gone:
            shown = "、".join(f"#{pk}" for pk in gone[:10]) + ("……" if len(gone) > 10 else "")
            self.remarks.append(
                f"{model}：以前导入的 {len(gone)} 条不在这份数据里了，这里保留：{shown}"
            )


def _columns(mapped: type[Base], names: Iterable[str]) -> list[Any]:
    return [getattr(mapped, name) for name in names]
