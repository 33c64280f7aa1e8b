"""The broker, as the thread that sends sees it, and the messages that it takes."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any, NamedTuple, Protocol

from celery import Celery
from kombu import uuid

from hhu_base.tasks.broker_options import PATIENCE
from hhu_base.telemetry import request_ids


class Message(NamedTuple):
    """What is sent; of equal ones that still wait here, one."""

    task: str
    args: tuple = ()
    request_id: str | None = None

    @property
    def is_wake_up(self) -> bool:
        return not self.args and not self.request_id


# Asks the broker for an answer.
PROBE = Message("")


class Broker(Protocol):
    """A connection, for one thread; both raise whatever its library raises."""

    def deliver(self, message: Message) -> None:
        """Return when the broker has the message, within seconds."""

    def close(self) -> None:
        """Give the connection up; the next ``deliver`` opens another."""


class CeleryBroker:
    """The broker of ``celery``, on a connection of our own, and not one of a pool."""

    def __init__(self, celery: Celery):
        self._celery = celery
        self._producer: Any = None
        self._wake_ups: dict[str, dict[str, Any]] = {}

    def deliver(self, message: Message) -> None:
        producer = self._producer = self._producer or self._open()
        if message == PROBE:
            self._celery.amqp.queues[self._celery.conf.task_default_queue](
                producer.channel
            ).declare()
            return
        if message.is_wake_up:
            self._wake(producer, message.task)
            return
        headers = {request_ids.MESSAGE_HEADER: message.request_id} if message.request_id else {}
        self._celery.send_task(
            message.task,
            message.args,
            producer=producer,
            headers=headers,
            # The caller tries again, and knows when.
            retry=False,
            confirm_timeout=PATIENCE,
        )

    def _wake(self, producer: Any, task: str) -> None:
        """Send what is always the same: to make it anew takes as long as to send it."""
        made = self._wake_ups.get(task)
        if made is None:
            message = self._celery.amqp.as_task_v2(uuid(), task, ignore_result=True)
            made = self._wake_ups[task] = {
                "body": json.dumps(message.body),
                "content_type": "application/json",
                "content_encoding": "utf-8",
                "headers": message.headers,
                # By the default exchange to the queue of this name, as Celery does it.
                "exchange": "",
                "routing_key": self._celery.amqp.router.route({}, task)["queue"].name,
                **message.properties,
            }
        producer.publish(**made, retry=False, confirm_timeout=PATIENCE)

    def close(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            # Whatever is wrong with it is the reason why it is closed.
            with suppress(Exception):
                producer.connection.release()

    def _open(self):
        connection = self._celery.connection_for_write()
        connection.ensure_connection(max_retries=0)
        return self._celery.amqp.Producer(connection, auto_declare=False)
