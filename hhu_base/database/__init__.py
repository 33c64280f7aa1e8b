"""The database: declarative base, engine, one session and one transaction per request, the lock.

``request.db`` is the request's session. pyramid_tm commits it when the response is a success and
aborts it on any 4xx or 5xx, so a refused request never leaves half of its work behind.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

from hhu_base.database.transactions import _listen_to_sessions, _request_session
from hhu_base.settings import REQUIRED, Integer, Seconds, Text
from hhu_base.settings.server import PROCESSES
from hhu_base.settings.services import DATA_DIR, EMBEDDED, Locations, ServiceUrl, data_dir


class DatabaseUrl(ServiceUrl):
    def parse(self, value: str) -> str:
        if value == EMBEDDED:
            return value
        try:
            name = sa.make_url(value).drivername
        except (sa.exc.ArgumentError, ValueError):
            raise self.wrong("is no database URL") from None
        if not name.startswith("postgresql"):
            raise self.wrong("is no PostgreSQL URL")
        return value


URL = DatabaseUrl(
    "sqlalchemy.url",
    REQUIRED,
    "PostgreSQL：postgresql://用户:密码@主机/库名；embedded 是 scripts/serve 所带的",
)
POOL_SIZE = Integer(
    "sqlalchemy.pool_size",
    30,
    "网站的各个进程一共保持打开多少个数据库连接；每个至少 5 个",
    minimum=1,
)
_SMALLEST_POOL = 5
MAX_OVERFLOW = Integer("sqlalchemy.max_overflow", 0, "忙时可以临时多开多少个连接", minimum=0)
POOL_TIMEOUT = Seconds("sqlalchemy.pool_timeout", 5, "没有空闲的连接时最多等多少秒")
STATEMENT_TIMEOUT = Seconds(
    "sqlalchemy.statement_timeout", 10, "网页请求的一条数据库语句最多执行多少秒", minimum=0.1
)
ALEMBIC_FOLDER = Text("alembic.script_location", "", "数据库迁移的环境（Alembic）所在的目录")

# Every constraint has a predictable name, so that migrations can drop what they have to.
NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


# A host that vanishes without a word (a cable, the power) is given up after six seconds by both ends:
# well before those who ask for a decision are tired of waiting, since a lock may have been in its hand.
TCP_LIMITS = {
    "connect_timeout": 3,
    "keepalives_idle": 3,
    "keepalives_interval": 1,
    "keepalives_count": 3,
    "tcp_user_timeout": 6_000,
}
# The same at the server's end, which also looks whether who waits for a statement is still there.
SERVER_LIMITS = (
    "-c tcp_keepalives_idle=3 -c tcp_keepalives_interval=1 -c tcp_keepalives_count=3"
    " -c tcp_user_timeout=6000 -c client_connection_check_interval=1000"
)
# A process that was stopped inside a transaction must not keep its locks for ever.
_OPTIONS = f"-c timezone=UTC -c idle_in_transaction_session_timeout=60s {SERVER_LIMITS}"
# Nobody waits longer for a lock than a client waits for its answer; in seconds.
_LOCK_TIMEOUT = 15

_LOCK = sa.text("SELECT pg_advisory_xact_lock(:space, :key)")
_LOCKED: sa.ColumnElement[Any] = sa.func.pg_advisory_xact_lock(
    sa.bindparam("space", type_=sa.Integer), sa.bindparam("key", type_=sa.Integer)
)
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
    url = URL.read(settings)
    return Locations.of(data_dir(settings)).database_url if url == EMBEDDED else url


def pool_size(settings: Mapping) -> int:
    """A process's share of ``sqlalchemy.pool_size``: they are not to ask for more by being more."""
    together, processes = POOL_SIZE.read(settings), PROCESSES.read(settings)
    return max(min(_SMALLEST_POOL, together), math.ceil(together / processes))


def make_engine(settings: Mapping) -> sa.Engine:
    """An engine whose connections give up waiting instead of blocking everybody behind them."""
    return sa.create_engine(
        sa.make_url(database_url(settings)).set(drivername="postgresql+psycopg"),
        # Opened when first needed, then kept. With 10 kept and 20 more for the moment, 32 clients
        # made the database spend 5 ms on a reservation, most of it on connecting, instead of 1.
        pool_size=pool_size(settings),
        max_overflow=MAX_OVERFLOW.read(settings),
        pool_timeout=POOL_TIMEOUT.read(settings),
        # The connection used last is the one that is still warm; the others may time out.
        pool_use_lifo=True,
        # An error's text gets into the log: no telephone number, openid or hash is to be in it.
        hide_parameters=True,
        connect_args={
            **TCP_LIMITS,
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


def among(column: Any, values: Iterable[Any]) -> sa.ColumnElement[bool]:
    """Whether ``column`` is one of ``values``: one parameter, however many they are.

    ``column.in_(values)`` has one for each, and so a statement for each number of them, which is to
    be compiled and planned.
    """
    return column == sa.any_(sa.literal(list(values), ARRAY(column.type)))


def lock(session: Session, name: str) -> None:
    """Wait for the advisory lock ``name`` and hold it until the transaction ends.

    Only the transaction form is used: a session lock would stay with a pooled connection.
    """
    session.execute(_LOCK, _key_of(name))


def lock_if(session: Session, name: str, condition: sa.ColumnElement[bool]) -> bool:
    """The same where ``condition`` holds, in one statement; False, and no wait, where it does not.

    It holds as of before the lock: look again at what it is about.
    """
    return session.execute(_lock_where(condition), _key_of(name)).first() is not None


@cache
def _lock_where(condition: sa.ColumnElement[bool]) -> sa.Select:
    return sa.select(_LOCKED).where(condition)


def try_lock(session: Session, name: str) -> bool:
    """The same without waiting; False if another transaction has it."""
    return session.scalar(_TRY_LOCK, _key_of(name))


def _key_of(name: str) -> dict[str, int]:
    return {"space": 0x484855, "key": zlib.crc32(name.encode()) - 2**31}


def includeme(config) -> None:
    """``request.db``, ``request.tm`` and the engine of this application."""
    config.declare_settings(PROCESSES)
    config.declare_settings(
        DATA_DIR, URL, POOL_SIZE, MAX_OVERFLOW, POOL_TIMEOUT, STATEMENT_TIMEOUT, ALEMBIC_FOLDER
    )
    settings = config.get_settings()
    settings["tm.manager_hook"] = "pyramid_tm.explicit_manager"
    settings["tm.commit_veto"] = "pyramid_tm.default_commit_veto"
    # Asking who it is costs a query and may fail: only views that need it do so.
    settings["tm.annotate_user"] = False
    config.include("pyramid_tm")
    engine = make_engine(settings)
    config.registry["engine"] = engine
    config.registry["database.statement_timeout"] = STATEMENT_TIMEOUT.read(settings)
    config.registry["sessions"] = sessionmaker(engine)
    # Each statement by itself: it takes one trip, and not three.
    autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")
    config.registry["autocommit_sessions"] = sessionmaker(autocommit)
    # What rules find in ``session.info``: they know a session, and no registry.
    config.registry["session_info"] = {}
    _listen_to_sessions()
    config.add_request_method(_request_session, "db", reify=True)
    config.include("hhu_base.database.pg_notify")
