"""The Celery application of the worker processes::

    celery -A hhu_base.worker worker --ini development.ini -Q reservations -P solo
    celery -A hhu_base.worker worker --ini development.ini -Q default -P threads --periodic

It is importable without settings; the ini file is read when the command starts.
"""

from __future__ import annotations

import gc
import logging
from pathlib import Path

import click
import sqlalchemy as sa
from celery import Celery, bootsteps
from celery.app.amqp import AMQP
from celery.beat import EmbeddedService
from celery.signals import (
    beat_init,
    setup_logging,
    task_postrun,
    task_prerun,
    user_preload_options,
    worker_process_init,
    worker_ready,
)
from pyramid.paster import bootstrap
from pyramid.paster import setup_logging as setup_logging_from_ini
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from hhu_base.plugins.inspection import explain
from hhu_base.settings import ConfigurationError, ini_file, raise_all
from hhu_base.tasks import configure_celery, run
from hhu_base.tasks.heartbeat import STARTED, WORKER_EVERY, Description, SignOfLife, note
from hhu_base.telemetry import memory, request_ids
from hhu_base.telemetry.systemd import tell_ready

# As many new objects as the web server makes between two looks; see ``web.server.tuning``.
_GARBAGE = 20_000

logger = logging.getLogger(__name__)


class _Connection(AMQP.Connection):
    """Looks for a broker that is away every second, and not in the end every half minute.

    Workers that come back long after it would let those wait who rely on it already.
    """

    def ensure_connection(self, errback=None, max_retries=None, callback=None, **options):
        pauses = {"interval_start": 0.2, "interval_step": 0.2, "interval_max": 1}
        return super().ensure_connection(
            errback, max_retries, callback=callback, **(options | pauses)
        )


class _AMQP(AMQP):
    Connection = _Connection


app = Celery("hhu", amqp=_AMQP)
app.user_options["preload"].add(
    click.Option(["--ini"], default="development.ini", show_default=True, help="The ini file.")
)
app.user_options["worker"].add(
    click.Option(["--periodic"], is_flag=True, help="Send the periodic tasks as well.")
)


class PeriodicTasks(bootsteps.StartStopStep):
    """``worker --periodic``: this worker does what ``celery beat`` does, in a thread.

    A process for it alone holds the whole application a fourth time, which is 90 MB.
    """

    def __init__(self, worker, periodic: bool = False, **options):
        super().__init__(worker, **options)
        self.enabled = periodic

    def create(self, worker):
        return EmbeddedService(worker.app, thread=True, schedule_filename=worker.schedule_filename)

    def stop(self, worker) -> None:
        # Not waited for: it may be trying to reach a broker that is away.
        self.obj.service.stop(wait=False)

    terminate = stop


app.steps["worker"].add(PeriodicTasks)


class Listening(bootsteps.StartStopStep):
    """Says in the database that this worker listens, from when it does until it does not.

    It starts again with each connection to the broker, so a worker that has lost it is silent.
    """

    requires = ("celery.worker.consumer.tasks:Tasks",)
    engine: sa.Engine

    def __init__(self, consumer, **options):
        super().__init__(consumer, **options)
        self._sign: SignOfLife | None = None

    def start(self, consumer) -> None:
        self._sign = SignOfLife(
            self.engine,
            Description(
                consumer.hostname,
                queues=sorted(queue.name for queue in consumer.task_consumer.queues),
                concurrency=consumer.pool.limit,
                tasks=sorted(name for name in consumer.app.tasks if not name.startswith("celery.")),
            ),
        )
        self._sign.start()
        consumer.timer.call_repeatedly(WORKER_EVERY, self._sign.renew)

    def stop(self, consumer) -> None:
        if self._sign is not None:
            self._sign.end()
            self._sign = None

    shutdown = stop


app.steps["consumer"].add(Listening)


@user_preload_options.connect
def _start(options, **_) -> None:
    """Read the ini file and make its tasks known to this worker."""
    ini = Path(options["ini"])
    try:
        raise_all(ini_file.problems(ini))
        setup_logging_from_ini(options["ini"])
        setup_logging.connect(_keep_logging, weak=False)
        registry = bootstrap(options["ini"])["registry"]
    except Exception as error:
        # Celery would log it and go on: without our tasks, and with a broker of its own choice.
        text = "the application cannot start: %s"
        if isinstance(error, ConfigurationError):
            for each in explain(error, ini):
                logger.critical(text, each)
        else:
            logger.critical(text, error, exc_info=error)
        raise SystemExit(1) from error
    configure_celery(app, registry)
    Listening.engine = registry["engine"]
    for task in registry["tasks"].values():
        app.task(
            _runner(registry, task),
            name=task.name,
            typing=False,
            # The database was away, or somebody held a lock for long: both pass.
            autoretry_for=(OperationalError,),
            retry_backoff=True,
            max_retries=5,
        )
    worker_process_init.connect(_forget_connections(registry), weak=False)


@worker_ready.connect
def _tell_ready(**_) -> None:
    """It listens now: what waits for this worker may go on."""
    # What is loaded stays: to look through it for garbage would stop all who wait for a decision.
    memory.give_back()
    gc.set_threshold(_GARBAGE)
    tell_ready()


@beat_init.connect
def _note_start(**_) -> None:
    """The first periodic tasks come in a moment: `hhu doctor` need not miss them yet."""
    try:
        with Listening.engine.begin() as connection:
            note(connection, STARTED)
    except SQLAlchemyError as error:
        logger.warning("that the schedule has started can't be noted: %s", error)


@task_prerun.connect
def _follow(task, **_) -> None:
    """Log what a task does, Celery's own lines too, under the id of the request that sent it."""
    request_ids.follow(request_ids.chosen(task.request.get(request_ids.MESSAGE_HEADER)))


@task_postrun.connect
def _follow_nobody(**_) -> None:
    request_ids.follow(None)


def _runner(registry, task):
    def run_task(*args) -> None:
        run(registry, task, args)

    return run_task


def _keep_logging(**_) -> None:
    """With a receiver on this signal Celery leaves logging as the ini file has set it up."""


def _forget_connections(registry):
    def forget(**_) -> None:
        # A forked worker must not use the connections of its parent.
        registry["engine"].dispose(close=False)

    return forget
