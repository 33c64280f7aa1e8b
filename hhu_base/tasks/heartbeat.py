"""Signs of life, which are rows: to know them, ask the database; no process is asked.

Of the periodic tasks: one row, renewed by a task that is itself periodic. That it is fresh says at
once that the schedule runs, that its messages get through the broker, and that a worker of the
ordinary queue does them.

Of each worker: one row, renewed as long as it listens to the broker and its main loop turns.

Of a backup that was made, and of a schedule that has begun to run: one row each.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from hhu_base.tasks.models import Heartbeat, Worker

logger = logging.getLogger(__name__)

PERIODIC, STARTED, BACKUP = "periodic", "started", "backup"
EVERY = 30
# A schedule that is started again and again does not count as one that has only just been started.
_STARTED_ANEW = timedelta(minutes=10)
# Of a worker, in seconds.
WORKER_EVERY = 3.0
# Three that did not come. A worker that stops in order takes its row away.
WORKER_LATE = timedelta(seconds=10)
# Then the row of a worker that was killed, and has no successor of its name, goes.
_FORGOTTEN = timedelta(hours=1)
# For the last word of a worker that stops; the database may be away.
_PATIENCE = 3.0


def beat(request) -> None:
    """The task: the schedule has come as far as this."""
    note(request.db, PERIODIC)


def note(connection: Session | sa.Connection, name: str) -> None:
    """It happens now; a start is kept for a while."""
    row = insert(Heartbeat).values(name=name, at=sa.func.clock_timestamp())
    is_over = Heartbeat.at < sa.func.clock_timestamp() - _STARTED_ANEW
    connection.execute(
        row.on_conflict_do_update(
            index_elements=[Heartbeat.name],
            set_={"at": row.excluded.at},
            where=is_over if name == STARTED else None,
        )
    )


def age(session: Session, name: str = PERIODIC) -> timedelta | None:
    """How long ago that was; None: it never was."""
    return session.scalar(
        sa.select(sa.func.clock_timestamp() - Heartbeat.at).where(Heartbeat.name == name)
    )


def living_workers(connection: Session | sa.Connection) -> Sequence[sa.Row]:
    """``name``, ``queues``, ``concurrency`` and ``tasks`` of the workers that listen, by name."""
    table = Worker.__table__
    return connection.execute(
        sa.select(table.c.name, table.c.queues, table.c.concurrency, table.c.tasks)
        .where(table.c.at > sa.func.clock_timestamp() - WORKER_LATE)
        .order_by(table.c.name)
    ).all()


@dataclass(frozen=True)
class Description:
    """What a worker says of itself."""

    name: str
    queues: list[str]
    concurrency: int
    tasks: list[str]


class SignOfLife:
    """Renews a worker's row in a thread of its own, so that no task waits for it."""

    def __init__(self, engine: sa.Engine, worker: Description):
        self._engine = engine
        self._worker = worker
        self._is_due = threading.Event()
        self._is_over = False
        self._thread = threading.Thread(target=self._run, name="sign of life", daemon=True)

    def start(self) -> None:
        self.renew()
        self._thread.start()

    def renew(self) -> None:
        """To be called by the main loop, now and then: if it stands still, so does the row."""
        self._is_due.set()

    def end(self) -> None:
        """Take the row away."""
        self._is_over = True
        self._is_due.set()
        self._thread.join(_PATIENCE)

    def _run(self) -> None:
        is_over = False
        while not is_over:
            self._is_due.wait()
            self._is_due.clear()
            # Read once: an end that comes while a sign is being written is for the next turn.
            is_over = self._is_over
            try:
                with self._engine.begin() as connection:
                    if is_over:
                        self._take_away(connection)
                    else:
                        self._write(connection)
            except SQLAlchemyError as error:
                logger.warning("no sign of life can be given: %s", error)

    def _take_away(self, connection: sa.Connection) -> None:
        connection.execute(sa.delete(Worker).where(Worker.name == self._worker.name))

    def _write(self, connection: sa.Connection) -> None:
        row = insert(Worker).values(
            name=self._worker.name,
            at=sa.func.clock_timestamp(),
            queues=self._worker.queues,
            concurrency=self._worker.concurrency,
            tasks=self._worker.tasks,
        )
        new = {name: row.excluded[name] for name in ("at", "queues", "concurrency", "tasks")}
        connection.execute(row.on_conflict_do_update(index_elements=[Worker.name], set_=new))
        connection.execute(
            sa.delete(Worker).where(Worker.at < sa.func.clock_timestamp() - _FORGOTTEN)
        )


def includeme(config) -> None:
    config.add_task("core.heartbeat", beat, every=EVERY)
