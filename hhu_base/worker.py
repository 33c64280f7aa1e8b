"""The Celery application of the worker processes::

    celery -A hhu_base.worker worker --ini development.ini -Q reservations -P solo
    celery -A hhu_base.worker worker --ini development.ini -Q default -P threads --periodic

It is importable without settings; the ini file is read when the command starts.
"""

from __future__ import annotations

import logging

import click
from celery import Celery, bootsteps
from celery.beat import EmbeddedService
from celery.signals import (
    setup_logging,
    task_postrun,
    task_prerun,
    user_preload_options,
    worker_process_init,
    worker_ready,
)
from pyramid.paster import bootstrap
from pyramid.paster import setup_logging as setup_logging_from_ini
from sqlalchemy.exc import OperationalError

from hhu_base.settings import ConfigurationError
from hhu_base.tasks import configure_celery, run
from hhu_base.telemetry.systemd import tell_ready
from hhu_base.watching import request_ids

logger = logging.getLogger(__name__)

app = Celery("hhu")
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


@user_preload_options.connect
def _start(options, **_) -> None:
    """Read the ini file and make its tasks known to this worker."""
    setup_logging_from_ini(options["ini"])
    setup_logging.connect(_keep_logging, weak=False)
    try:
        registry = bootstrap(options["ini"])["registry"]
    except Exception as error:
        # Celery would log it and go on: without our tasks, and with a broker of its own choice.
        is_mistake = isinstance(error, ConfigurationError)
        text = "the application cannot start: %s"
        logger.critical(text, error, exc_info=None if is_mistake else error)
        raise SystemExit(1) from error
    configure_celery(app, registry)
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
    tell_ready()


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
