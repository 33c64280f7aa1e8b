"""Rows of a declared table out of a spreadsheet: each is added or changed as its form would do it.

A dry run is the same, in a transaction that is aborted: so it tells what the table's rules and the
database say, too. A column that is not there and a cell that is empty leave what is stored.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import colander
import sqlalchemy as sa

from hhu_base.admin.integrity_errors import as_errors
from hhu_base.admin.model_admin import ModelAdmin
from hhu_base.values.form_fields import SeveralType, choices_of, what_is_missing
from hhu_base.values.refusal import Refusal
from hhu_base.values.schema_types import MISSING, YesNoType
from hhu_base.values.spreadsheets.headers import REASONS, find_header, refuse_repetitions
from hhu_base.values.spreadsheets.tables import BadCell, Cell, Table, TableError
from hhu_base.values.text import is_blank, is_storable, trimmed
from hhu_base.web import audit, display

MAX_ROWS = 1000
ADDED, CHANGED = "导入新增", "导入修改"
_YES_NO = {"是": "yes", "否": "no"}


@dataclass(frozen=True)
class SheetRow:
    """A line of the spreadsheet: title → text, without the empty cells."""

    number: int
    texts: dict[str, str]
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class ImportedRow:
    """``changes``: title, old and new text."""

    number: int
    label: str
    changes: list[tuple[str, str, str]]


@dataclass(frozen=True)
class BadRow:
    number: int
    label: str
    reasons: list[str]


@dataclass
class Outcome:
    """What an import has done; with a single bad row it has to be undone."""

    added: list[ImportedRow] = field(default_factory=list)
    changed: list[ImportedRow] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    unchanged: int = 0

    @property
    def without_bad(self) -> Outcome:
        """What the same import does without its bad rows."""
        return Outcome(self.added, self.changed, unchanged=self.unchanged)

    def digest(self) -> str:
        """Two outcomes with the same digest did the same."""
        does = repr((self.added, self.changed, self.bad))
        return hashlib.sha256(does.encode("utf-8", "surrogateescape")).hexdigest()


def columns_of(admin: ModelAdmin, request) -> dict[str, colander.SchemaNode]:
    """Title → the field of the form, of all that can be imported: no related rows, no secrets."""
    return {
        admin.label_of(node.name): node
        for node in _bound(admin, request, None).children
        if getattr(node, "relation", None) is None and not audit.is_secret(node.name)
    }


def key_titles(admin: ModelAdmin) -> list[str]:
    return [admin.label_of(name) for name in admin.import_key]


def read_rows(admin: ModelAdmin, request, table: Table) -> tuple[list[SheetRow], list[str]]:
    """The rows of a table, and the titles that mean nothing here. Raises TableError."""
    columns = columns_of(admin, request)
    position, titles = find_header(table, key_titles(admin))
    known = {place: title for place, title in titles.items() if title in columns}
    refuse_repetitions(known.values())
    rows = []
    for number, cells in table.rows[position + 1 :]:
        row = _read_row(number, cells, known)
        if row.texts or row.problems:
            if number in table.merged_rows:
                row.problems.append("有合并的单元格，请先取消合并")
            rows.append(row)
    if not rows:
        raise TableError("表格里只有标题行，没有内容。")
    if len(rows) > MAX_ROWS:
        raise TableError(f"表格超过 {MAX_ROWS} 行，请分成几个文件。")
    meant = {*columns, REASONS}
    return rows, [title for title in titles.values() if title and title not in meant]


def _read_row(number: int, cells: list[Cell], known: Mapping[int, str]) -> SheetRow:
    row = SheetRow(number, {})
    for place, title in known.items():
        cell = cells[place] if place < len(cells) else ""
        if isinstance(cell, BadCell):
            row.problems.append(f"{title}{cell.reason}")
        elif not is_storable(cell):
            row.problems.append(f"{title}包含空字符或无效字符")
        elif not is_blank(cell):
            row.texts[title] = trimmed(cell.replace("\r\n", "\n").replace("\r", "\n"))
    return row


def import_rows(admin: ModelAdmin, request, rows: Iterable[SheetRow]) -> Outcome:
    """Add and change rows in the transaction of this request, which the caller aborts or keeps."""
    admin.before_writing(request)
    run = _Import(admin, request)
    for row in rows:
        reasons = list(row.problems)
        if not reasons:
            try:
                with request.db.begin_nested():
                    run.take(row)
            except colander.Invalid as invalid:
                reasons = _reasons(admin, invalid.asdict())
            except Refusal as refusal:
                reasons = _reasons(admin, refusal.payload)
            except sa.exc.IntegrityError as error:
                reasons = _reasons(admin, as_errors(error, admin))
        if reasons:
            texts = (row.texts.get(title, "") for title in key_titles(admin))
            run.outcome.bad.append(BadRow(row.number, " ".join(texts).strip(), reasons))
    return run.outcome


class _Import:
    def __init__(self, admin: ModelAdmin, request):
        self.outcome = Outcome()
        self._admin, self._request = admin, request
        self._columns = columns_of(admin, request)
        self._numbers: dict[tuple, int] = {}

    def take(self, sheet_row: SheetRow) -> None:
        """Add or change one row. Raises Refusal, colander.Invalid, IntegrityError."""
        admin, request = self._admin, self._request
        row = self._find(self._key(sheet_row))
        if row is None and not admin.can_add:
            raise Refusal(f"没有这样的{admin.title}，这里不能新增")
        current = {} if row is None else admin.read(request, row)
        nodes, values = self._validate(row, sheet_row, current)
        changed = {
            name: value
            for name, value in values.items()
            if name not in current or value != current[name]
        }
        if not changed:
            self.outcome.unchanged += 1
            return
        if row is None:
            self._add(sheet_row.number, nodes, changed)
        else:
            self._change(sheet_row.number, row, nodes, changed, current)

    def _add(self, number: int, nodes: dict, values: dict[str, Any]) -> None:
        admin, request = self._admin, self._request
        row = admin.new(request)
        admin.save(request, row, values, True)
        after = display.field_texts(request, nodes, values)
        after = {title: text for title, text in after.items() if text}
        label = admin.label(row)
        audit.record(request, ADDED, row, label, {}, after)
        changes = [(title, "", text) for title, text in after.items()]
        self.outcome.added.append(ImportedRow(number, label, changes))

    def _change(self, number: int, row: Any, nodes: dict, changed: dict, current: dict) -> None:
        admin, request = self._admin, self._request
        problem = admin.refusal(request, row) or admin.closed(request, row)
        if problem or not admin.can_change:
            raise Refusal(problem or "这里的内容不能修改")
        old = {name: current.get(name) for name in changed}
        before = display.field_texts(request, nodes, old)
        admin.save(request, row, changed, False)
        after = display.field_texts(request, nodes, changed)
        label = admin.label(row)
        audit.record(request, CHANGED, row, label, before, after)
        changes = [(title, before[title], text) for title, text in after.items()]
        self.outcome.changed.append(ImportedRow(number, label, changes))

    def _key(self, row: SheetRow) -> tuple:
        values = []
        for name, title in zip(self._admin.import_key, key_titles(self._admin), strict=True):
            if title not in row.texts:
                raise Refusal(f"{title}为空")
            node = self._columns[title]
            try:
                values.append(node.deserialize(_cstruct(node, row.texts[title])))
            except colander.Invalid as invalid:
                raise Refusal(" ".join(invalid.asdict().values()), name) from None
        key = tuple(values)
        if (earlier := self._numbers.setdefault(key, row.number)) != row.number:
            raise Refusal(f"与第 {earlier} 行重复")
        return key

    def _find(self, key: tuple) -> Any:
        """The row with this key, locked; None where there is none. Raises Refusal for several."""
        admin, request = self._admin, self._request
        fields = (getattr(admin.model, name) for name in admin.import_key)
        conditions = (field == value for field, value in zip(fields, key, strict=True))
        statement = (
            admin.query(request)
            .where(*conditions)
            .order_by(admin.key)
            .limit(2)
            .with_for_update(of=admin.model, key_share=True)
            # What this session knows of it may be older than the lock.
            .execution_options(populate_existing=True)
        )
        rows = request.db.scalars(statement).unique().all()
        if len(rows) > 1:
            raise Refusal(f"有几{admin.unit}{admin.title}都是这样，请在页面上修改")
        return rows[0] if rows else None

    def _validate(
        self, row: Any, sheet_row: SheetRow, current: dict[str, Any]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """The form's fields, and their values as the form would give them."""
        schema = _bound(self._admin, self._request, row)
        nodes = {node.name: node for node in schema.children}
        given = {
            node.name: _cstruct(node, sheet_row.texts[title])
            for title, node in self._columns.items()
            if title in sheet_row.texts and node.name in nodes
        }
        stored = {
            name: nodes[name].serialize(colander.null if value is None else value)
            for name, value in current.items()
            if name in nodes
        }
        values = schema.deserialize({**stored, **given})
        # Of a stored row only what the spreadsheet says.
        return nodes, values if row is None else {name: values[name] for name in given}


