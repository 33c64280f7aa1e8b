"""The names of fields in the declaration of a table, looked at when the application starts.

A name that is none would be an error only for who sorts by that column, or searches.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from pyramid.exceptions import ConfigurationError
from sqlalchemy.orm import Mapper


def check(admin: Any) -> None:
    """Raises ConfigurationError, which names class, attribute and field, for the first wrong one."""
    mapper: Mapper = sa.inspect(admin.model)
    columns = {column.name for column in admin.all_columns}
    for name in admin.card:
        _check_known(admin, "card", mapper, name, columns, "column")
    for name in admin.kept:
        _check_known(admin, "kept", mapper, name, admin.nodes.keys())
    for attribute, path in _sorted_by(admin):
        _find(admin, attribute, mapper, path.removeprefix("-"))
    for path in admin.search:
        found = _find(admin, "search", mapper, path)
        if not isinstance(getattr(found, "type", None), sa.String):
            raise _error(admin, "search", f"{path!r} is no text, which is what is searched")
    for path in admin.filters:
        owner, name = _owner(admin, "filters", mapper, path)
        _check_known(admin, "filters", owner, name, owner.local_table.c.keys())
    relations = mapper.relationships.keys()
    for column in admin.all_columns:
        for name in column.needs:
            _check_known(admin, "columns", mapper, name, relations, "relation")
    for name in admin.import_key:
        own = {each for each in admin.nodes if not getattr(admin.nodes[each], "relation", None)}
        _check_known(admin, "import_key", mapper, name, own.intersection(mapper.columns.keys()))
    shown = {column.name for column in admin.all_columns} | {*admin.nodes, *admin.filters}
    for name in admin.labels:
        if name not in shown:
            _find(admin, "labels", mapper, name)


def _sorted_by(admin: Any) -> Iterator[tuple[str, str]]:
    """Attribute → each of its names that is a field, because rows may be sorted by it."""
    for column in admin.all_columns:
        if column.sort is not None:
            yield from (("columns", path) for path in column.sort)
        if column.value is None:
            yield "columns", column.name
    yield from (("order", path) for path in admin.order)
    for tab in admin.tabs:
        yield from (("tabs", path) for path in tab.order)


def _find(admin: Any, attribute: str, mapper: Mapper, path: str) -> Any:
    owner, name = _owner(admin, attribute, mapper, path)
    _check_known(admin, attribute, owner, name, owner.all_orm_descriptors.keys())
    return getattr(owner.class_, name)


def _owner(admin: Any, attribute: str, mapper: Mapper, path: str) -> tuple[Mapper, str]:
    """Whose field it is: the table's, or as ``relation.field`` that of the rows it points to."""
    relation, dot, name = path.rpartition(".")
    if not dot:
        return mapper, name
    _check_known(admin, attribute, mapper, relation, mapper.relationships.keys(), "relation")
    return mapper.relationships[relation].mapper, name


def _check_known(
    admin: Any, attribute: str, owner: Mapper, name: str, known: Any, kind: str = "field"
) -> None:
    if name in known:
        return
    near = difflib.get_close_matches(name, list(known), 1)
    meant = f"; did you mean {near[0]!r}?" if near else ""
    raise _error(admin, attribute, f"{owner.class_.__name__} has no {kind} {name!r}{meant}")


def _error(admin: Any, attribute: str, problem: str) -> ConfigurationError:
    return ConfigurationError(f"{type(admin).__name__}.{attribute}: {problem}")
