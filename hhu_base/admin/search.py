"""Finding rows by words, in fields of a table and of the rows that it points to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased, contains_eager

from hhu_base.database import keys

_FEW = 500


class FieldPaths:
    """Fields of a table and, as ``relation.field``, of the rows that it points to."""

    def __init__(self, model: type):
        self.model = model
        self._aliases: dict[str, Any] = {}

    def order(self, path: str) -> str:
        """The path by which a list is sorted by ``path``: texts by their pinyin, where it is kept."""
        relation, dot, name = path.rpartition(".")
        return relation + dot + keys.order_of(self._target(relation) if dot else self.model, name)

    def column(self, path: str) -> Any:
        relation, dot, name = path.rpartition(".")
        found = getattr(self._alias(relation) if dot else self.model, name)
        return found if dot else _number_of(self.model, name, found)

    def is_nullable(self, path: str) -> bool:
        relation, dot, name = path.rpartition(".")
        if dot and self._is_optional(relation):
            return True
        model = self._target(relation) if dot else self.model
        column = _column(model, name)
        return column is None or bool(column.nullable)

    def is_in_order(self, path: str) -> bool:
        """Whether an index gives the rows in this order, a page of them without all others."""
        relation, dot, name = self.order(path).rpartition(".")
        if not dot:
            return leads_an_index(_column(self.model, name))
        # Row by row of the other table, from each to ours: see ``join``.
        [ours] = getattr(self.model, relation).property.local_columns
        return (
            not ours.nullable
            and leads_an_index(ours)
            and leads_an_index(_column(self._target(relation), name))
        )

    def _is_optional(self, relation: str) -> bool:
        """Whether there are rows that point to nothing."""
        return any(
            own.nullable for own, _ in getattr(self.model, relation).property.local_remote_pairs
        )

    @property
    def relations(self) -> set[str]:
        """What has been reached so far."""
        return set(self._aliases)

    def _alias(self, relation: str) -> Any:
        if relation not in self._aliases:
            self._aliases[relation] = aliased(self._target(relation))
        return self._aliases[relation]

    def _target(self, relation: str) -> type:
        return getattr(self.model, relation).property.mapper.class_

    def join(self, statement: sa.Select) -> sa.Select:
        """Each row with those that it points to.

        Where all point to one it is no outer join: that would keep Postgres from beginning with
        the other table, whose index may have the wanted order, to read no more than a page.
        """
        for relation, attribute in zip(self._aliases, self._joined(), strict=True):
            statement = statement.join(attribute, isouter=self._is_optional(relation))
        return statement

    def load(self, statement: sa.Select) -> sa.Select:
        """Fill the relations from the join."""
        return statement.options(*(contains_eager(attribute) for attribute in self._joined()))

    def _joined(self) -> list[Any]:
        return [
            getattr(self.model, relation).of_type(alias)
            for relation, alias in self._aliases.items()
        ]


def _number_of(model: type, name: str, field: Any) -> Any:
    """A field; of the rows that point here, such as the members of a group, how many there are."""
    relation: Any = sa.inspect(model).relationships.get(name)
    if relation is None or not relation.uselist:
        return field
    there = relation.secondary if relation.secondary is not None else relation.mapper.local_table
    counted = sa.select(sa.func.count()).select_from(there).where(relation.primaryjoin)
    return counted.correlate(sa.inspect(model).local_table).scalar_subquery()


def contains(reach: FieldPaths, paths: Sequence[str], word: str) -> Any:
    """Whether a word, which has no blanks, occurs in one of these fields, as people read it."""
    own = [path for path in paths if "." not in path]
    conditions = [_in_texts(reach, own, word)] if own else []
    # Rows that are pointed to are searched by themselves: they are few, and a join is for each row.
    for relation in sorted({path.rpartition(".")[0] for path in paths} - {""}):
        (pair,) = getattr(reach.model, relation).property.local_remote_pairs
        there = FieldPaths(getattr(reach.model, relation).property.mapper.class_)
        names = [path.rpartition(".")[2] for path in paths if path.startswith(relation + ".")]
        found = sa.select(pair[1]).where(_in_texts(there, names, word))
        conditions.append(getattr(reach.model, pair[0].name).in_(found))
    return sa.or_(*conditions)


def _in_texts(reach: FieldPaths, paths: Sequence[str], word: str) -> Any:
    """As it is written, or typed in pinyin where the table keeps that."""
    found = keys.contains([reach.column(path) for path in paths], word)
    sounds = keys.pinyin_columns(reach.model) if len(word) > 1 else []
    # A single letter begins almost every name.
    return sa.or_(found, keys.sounds_like(sounds, word)) if sounds else found


def few_ids(request, key: Any, found: sa.Select) -> list[int] | None:
    """The ids of what a search has found, or None if that is a lot.

    What is rare is found in one pass over the table, in any order, and sorted afterwards: in the
    wanted order Postgres would follow an index to its end, and count in a pass of its own. What
    is frequent is soon found in any order.
    """
    statement = found.order_by(None).with_only_columns(key).limit(_FEW + 1)
    ids = list(request.db.scalars(statement))
    return ids if len(ids) <= _FEW else None


def _column(model: type, name: str) -> sa.Column | None:
    table: Any = sa.inspect(model).local_table
    return table.c.get(name)


def leads_an_index(column: sa.Column | None) -> bool:
    """Whether the rows are found in the order of the column; None: it is none of a table's."""
    if column is None:
        return False
    if column.primary_key:
        return True
    table = column.table
    indexed = [list(index.columns) for index in table.indexes]
    indexed += [list(c.columns) for c in table.constraints if isinstance(c, sa.UniqueConstraint)]
    return any(columns and columns[0] is column for columns in indexed)
