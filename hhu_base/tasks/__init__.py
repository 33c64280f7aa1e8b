"""Celery, joined to the transaction of a request.

A plugin declares its tasks in ``includeme``::

    config.add_task("rooms.decide", tasks.decide, queue="reservations", every=5)

The function takes a request (of its own, with ``request.db`` in a transaction of its own) and
JSON values. A request sends one with ``request.enqueue(name, *ids)``, after its commit.

A queue that a task names is for what has to go in order, or must not hold up anything else: it has a
worker of its own, which does one task at a time (``worker_options``).

A message is only the fast path: what must happen is a row, and a periodic task finds the rows
whose message was lost. Tasks may run twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from celery import Celery
from kombu import Queue
from pyramid.scripting import prepare

from hhu_base.settings import REQUIRED
from hhu_base.settings.server import PROCESSES
from hhu_base.settings.services import EMBEDDED, Locations, ServiceUrl, data_dir
from hhu_base.tasks.broker import CeleryBroker
from hhu_base.tasks.broker_options import connection_options, transport_options
from hhu_base.tasks.sender import TaskSender

DEFAULT_QUEUE = "default"
# "memory" is for tests; kombu knows more, but each of the others wants a library that is not here.
BROKERS = ("redis", "rediss", "redis+socket", "sentinel", "amqp", "amqps", "pyamqp", "memory")


class BrokerUrl(ServiceUrl):
    def parse(self, value: str) -> str:
        scheme, separator, _ = value.partition("://")
        if value != EMBEDDED and (not separator or scheme not in BROKERS):
            # Not the value: it may have a password in it.
            raise self.wrong("is no address of a Redis, Valkey (redis://…) or RabbitMQ (amqp://…)")
        return value


BROKER_URL = BrokerUrl(
    "celery.broker_url",
    REQUIRED,
    "Redis 或 Valkey（redis://…）、RabbitMQ（amqp://…）；embedded 是 scripts/serve 所带的",
)


@dataclass(frozen=True)
class Task:
    """A declared task; ``every`` is its period in seconds, or None."""

    name: str
    function: Callable
    queue: str
    every: float | None
    # A request waits for what it does: without a worker of its queue nothing is ready.
    is_awaited: bool = False
    # It may take longer than a worker may be silent, so it is done beside the worker's main loop.
    is_long: bool = False


def add_task(
    config,
    name: str,
    function: Callable,
    *,
    queue: str = DEFAULT_QUEUE,
    every: float | None = None,
    is_awaited: bool = False,
    is_long: bool = False,
) -> None:
    """Directive: make ``function(request, *args)`` known as the task ``name``."""
    task = Task(name, function, queue, every, is_awaited, is_long)

    def register() -> None:
        config.registry["tasks"][name] = task

    config.action(("hhu-task", name), register)


def configure_celery(celery: Celery, registry) -> Celery:
    """Give ``celery`` the broker, the queues and the schedule of this application."""
    tasks: Mapping[str, Task] = registry["tasks"]
    celery.conf.update(
        broker_url=registry["broker_url"],
        task_ignore_result=True,  # decisions are rows, announced by Postgres
        task_serializer="json",
        accept_content=["json"],
        task_default_queue=DEFAULT_QUEUE,
        task_queues=[Queue(name, no_ack=_is_awaited(tasks, name)) for name in queues(registry)],
        task_routes={task.name: {"queue": task.queue} for task in tasks.values()},
        # A message is given back when its worker dies; all tasks can be run twice. Where somebody waits,
        # and wakes the next worker soon, nobody keeps account of messages: ``no_ack``.
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        # Beat, and a task that is tried again: once more on a new connection. Without that beat
        # goes on with a connection that is dead since the broker's restart.
        task_publish_retry_policy={"max_retries": 1, "interval_start": 0, "interval_step": 0},
        broker_pool_acquire_timeout=5,  # by default without a limit
        broker_connection_timeout=1,
        # So RabbitMQ gives the messages of a worker that has vanished to another. Longer than a
        # worker that does one thing at a time may wait for a lock, since it is silent meanwhile.
        broker_heartbeat=20,
        broker_transport_options=connection_options(registry["broker_url"]),
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,  # a worker waits for its broker as long as it takes
        worker_hijack_root_logger=False,
        worker_send_task_events=False,
        # Nobody asks a worker anything. RabbitMQ would keep the queue of a connection that has
        # vanished locked for a while, and the worker that comes back would end for want of it.
        worker_enable_remote_control=False,
        enable_utc=True,
        timezone="UTC",
        beat_schedule={
            task.name: {
                "task": task.name,
                "schedule": task.every,
                # With no worker alive these would pile up; the next one does the same.
                "options": {"expires": max(task.every, 1)},
            }
            for task in tasks.values()
            if task.every
        },
    )
    return celery


def _is_awaited(tasks: Mapping[str, Task], queue: str) -> bool:
    return any(task.is_awaited for task in tasks.values() if task.queue == queue)


def queues(registry) -> list[str]:
    """The names of all queues that the declared tasks use."""
    return sorted({DEFAULT_QUEUE} | {task.queue for task in registry["tasks"].values()})


def worker_options(registry, queue: str) -> list[str]:
    """How Celery's worker of this queue is to be started.

    Solo is the quickest; but its main loop stands still meanwhile, and with it the sign of life.
    """
    if queue == DEFAULT_QUEUE:
        return ["-P", "threads", "-c", "4"]
    tasks = [task for task in registry["tasks"].values() if task.queue == queue]
    return ["-P", "threads" if any(task.is_long for task in tasks) else "solo", "-c", "1"]


def run(registry, task: Task, args: tuple) -> None:
    """Run a task in a request and a transaction of its own."""
    with prepare(registry=registry) as env:
        request = env["request"]
        with request.tm:
            task.function(request, *args)


def enqueue(request, name: str, *args: Any) -> None:
    """Send the task ``name`` once the request's transaction is committed; ids only."""
    sender: TaskSender = request.registry["sender"]

    def send_after_commit(is_committed: bool) -> None:
        if is_committed:
            sender.send(name, *args)

    request.tm.get().addAfterCommitHook(send_after_commit)


def _broker_url(settings: Mapping) -> str:
    url = BROKER_URL.read(settings)
    return Locations.of(data_dir(settings)).broker_url if url == EMBEDDED else url


def includeme(config) -> None:
    """``config.add_task`` and ``request.enqueue``."""
    config.declare_settings(BROKER_URL)
    registry = config.registry
    registry["tasks"] = {}
    config.add_directive("add_task", add_task)
    config.add_request_method(enqueue, "enqueue")
    celery = Celery("hhu", set_as_current=False)
    registry["celery"] = celery
    registry["sender"] = TaskSender(
        CeleryBroker(celery), processes=PROCESSES.read(config.get_settings())
    )

    def configure() -> None:
        # For rules, which know a session and no request.
        registry["sessions"].configure(info={"sender": registry["sender"]})
        configure_celery(celery, registry)
        celery.conf.broker_transport_options |= transport_options(registry["broker_url"])

    config.action(None, configure, order=9999)
    config.include("hhu_base.tasks.heartbeat")
    config.include("hhu_base.tasks.decisions")
    # Last, and what needs the database as an action, so that all that is wrong is told at once.
    registry["broker_url"] = _broker_url(config.get_settings())
