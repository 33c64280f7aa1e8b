"""Waking waiting threads through PostgreSQL's LISTEN and NOTIFY.

What decides about a row announces it in the same transaction: PostgreSQL delivers the news when
that is committed and durable, or never. So the news may be believed, and who waits for it need not
read the row. Each process has one listening connection, opened when the first thread waits.

News can be lost with a connection: who waits looks at the row now and then. That costs a moment,
never a wrong answer.
"""

from __future__ import annotations

import json
import logging
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
import sqlalchemy as sa

from hhu_base.database import SERVER_LIMITS, TCP_LIMITS

logger = logging.getLogger(__name__)

CHANNEL = "hhu_announcements"
# PostgreSQL refuses a payload of 8000 bytes: so many rows, each with a sentence, are well below.
_ROWS_A_MESSAGE = 40
_RECONNECT_PAUSE = 0.5
_PAYLOAD = (
    sa.func.unnest(sa.bindparam("payloads", type_=sa.ARRAY(sa.Text)))
    .table_valued(sa.column("payload", sa.Text))
    .render_derived("news")
)
# Of the parameter ``payloads``; as a part of the statement that writes what is announced it costs
# no round trip.
NOTIFY = sa.select(sa.func.pg_notify(sa.literal_column(f"'{CHANNEL}'"), _PAYLOAD.c.payload))
_LOOK_UP_EVERY = 1.0  # how long stop() may take


def notify(session, topic: str, outcomes: Mapping[int, Any]) -> None:
    """Tell every process, when this transaction commits, what has become of these rows.

    By id: a short JSON value, or None, which only makes those who wait look for themselves.
    """
    if outcomes:
        session.execute(NOTIFY, {"payloads": payloads(topic, outcomes)})


def payloads(topic: str, outcomes: Mapping[int, Any]) -> list[str]:
    """What ``NOTIFY`` sends of them."""
    rows = list(outcomes.items())
    return [
        json.dumps([topic, rows[start : start + _ROWS_A_MESSAGE]], ensure_ascii=False)
        for start in range(0, len(rows), _ROWS_A_MESSAGE)
    ]


class Waiter(threading.Event):
    """What one thread waits for; ``outcome`` is what was announced, if anything was."""

    outcome: Any = None


class Listener:
    """The listening connection of a process and the threads that wait for its news."""

    def __init__(self, engine: sa.Engine):
        self._engine = engine
        self._guard = threading.Lock()
        self._waiting: dict[tuple[str, int], list[Waiter]] = defaultdict(list)
        self._thread: threading.Thread | None = None
        self._is_stopped = threading.Event()
        self.is_listening = False

    def stop(self) -> None:
        """Listen no more; for tests, whose database goes away before the process does."""
        self._is_stopped.set()
        if self._thread is not None:
            self._thread.join(2 * _LOOK_UP_EVERY)

    @property
    def waiting(self) -> int:
        """How many rows somebody waits for."""
        return len(self._waiting)

    @contextmanager
    def expect(self, topic: str, row_id: int) -> Iterator[Waiter]:
        """What is set by news of this row; enter before the news can be sent."""
        news = Waiter()
        key = (topic, row_id)
        with self._guard:
            self._waiting[key].append(news)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="listener", daemon=True)
                self._thread.start()
        try:
            yield news
        finally:
            with self._guard:
                self._waiting[key].remove(news)
                if not self._waiting[key]:
                    del self._waiting[key]

    def _run(self) -> None:
        while not self._is_stopped.is_set():
            try:
                self._listen()
            except (psycopg.Error, sa.exc.SQLAlchemyError) as error:
                logger.warning("listening connection lost: %s", error)
            self.is_listening = False
            self._is_stopped.wait(_RECONNECT_PAUSE)

    def _listen(self) -> None:
        # A connection of its own, outside the pool: it is kept for the life of the process.
        arguments = self._engine.dialect.create_connect_args(self._engine.url)[1]
        arguments = {**arguments, **TCP_LIMITS, "options": SERVER_LIMITS}
        with psycopg.connect(**arguments, autocommit=True) as connection:
            connection.execute(f"LISTEN {CHANNEL}")
            self.is_listening = True
            # What was announced while nobody listened is not told again.
            self.wake_everybody()
            while not self._is_stopped.is_set():
                for news in connection.notifies(timeout=_LOOK_UP_EVERY):
                    self._wake(news.payload)

    def _wake(self, payload: str) -> None:
        topic, rows = json.loads(payload)
        with self._guard:
            for row_id, outcome in rows:
                for news in self._waiting.get((topic, row_id), ()):
                    news.outcome = outcome
                    news.set()

    def wake_everybody(self) -> None:
        """Make all who wait look for themselves."""
        with self._guard:
            for waiting in self._waiting.values():
                for news in waiting:
                    news.set()


def includeme(config) -> None:
    """One listener for this application; it connects when first needed."""
    config.registry["listener"] = Listener(config.registry["engine"])
