"""Waking waiting threads through PostgreSQL's LISTEN and NOTIFY.

Whoever changes a row announces it in the same transaction, so the news is out exactly when the
change is. Each process has one listening connection, opened when the first thread waits.

News only wakes: who wakes reads the row. A lost one costs a moment, never a wrong answer.
"""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import psycopg
import sqlalchemy as sa

logger = logging.getLogger(__name__)

CHANNEL = "hhu_announcements"
# PostgreSQL refuses a payload of 8000 bytes; 300 ids of 19 digits are well below.
_IDS_A_MESSAGE = 300
_RECONNECT_PAUSE = 0.5
_NOTIFY = sa.text(
    "SELECT pg_notify(CAST(:channel AS text), payload)"
    " FROM unnest(CAST(:payloads AS text[])) AS payload"
)
_LOOK_UP_EVERY = 1.0  # how long stop() may take


def announce(session, topic: str, ids: Iterable[int]) -> None:
    """Tell every process, when this transaction commits, that these rows have changed."""
    ids = list(ids)
    payloads = [
        f"{topic}:{','.join(map(str, ids[start : start + _IDS_A_MESSAGE]))}"
        for start in range(0, len(ids), _IDS_A_MESSAGE)
    ]
    if payloads:
        session.execute(_NOTIFY, {"channel": CHANNEL, "payloads": payloads})


class Listener:
    """The listening connection of a process and the threads that wait for its news."""

    def __init__(self, engine: sa.Engine):
        self._engine = engine
        self._guard = threading.Lock()
        self._waiting: dict[tuple[str, int], list[threading.Event]] = defaultdict(list)
        self._thread: threading.Thread | None = None
        self._is_stopped = threading.Event()
        self.is_listening = False

    def stop(self) -> None:
        """Listen no more; for tests, whose database goes away before the process does."""
        self._is_stopped.set()
        if self._thread is not None:
            self._thread.join()

    @contextmanager
    def expect(self, topic: str, row_id: int) -> Iterator[threading.Event]:
        """An event that is set by news of this row; enter before the news can be sent."""
        event = threading.Event()
        key = (topic, row_id)
        with self._guard:
            self._waiting[key].append(event)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="listener", daemon=True)
                self._thread.start()
        try:
            yield event
        finally:
            with self._guard:
                self._waiting[key].remove(event)
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
        with psycopg.connect(**arguments, autocommit=True, connect_timeout=3) as connection:
            connection.execute(f"LISTEN {CHANNEL}")
            self.is_listening = True
            # What was announced while nobody listened is not told again.
            self._wake_everybody()
            while not self._is_stopped.is_set():
                for news in connection.notifies(timeout=_LOOK_UP_EVERY):
                    self._wake(news.payload)

    def _wake(self, payload: str) -> None:
        topic, _, ids = payload.partition(":")
        with self._guard:
            for row_id in ids.split(","):
                for event in self._waiting.get((topic, int(row_id)), ()):
                    event.set()

    def _wake_everybody(self) -> None:
        with self._guard:
            for events in self._waiting.values():
                for event in events:
                    event.set()


def includeme(config) -> None:
    """One listener for this application; it connects when first needed."""
    config.registry["listener"] = Listener(config.registry["engine"])
