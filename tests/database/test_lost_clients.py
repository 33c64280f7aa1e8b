"""Whoever is connected to the database and dies keeps no lock; for hosts that vanish see tests/flows."""

from __future__ import annotations

import os
import socket
import threading
import time

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.database import lock, try_lock


def is_waiting(session: Session) -> bool:
    return session.scalar(
        sa.text("SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)")
    )


def until(condition, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_who_dies_while_its_statement_waits_gives_its_lock_back(engine):
    with Session(engine) as holder, Session(engine) as heir, engine.connect() as connection:
        lock(holder, "test.inner")
        raw = connection.connection.driver_connection
        lost = Session(connection)
        lock(lost, "test.outer")

        def wait() -> None:
            try:
                lock(lost, "test.inner")
            except sa.exc.OperationalError:
                broken.set()

        broken = threading.Event()
        thread = threading.Thread(target=wait)
        thread.start()
        until(lambda: is_waiting(heir), 10)
        # What the kernel does for a process that is killed.
        with socket.socket(fileno=os.dup(raw.fileno())) as end:
            end.shutdown(socket.SHUT_RDWR)
        # Long before the time is up that a statement may wait for a lock.
        until(lambda: try_lock(heir, "test.outer"), 10)
        thread.join(30)
        assert broken.is_set()
        connection.invalidate()
