"""``GET /metrics``: the figures in Prometheus' text format, for callers with ``metrics.token``.

Without the setting there is no such path (404). With it, who sends no token or a wrong one gets
401 and not 404: that the path exists is in the README, and a mistyped token should look like one.

A scrape never fails because of what it watches: what can't be read is left out, and
``hhu_database_up`` and ``hhu_broker_up`` say so.
"""

from __future__ import annotations

import hmac
import logging
import math
import shutil
from collections.abc import Iterator

from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from hhu_base.database.errors import is_out_of_time
from hhu_base.database.transactions import abort
from hhu_base.settings.services import data_dir
from hhu_base.tasks import heartbeat, queues
from hhu_base.telemetry.metrics import TOKEN, Metric, family
from hhu_base.web.error_views import as_answer
from hhu_base.web.errors import BAD_TOKEN, NO_CREDENTIALS, Unauthorized
from hhu_base.web.security import digest_of

logger = logging.getLogger(__name__)

_DATABASE_UP = Metric("hhu_database_up", "Whether the database answers.", lambda: 0)
_BROKER_UP = Metric("hhu_broker_up", "Whether the broker answers.", lambda: 0)
_FREE = Metric("hhu_data_free_bytes", "Room on the disk of the data folder.", lambda: 0)
_MESSAGES = Metric(
    "hhu_queue_messages", "Messages in a queue that no worker has taken.", lambda: 0, label="queue"
)


def scrape(request) -> Response:
    """``GET /metrics``"""
    from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    is_sent = scheme.lower() == "bearer"
    wanted = request.registry["watching.token_digest"]
    if not (is_sent and hmac.compare_digest(digest_of(token.strip()), wanted)):
        refusal = Unauthorized(BAD_TOKEN if is_sent else NO_CREDENTIALS)
        refusal.headers["WWW-Authenticate"] = "Bearer"
        return as_answer(refusal, request)
    return Response(
        generate_latest(_Scrape(request)),
        headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4, "Cache-Control": "no-store"},
    )


class _Scrape:
    """What prometheus-client takes for a registry: one look at everything."""

    def __init__(self, request):
        self._request = request

    def collect(self) -> Iterator:
        for told in self._request.registry["watching.figures"].collectors.collect():
            # When a series began, which doubles the counters and says nothing.
            told.samples = [each for each in told.samples if not each.name.endswith("_created")]
            yield told
        yield from _of_the_disk(self._request.registry)
        # This order: no connection to the database is held while a broker does not answer.
        yield from _of_the_broker(self._request.registry)
        yield from _of_the_database(self._request)


def _of_the_disk(registry) -> Iterator:
    try:
        yield family(_FREE, shutil.disk_usage(data_dir(registry.settings)).free)
    except OSError as error:
        logger.warning("the room for the data can't be told: %s", error)


def _of_the_database(request) -> Iterator:
    is_up = True
    failures = request.registry["plugins.failures"]
    for metric in request.registry["metrics"].values():
        try:
            yield family(metric, metric.read(request.db))
        except (OperationalError, InterfaceError, PoolTimeout) as error:
            if is_out_of_time(error):
                failures.note(metric.plugin, metric.name, error)
                abort(request)
                continue
            logger.warning("the database can't be read for %s: %s", metric.name, error)
            is_up = False
        except Exception as error:
            # A mistake in one plugin's statement must not hide the figures of all others.
            is_up = not (isinstance(error, DBAPIError) and error.connection_invalidated)
            failures.note(metric.plugin, metric.name, error)
        else:
            failures.forget(metric.plugin, metric.name)
            continue
        abort(request)
        if not is_up:
            break  # the next one would wait in vain, too
    yield family(_DATABASE_UP, is_up)


def _of_the_broker(registry) -> Iterator:
    depths = queue_depths(registry["celery"], queues(registry))
    yield family(_BROKER_UP, depths is not None)
    if depths is not None:
        yield family(_MESSAGES, depths)


def queue_depths(celery, names: list[str]) -> dict[str, float] | None:
    """How many messages wait in each queue; None where the broker can't be reached."""
    depths: dict[str, float] = {}
    try:
        with celery.connection_for_write() as connection:
            # Once: what tries again on its own would keep the scraper waiting.
            connection.ensure_connection(max_retries=1, interval_start=0, timeout=1)
            channel = None
            for name in names:
                channel = channel or connection.channel()
                try:
                    depths[name] = channel.queue_declare(queue=name, passive=True).message_count
                except connection.channel_errors:
                    depths[name] = 0  # it is made by the first message
                    channel = None  # RabbitMQ closes one on which it was asked for what is not
    except Exception as error:
        # Each broker's library has errors of its own.
        logger.warning("the broker can't be asked for its queues: %s", error)
        return None
    return depths


def seconds_since(session: Session, name: str) -> float:
    """Infinite, where it never was."""
    age = heartbeat.age(session, name)
    return math.inf if age is None else age.total_seconds()


def count_workers(session: Session, names: list[str]) -> dict[str, int]:
    """The workers that listen to each queue."""
    living = heartbeat.living_workers(session)
    return {name: sum(name in worker.queues for worker in living) for name in names}


def includeme(config) -> None:
    """``/metrics``, if ``metrics.token`` is set."""
    config.add_metric(
        "hhu_queue_workers",
        "Workers that listen to a queue.",
        lambda session: count_workers(session, queues(config.registry)),
        label="queue",
    )
    config.add_metric(
        "hhu_schedule_age_seconds",
        "Since the last periodic task was done.",
        lambda session: seconds_since(session, heartbeat.PERIODIC),
    )
    config.add_metric(
        "hhu_backup_age_seconds",
        "Since the last backup was complete.",
        lambda session: seconds_since(session, heartbeat.BACKUP),
    )
    token = TOKEN.read(config.get_settings())
    if token:
        config.registry["watching.token_digest"] = digest_of(token)
        config.add_route("metrics", "/metrics", request_method="GET")
        config.add_view(scrape, route_name="metrics", permission=NO_PERMISSION_REQUIRED)
