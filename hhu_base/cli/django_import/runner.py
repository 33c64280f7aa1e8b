"""Running the parts of a takeover over one dump, in one transaction that the caller ends."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base import plugins
from hhu_base.cli.django_import.importer import DjangoImport
from hhu_base.database import keys
from hhu_base.web.pages import permission_names

BASE = "core"
# What becomes of the records of models that nobody takes.
DJANGO, OFF, UNKNOWN = "Django 自身", "插件未启用", "没有对应的插件"

# Django's own book-keeping: nobody misses it.
_BOOK_KEEPING = ("admin", "authtoken", "contenttypes", "sessions", "sites")
_PERMISSION = "auth.permission"


@dataclass(frozen=True)
class ImportPart:
    """``function(takeover)`` brings over the records of ``models`` for a plugin."""

    function: Callable[[DjangoImport], None]
    models: tuple[str, ...]
    plugin: str


def import_dump(takeover: DjangoImport, registry) -> None:
    """Write everything that can be taken; afterwards ``takeover`` tells all.

    The caller rolls back if something stands in the way, or if this was a rehearsal.
    """
    parts: list[ImportPart] = registry["takeover_parts"]
    takeover.permissions = frozenset(permission_names(registry))
    takeover.plugin_of = {model: part.plugin for part in parts for model in part.models}
    _sort_out_the_rest(takeover, registry["plugins"])
    for part in parts:
        part.function(takeover)
    takeover.session.flush()
    # What was updated here and there has another place in lists by pinyin.
    keys.refresh(takeover.session.connection())
    for model in takeover.plugin_of:
        for record in takeover.dump.get(model, ()):
            if not record.outcome:
                takeover.refuse(record, "没有导入")


def _sort_out_the_rest(takeover: DjangoImport, on: Iterable[str]) -> None:
    """The records that no part takes: as such or, where their plugin is on, as an error."""
    off = _models_that_are_off(on)
    apps_on, apps_off = ({_app(model) for model in some} for some in (takeover.plugin_of, off))
    for model, records in takeover.dump.items():
        if model in takeover.plugin_of:
            continue
        outcome = UNKNOWN
        if model == _PERMISSION or _app(model) in _BOOK_KEEPING:
            outcome = DJANGO
        elif model in off or _app(model) in apps_off - apps_on:
            outcome = OFF
        for record in records:
            if outcome == UNKNOWN and _app(model) in apps_on:
                takeover.refuse(record, f"没有代码接收 {model}，虽然它的插件已经启用")
            else:
                record.outcome = outcome


def _models_that_are_off(on: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for name, point in plugins.installed().items():
        if name not in on:
            try:
                module = f"{point.module}.django_import"
                if importlib.util.find_spec(module):
                    found.update(importlib.import_module(module).MODELS)
            except Exception:  # noqa: S112 - whatever is wrong with a plugin that is off
                continue
    return found


def _app(model: str) -> str:
    return model.partition(".")[0]


def move_sequences(session: Session, tables: Iterable[str]) -> None:
    """Let the next new row of each table get an id behind those that were brought.

    Sequences know no rollback, so this comes last, and never in a rehearsal.
    """
    for name in sorted(tables):
        table = sa.table(name, sa.column("id"))
        sequence = sa.func.pg_get_serial_sequence(name, "id")
        # Never back: another row may have been written and deleted again.
        reached = sa.func.nextval(sa.cast(sequence, sa.dialects.postgresql.REGCLASS)) - 1
        highest = sa.select(sa.func.max(table.c.id)).scalar_subquery()
        session.execute(
            sa.select(
                sa.func.setval(
                    sa.cast(sequence, sa.dialects.postgresql.REGCLASS),
                    sa.func.greatest(highest, reached, 1),
                )
            )
        )