def _cstruct(node: colander.SchemaNode, text: str) -> Any:
    """A cell as the form would send it: of a choice its value, of yes or no a word for it."""
    values = {title: value for value, title in choices_of(node)}
    if isinstance(node.typ, SeveralType):
        return [values.get(trimmed(each), trimmed(each)) for each in text.split("、")]
    if isinstance(node.typ, YesNoType):
        return _YES_NO.get(text, text)
    return values.get(text, text)


def text_of(request, node: colander.SchemaNode, value: Any) -> Any:
    """A stored value as a cell that can be imported again."""
    from hhu_base.values.spreadsheets.xlsx_files import MAX_CELL

    if isinstance(value, int) and not isinstance(value, bool):
        return value
    text = display.field_text(request, node.name, node, value)
    # Excel cuts it; an empty cell at least changes nothing when it is imported again.
    return text if len(text) < MAX_CELL else ""


def _reasons(admin: ModelAdmin, errors: Mapping[str, Any]) -> list[str]:
    """Field → sentences, as sentences that name the field."""
    reasons = []
    for name, sentences in errors.items():
        said = sentences if isinstance(sentences, list) else [sentences]
        if name in admin.nodes and MISSING.issuperset(said):
            reasons.append(what_is_missing(admin.nodes[name]).rstrip("。"))
            continue
        title = f"{admin.label_of(name)}：" if name in admin.nodes else ""
        reasons += [title + str(each).rstrip("。") for each in said]
    return reasons


def _bound(admin: ModelAdmin, request, row: Any) -> colander.MappingSchema:
    registry = request.registry
    schema = admin.form_schema(request, row)
    return schema.bind(request=request, registry=registry, zone=registry.site_zone)
