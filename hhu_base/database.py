"""The database: declarative base, engine, one session and one transaction per request, the lock.

``request.db`` is the request's session. pyramid_tm commits it when the response is a success and
aborts it on any 4xx or 5xx, so a refused request never leaves half of its work behind.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import zope.sqlalchemy
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

from hhu_base import settings as read
from hhu_base.embedded.locations import Locations

# Every constraint has a predictable name, so that migrations can drop what they have to.
NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


# A process that was stopped inside a transaction must not keep its locks for ever.
_OPTIONS = "-c timezone=UTC -c idle_in_transaction_session_timeout=60s"
# Nobody waits longer for a lock than a client waits for its answer; in seconds.
_LOCK_TIMEOUT = 15
_QUERY_CANCELED = "57014"

# Where a session keeps what makes it follow its transaction manager.
_JOINING = "hhu.joining"
# And what is to be called once its transaction is committed.
_AFTERWARDS = "hhu.afterwards"
_LOCK = sa.text("SELECT pg_advisory_xact_lock(:space, :key)")
_TRY_LOCK = sa.text("SELECT pg_try_advisory_xact_lock(:space, :key)")


class Base(DeclarativeBase):
    """The base of every mapped class; instants are always timezone-aware."""

    metadata = sa.MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map = {
        int: sa.BigInteger(),
        str: sa.Text(),
        datetime: sa.DateTime(timezone=True),
    }


def database_url(settings: Mapping) -> str:
    """The URL of the database; ``embedded`` means the one that ``hhu serve`` runs."""
    url = read.text(settings, "sqlalchemy.url")
    return Locations.of(data_dir(settings)).database_url if url == "embedded" else url


def data_dir(settings: Mapping) -> str:
    """Where the embedded services and the stored files live."""
    return read.text(settings, "hhu.data_dir")


def make_engine(settings: Mapping) -> sa.Engine:
    """An engine whose connections give up waiting instead of blocking everybody behind them."""
    url = database_url(settings)
    try:
        parsed = sa.make_url(url).set(drivername="postgresql+psycopg")
    except sa.exc.ArgumentError:
        raise read.ConfigurationError("sqlalchemy.url", "is no database URL") from None
    if not sa.make_url(url).drivername.startswith("postgresql"):
        raise read.ConfigurationError("sqlalchemy.url", "is no PostgreSQL URL")
    return sa.create_engine(
        parsed,
        # Opened when first needed, then kept. With 10 kept and 20 more for the moment, 32 clients
        # made the database spend 5 ms on a reservation, most of it on connecting, instead of 1.
        pool_size=read.integer(settings, "sqlalchemy.pool_size", 30, minimum=1),
        max_overflow=read.integer(settings, "sqlalchemy.max_overflow", 0, minimum=0),
        pool_timeout=read.seconds(settings, "sqlalchemy.pool_timeout", 5),
        # The connection used last is the one that is still warm; the others may time out.
        pool_use_lifo=True,
        # An error's text gets into the log: no telephone number, openid or hash is to be in it.
        hide_parameters=True,
        connect_args={
            "connect_timeout": 3,
            "application_name": "hhu",
            "options": f"{_OPTIONS} -c lock_timeout={_LOCK_TIMEOUT * 1000}",
        },
    )


def limit_statements(registry) -> None:
    """From now on, no statement of this process takes longer than ``sqlalchemy.statement_timeout``.

    The web server calls it: a request that computes for long slows all others, and its client has
    gone. Workers, ``hhu`` and migrations have work that may take as long as it takes. An export is
    read through a cursor, so that each of its pieces has the time.
    """
    limit = registry["database.statement_timeout"]
    # Who waits for a lock is told so, and not that there was too much to do.
    lock_timeout = min(_LOCK_TIMEOUT, 0.9 * limit)
    options = (
        f"{_OPTIONS} -c lock_timeout={lock_timeout * 1000:.0f}"
        f" -c statement_timeout={limit * 1000:.0f}"
    )

    def connect(_dialect, _record, _arguments, parameters) -> None:
        parameters["options"] = options

    engine = registry["engine"]
    sa.event.listen(engine, "do_connect", connect)
    engine.dispose()  # connections that have no limit yet


def is_unavailable(error: BaseException) -> bool:
    """Whether the database is away, or did not get to it: it may do the same in a moment."""
    return isinstance(error, OperationalError | InterfaceError | PoolTimeout) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    )


def is_out_of_time(error: BaseException) -> bool:
    """Whether the database has stopped a statement at its time limit; it is not away."""
    return getattr(getattr(error, "orig", None), "sqlstate", None) == _QUERY_CANCELED


def among(column: Any, values: Iterable[Any]) -> sa.ColumnElement[bool]:
    """Whether ``column`` is one of ``values``: one parameter, however many they are.

    ``column.in_(values)`` has one for each, and so a statement for each number of them, which is to
    be compiled and planned.
    """
    return column == sa.any_(sa.literal(list(values), ARRAY(column.type)))


def make_session(sessions: sessionmaker, manager) -> Session:
    """A session that takes part in the transactions of ``manager``."""
    # "Changed" from the start: else zope.sqlalchemy takes raw SQL and Core writes for reading, and
    # silently rolls them back. To commit what was only read costs no more than to roll it back.
    joining = zope.sqlalchemy.ZopeTransactionEvents("changed", manager)
    return sessions(info={_JOINING: joining})


# The listeners are hung on all sessions once, and are the three that it takes if a session counts
# as changed from the start: ``zope.sqlalchemy.register`` hangs seven on each new session, which
# was a twentieth of the web server's work for a reservation.


def _after_begin(session, transaction, connection) -> None:
    if (joining := session.info.get(_JOINING)) is not None:
        joining.after_begin(session, transaction, connection)


def _after_attach(session, instance) -> None:
    if (joining := session.info.get(_JOINING)) is not None:
        joining.after_attach(session, instance)


def _before_commit(session) -> None:
    if (joining := session.info.get(_JOINING)) is not None:
        joining.before_commit(session)


def after_commit(session: Session, function: Callable[[], object]) -> None:
    """Call ``function`` once this transaction is committed, and never if it is not.

    For what must not be said too early, such as a line in the log. It can write nothing more.
    """
    session.info.setdefault(_AFTERWARDS, []).append(function)


def _after_commit(session) -> None:
    if _AFTERWARDS in session.info and not session.in_nested_transaction():
        for function in session.info.pop(_AFTERWARDS):
            function()


def _after_transaction_end(session, transaction) -> None:
    if _AFTERWARDS in session.info and transaction.parent is None:
        del session.info[_AFTERWARDS]


def _listen_to_sessions() -> None:
    for name, listener in (
        ("after_begin", _after_begin),
        ("after_attach", _after_attach),
        ("before_commit", _before_commit),
        ("after_commit", _after_commit),
        ("after_transaction_end", _after_transaction_end),
    ):
        if not sa.event.contains(Session, name, listener):
            sa.event.listen(Session, name, listener)


def commit_midway(request) -> None:
    """Commit what the request has written so far and go on in a new transaction.

    The only place that commits before the end of a request. Mapped objects are detached
    afterwards: carry ids across it, never objects.
    """
    request.tm.commit()
    request.tm.begin()


def start_again(request) -> None:
    """Forget a transaction that failed and go on in a new one."""
    request.tm.abort()
    request.tm.begin()


def lock(session: Session, name: str) -> None:
    """Wait for the advisory lock ``name`` and hold it until the transaction ends.

    Only the transaction form is used: a session lock would stay with a pooled connection.
    """
    session.execute(_LOCK, _key_of(name))


def try_lock(session: Session, name: str) -> bool:
    """The same without waiting; False if another transaction has it."""
    return session.scalar(_TRY_LOCK, _key_of(name))


def _key_of(name: str) -> dict[str, int]:
    return {"space": 0x484855, "key": zlib.crc32(name.encode()) - 2**31}


def _request_session(request) -> Session:
    # Tests hand in sessions on a connection of their own, whose transaction they roll back.
    sessions = request.environ.get("hhu.sessions") or request.registry["sessions"]
    return make_session(sessions, request.tm)


def includeme(config) -> None:
    """``request.db``, ``request.tm`` and the engine of this application."""
    settings = config.get_settings()
    settings["tm.manager_hook"] = "pyramid_tm.explicit_manager"
    settings["tm.commit_veto"] = "pyramid_tm.default_commit_veto"
    # Asking who it is costs a query and may fail: only views that need it do so.
    settings["tm.annotate_user"] = False
    config.include("pyramid_tm")
    engine = make_engine(settings)
    config.registry["engine"] = engine
    config.registry["database.statement_timeout"] = read.seconds(
        settings, "sqlalchemy.statement_timeout", 10, minimum=0.1
    )
    config.registry["sessions"] = sessionmaker(engine)
    _listen_to_sessions()
    config.add_request_method(_request_session, "db", reify=True)
