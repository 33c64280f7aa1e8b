"""What a plugin adds to a page that is everybody's fails alone: its card, its line of the menu, its figure.

The failure is logged, shown in its place, and remembered until the same thing works again: the home
page names it to superusers, and ``/readyz`` names the plugin.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from hhu_base.database import Base
from hhu_base.database.errors import is_out_of_time
from hhu_base.plugins.errors import shortened

logger = logging.getLogger(__name__)

CORE = "core"
NOT_MIGRATED = "数据库里没有它的表，请运行 hhu migrate"
# Undefined table, undefined column.
_NOT_MIGRATED = ("42P01", "42703")
_TABLES = "tables"


class NotMigrated(Exception):
    """The database lacks a table of the plugin."""


class Failures:
    """What fails in this process: (plugin, what it is) → reason, in one line."""

    def __init__(self) -> None:
        self._reasons: dict[tuple[str, str], str] = {}

    @property
    def reasons(self) -> dict[tuple[str, str], str]:
        return dict(self._reasons)

    def note(self, plugin: str, what: str, error: Exception) -> None:
        reason = _reason(error)
        if self._reasons.get((plugin, what)) != reason:  # once, and not at every page
            logger.error("%s of the plugin %s has failed", what, plugin, exc_info=error)
        self._reasons[plugin, what] = reason

    def forget(self, plugin: str, what: str) -> None:
        self._reasons.pop((plugin, what), None)

    def attempt(
        self,
        plugin: str,
        what: str,
        function: Callable[[], Any],
        *,
        session: Session | None = None,
        otherwise: Any = None,
    ) -> Any:
        """What ``function`` returns, or ``otherwise`` if it fails.

        With the ``session`` that it uses, a statement of it that fails does not hurt the others.
        Raises what the database says when it is away: then it is not the plugin that fails.
        """
        try:
            if session is None:
                result = function()
            else:
                with session.begin_nested():
                    result = function()
        except Exception as error:
            if _is_database_away(error):
                raise
            self.note(plugin, what, error)
            return otherwise
        self.forget(plugin, what)
        return result


def failing_plugins(registry) -> list[str]:
    """The plugins of which something fails in this process, or whose tables were missed."""
    return sorted({plugin for plugin, _ in registry["plugins.failures"].reasons})


def look_for_tables(registry, connection: sa.Connection) -> None:
    """Note the enabled plugins of which the database lacks a table."""
    failures: Failures = registry["plugins.failures"]
    missing = missing_tables(connection, Base.metadata.tables)
    for plugin in registry["plugins"]:
        if any(table.startswith(f"{plugin}_") for table in missing):
            failures.note(plugin, _TABLES, NotMigrated())
        else:
            failures.forget(plugin, _TABLES)


def missing_tables(session: Session | sa.Connection, names: Iterable[str]) -> set[str]:
    """Those of these tables that the database does not have."""
    wanted = sa.func.unnest(sa.literal(list(names), sa.ARRAY(sa.Text))).column_valued("name")
    there = sa.func.to_regclass(sa.func.quote_ident(wanted))
    return set(session.scalars(sa.select(wanted).where(there.is_(None))))


def _is_database_away(error: Exception) -> bool:
    if isinstance(error, PoolTimeout):
        return True
    if not isinstance(error, DBAPIError) or is_out_of_time(error):
        return False
    return isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated


def _reason(error: Exception) -> str:
    if isinstance(error, NotMigrated):
        return NOT_MIGRATED
    original = getattr(error, "orig", None) or error
    if getattr(original, "sqlstate", None) in _NOT_MIGRATED:
        return f"{NOT_MIGRATED}（{shortened(original)}）"
    return f"{type(original).__name__}: {shortened(original)}"


def includeme(config) -> None:
    """What fails in this process, and who is adding something: the base, until the plugins come."""
    config.registry["plugins.failures"] = Failures()
    config.registry["plugins.current"] = CORE
