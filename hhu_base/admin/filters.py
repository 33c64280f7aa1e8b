"""The filters above a list: each field has the kind that its column asks for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from hhu_base.admin.search import leads_an_index
from hhu_base.database import keys
from hhu_base.values import pinyin, text
from hhu_base.values.form_fields import choices_of
from hhu_base.values.schema_types import BIGINT_MAX
from hhu_base.web import display

_MOST_OPTIONS = 200
EMPTY = "-"


@dataclass
class Filter:
    """``kind`` is ``select`` or ``dates``; its parameters are ``f.NAME`` or ``f.NAME.from/to``."""

    name: str
    label: str
    kind: str
    zone: Any
    options: list[tuple[str, str]] = field(default_factory=list)
    convert: Any = str
    value: str = ""
    first: str = ""
    last: str = ""

    @classmethod
    def of(cls, admin, name: str, request) -> Filter:
        column = _column(admin.model, name)
        made = cls(name, admin.label_of(name), "select", request.registry.site_zone)
        parameter = f"f.{name}"
        if isinstance(column.type, sa.DateTime):
            made.kind = "dates"
            made.first = _date(request.GET.get(f"{parameter}.from", ""))
            made.last = _date(request.GET.get(f"{parameter}.to", ""))
            return made
        made.options, made.convert = _options(admin, name, column, request)
        value = text.storable(request.GET.get(parameter, ""))
        # A value that is offered, or one that an old bookmark still has.
        made.value = value if value == EMPTY or made.convert(value) is not None else ""
        return made

    @property
    def is_active(self) -> bool:
        return bool(self.value or self.first or self.last)

    @property
    def parameters(self) -> list[str]:
        return [f"f.{self.name}"] + [f"f.{self.name}.{end}" for end in ("from", "to")]

    def condition(self, column) -> Any:
        if self.kind == "dates":
            return sa.and_(
                *([column >= self._midnight(self.first)] if self.first else []),
                *([column < self._midnight(self.last, 1)] if self.last else []),
            )
        if self.value == EMPTY:
            return column.is_(None)
        if isinstance(column.type, sa.ARRAY):
            return column.contains([self.convert(self.value)])
        return column == self.convert(self.value)

    def _midnight(self, date: str, days: int = 0) -> datetime:
        day = datetime.strptime(date, "%Y-%m-%d").date() + timedelta(days=days)  # noqa: DTZ007
        return datetime.combine(day, time(), self.zone).astimezone(UTC)


def _column(model, path: str) -> Any:
    relation, dot, name = path.rpartition(".")
    target = getattr(model, relation).property.mapper.class_ if dot else model
    return target.__table__.c[name]


def _date(value: str) -> str:
    try:
        year = datetime.strptime(value, "%Y-%m-%d").year  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return ""
    return value if 1970 <= year <= 9998 else ""


def _options(admin, name: str, column, request) -> tuple[list[tuple[str, str]], Any]:
    node = admin.nodes.get(name)
    if node is not None and (choices := choices_of(node)):
        # The values of a choice need not be texts.
        by_text = {str(value): value for value, _ in choices}
        return [(str(value), title) for value, title in choices], by_text.get
    if isinstance(column.type, sa.Boolean):
        return [("yes", "是"), ("no", "否")], {"yes": True, "no": False}.get
    if (own := admin.filter_options(request, name)) is not None:
        return list(own.items()), lambda value: _identifier(value) if value in own else None
    if column.foreign_keys:
        return _related(admin, column, request), _identifier
    values = sorted(request.db.scalars(occurring(column)), key=pinyin.text_key)
    return [(value, str(admin.shown(request, name, value))) for value in values], _nonempty


def occurring(column) -> sa.Select:
    """The values of a column, in order, without the empty text.

    With an index that begins with it they are found one after the other, a step each, however
    many rows there are; Postgres itself would read the whole table.
    """
    if isinstance(column.type, sa.ARRAY):
        each = sa.select(sa.func.unnest(column).label("value")).distinct().subquery()
        return sa.select(each.c.value).order_by(each.c.value).limit(_MOST_OPTIONS)
    is_said = column > "" if isinstance(column.type, sa.String) else column.is_not(None)
    if not leads_an_index(column):
        return sa.select(column).where(is_said).distinct().order_by(column).limit(_MOST_OPTIONS)
    first = sa.select(sa.func.min(column).label("value")).where(is_said)
    found = first.cte("found", recursive=True)
    following = sa.select(sa.func.min(column)).where(column > found.c.value).scalar_subquery()
    found = found.union_all(sa.select(following).where(found.c.value.is_not(None)))
    return sa.select(found.c.value).where(found.c.value.is_not(None)).limit(_MOST_OPTIONS)


def _related(admin, column, request) -> list[tuple[str, str]]:
    target = next(iter(column.foreign_keys)).column.table
    other = next(
        (
            each
            for each in request.registry["admin.tables"].values()
            if each.model.__table__ is target
        ),
        None,
    )
    if other is None:
        return []
    # Without what the list counts for its columns: of each row, for its name only.
    there = other.query(request).with_only_columns(other.key).order_by(None)
    statement = sa.select(other.model).where(other.key.in_(there))
    order = (
        other.model.__table__.c[keys.order_of(other.model, name.removeprefix("-"))]
        for name in other.order
    )
    rows = request.db.scalars(statement.order_by(*order).limit(_MOST_OPTIONS))
    options = [(str(row.id), display.label(request, row)) for row in rows]
    return options + ([(EMPTY, "（无）")] if column.nullable else [])


def _nonempty(value: str) -> str | None:
    return value or None


def _identifier(value: str) -> int | None:
    if value.isascii() and value.isdigit() and len(value) < 20 and int(value) <= BIGINT_MAX:
        return int(value)
    return None
