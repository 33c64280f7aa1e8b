"""Celery, joined to the transaction of a request.

A plugin declares its tasks in ``includeme``::

    config.add_task("rooms.decide", tasks.decide, queue="reservations", every=5)

The function takes a request (of its own, with ``request.db`` in a transaction of its own) and
JSON values. A request sends one with ``request.enqueue(name, *ids)``, after its commit.

A message is only the fast path: what must happen is a row, and a periodic task finds the rows
whose message was lost. Tasks may run twice.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from celery import Celery
from kombu import Queue
from pyramid.scripting import prepare

from hhu_base.database import EMBEDDED, ServiceUrl, data_dir
from hhu_base.embedded.locations import Locations
from hhu_base.settings import REQUIRED
from hhu_base.watching import request_ids

logger = logging.getLogger(__name__)

DEFAULT_QUEUE = "default"
# "memory" is for tests; kombu knows more, but each of the others wants a library that is not here.
BROKERS = ("redis", "rediss", "redis+socket", "sentinel", "amqp", "amqps", "pyamqp", "memory")
# Seconds between two wake-ups of the same task for each who waits for it: those who come meanwhile
# share the next. With 32 clients it saves a third of the worker's time; a client that is alone
# does not notice.
_DISTANCE_EACH = 0.0015
_LONGEST_DISTANCE = 0.025
# Seconds in which nobody tries again after a broker did not answer: one that hangs would cost
# each request the second after which it is given up.
_REST = 2.0


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


def add_task(
    config, name: str, function: Callable, *, queue: str = DEFAULT_QUEUE, every: float | None = None
) -> None:
    """Directive: make ``function(request, *args)`` known as the task ``name``."""
    task = Task(name, function, queue, every)

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
        task_queues=[Queue(name) for name in queues(registry)],
        task_routes={task.name: {"queue": task.queue} for task in tasks.values()},
        # A message is given back when its worker dies; all tasks can be run twice.
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        # A dead broker must not occupy the web threads: whoever sends has a plan without it.
        task_publish_retry=False,
        broker_connection_timeout=1,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,  # a worker waits for its broker as long as it takes
        worker_hijack_root_logger=False,
        worker_send_task_events=False,
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


def queues(registry) -> list[str]:
    """The names of all queues that the declared tasks use."""
    return sorted({DEFAULT_QUEUE} | {task.queue for task in registry["tasks"].values()})


def run(registry, task: Task, args: tuple) -> None:
    """Run a task in a request and a transaction of its own."""
    with prepare(registry=registry) as env:
        request = env["request"]
        with request.tm:
            task.function(request, *args)


class Sender:
    """Sends messages; those that carry nothing are sent once for all who ask at the same time.

    A wake-up is owed to everything that was committed before it is sent, so one message that
    *begins* to be sent after a commit serves that commit too. While one is on its way, the others
    who ask wait and share the next, and so they do for a moment after it: at 500 reservations a
    second that saves most messages.
    """

    def __init__(
        self,
        celery: Celery,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], object] = time.sleep,
    ):
        self._celery = celery
        self._clock = clock
        self._pause = pause
        self._away_until = 0.0
        self._guard = threading.Lock()
        self._rounds: dict[str, _Round] = {}
        self._sending: dict[str, threading.Lock] = {}
        self._last_sent: dict[str, float] = {}

    def send(self, name: str, *args: Any) -> bool:
        """Send a message; False if the broker can't be reached, or could not a moment ago."""
        return self._send(name, args, request_ids.current())

    def _send(self, name: str, args: tuple, request_id: str | None) -> bool:
        if not self._may_try():
            return False
        options = {"headers": {request_ids.MESSAGE_HEADER: request_id}} if request_id else {}
        try:
            self._celery.send_task(name, args, **options)
        except Exception as error:
            # Each broker's library has errors of its own; whatever it is, nothing was sent.
            logger.warning("no broker for %s: %s", name, error)
            self._away_until = self._clock() + _REST
            return False
        self._away_until = 0.0
        return True

    def _may_try(self) -> bool:
        """While the broker is away, one at a time finds out whether it still is."""
        with self._guard:
            now = self._clock()
            if now < self._away_until:
                return False
            if self._away_until:
                self._away_until = now + _REST
            return True

    def wake(self, name: str, waiting: int = 1) -> bool:
        """Send a message without arguments, or share one; False if the broker can't be reached.

        ``waiting``: how many wait for what the task does.
        """
        with self._guard:
            shared = self._rounds.get(name)
            if shared is None:
                shared = self._rounds[name] = _Round()
                leads = True
            else:
                leads = False
            sending = self._sending.setdefault(name, threading.Lock())
        if not leads:
            shared.done.wait()
            return shared.sent
        try:
            with sending:
                self._keep_distance(name, waiting)
                with self._guard:
                    # From here on a newcomer's commit may be too late for this message.
                    del self._rounds[name]
                # Shared, so it is about no request; the rows that it is about know theirs.
                shared.sent = self._send(name, (), None)
        finally:
            shared.done.set()
        return shared.sent

    def _keep_distance(self, name: str, waiting: int) -> None:
        distance = min(_DISTANCE_EACH * waiting, _LONGEST_DISTANCE)
        missing = self._last_sent.get(name, float("-inf")) + distance - self._clock()
        if missing > 0:
            self._pause(missing)
        self._last_sent[name] = self._clock()


class _Round:
    """Those who share one message."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.sent = False


def enqueue(request, name: str, *args: Any) -> None:
    """Send the task ``name`` once the request's transaction is committed; ids only."""
    sender: Sender = request.registry["sender"]

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
    registry["broker_url"] = _broker_url(config.get_settings())
    config.add_directive("add_task", add_task)
    config.add_request_method(enqueue, "enqueue")
    celery = Celery("hhu", set_as_current=False)
    registry["celery"] = celery
    registry["sender"] = Sender(celery)

    def configure() -> None:
        configure_celery(celery, registry)
        if celery.conf.broker_url.startswith(("redis", "valkey")):
            # Only where messages are sent: a worker that listens must not give up after a second.
            celery.conf.broker_transport_options = {
                "socket_timeout": 1,
                "socket_connect_timeout": 1,
                "max_retries": 0,
            }

    config.action(None, configure, order=9999)
