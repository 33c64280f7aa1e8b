"""Health checks for a load balancer and for those who start the system."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED

from hhu_base.models import User
from hhu_base.plugins.failures import failing_plugins, look_for_tables
from hhu_base.tasks import heartbeat

logger = logging.getLogger(__name__)

# Seconds for which what was found out is told to all who ask.
_FRESH = 1.0
# And for which it is told while something newer is being found out.
_STILL_TOLD = 5.0
# How long somebody waits for what is being found out, if nothing is known.
_PATIENCE = 2.0
# How long the broker may take to answer.
_BROKER_PATIENCE = 1.0


@dataclass(frozen=True)
class _Known:
    missing: list[str]
    at: float


class Readiness:
    """What is missing, found out at most once a second, by a thread that is not any asker's.

    Those who ask hold nothing, and wait only while nothing is known yet.
    """

    def __init__(
        self,
        find_missing: Callable[[], list[str]],
        everything: list[str],
        clock: Callable[[], float] = time.monotonic,
    ):
        """``everything`` is what is missing as long as ``find_missing`` does not come back."""
        self._find_missing = find_missing
        self._everything = everything
        self._clock = clock
        self._guard = threading.Lock()
        self._known = _Known(everything, float("-inf"))
        self._is_found = threading.Event()
        self._is_finding = False

    def missing(self) -> list[str]:
        known = self._known
        if self._clock() - known.at > _FRESH:
            is_found = self._find_out()
            if self._clock() - known.at > _STILL_TOLD:
                is_found.wait(_PATIENCE)
                known = self._known
        is_known = self._clock() - known.at <= _STILL_TOLD
        return known.missing if is_known else self._everything

    def _find_out(self) -> threading.Event:
        """Begin to find out, unless somebody is at it; the result is set when that is done."""
        with self._guard:
            if not self._is_finding and self._clock() - self._known.at > _FRESH:
                self._is_finding = True
                self._is_found = threading.Event()
                threading.Thread(target=self._find, name="readiness", daemon=True).start()
            return self._is_found

    def _find(self) -> None:
        missing = self._everything
        try:
            missing = self._find_missing()
        except Exception:
            logger.exception("readiness can't be found out")
        finally:
            with self._guard:
                self._known = _Known(missing, self._clock())
                self._is_finding = False
                self._is_found.set()


def live(request) -> Response:
    """``GET /healthz``: this process answers."""
    return Response(json_body={"status": "ok"})


def ready(request) -> Response:
    """``GET /readyz``: everything that a reservation needs is there; 503 names what is missing.

    ``left_out`` are plugins that cannot be loaded, ``failing`` those of which something fails, or
    whose tables are missing: the rest is ready without them.
    """
    missing = request.registry["readiness"].missing()
    return Response(
        json_body={
            "status": "unavailable" if missing else "ok",
            "missing": missing,
            "left_out": list(request.registry["plugins.left_out"]),
            "failing": failing_plugins(request.registry),
        },
        status=503 if missing else 200,
    )


def _find_missing(registry) -> list[str]:
    missing = []
    consumed: set[str] = set()
    is_broker_there = registry["sender"].answers(_BROKER_PATIENCE)
    try:
        with registry["engine"].connect() as connection:
            # A table of ours: a database that nobody has migrated serves nobody.
            connection.execute(sa.select(sa.exists().select_from(User)))
            for worker in heartbeat.living_workers(connection):
                consumed.update(worker.queues)
            look_for_tables(registry, connection)
    except sa.exc.SQLAlchemyError as error:
        logger.warning("the database can't be asked: %s", error)
        missing.append("database")
    if not is_broker_there:
        missing.append("broker")
        consumed.clear()  # nobody listens to it any more
    return missing + [f"worker:{queue}" for queue in _needed(registry) if queue not in consumed]


def _needed(registry) -> list[str]:
    return sorted({task.queue for task in registry["tasks"].values() if task.is_awaited})


def includeme(config) -> None:
    """``/healthz`` and ``/readyz``, open to everybody."""
    registry = config.registry

    def make_readiness() -> None:
        everything = ["database", "broker", *(f"worker:{queue}" for queue in _needed(registry))]
        registry["readiness"] = Readiness(lambda: _find_missing(registry), everything)

    config.action("hhu-readiness", make_readiness, order=9999)
    for name, path, view in (("healthz", "/healthz", live), ("readyz", "/readyz", ready)):
        config.add_route(name, path, request_method="GET")
        config.add_view(view, route_name=name, permission=NO_PERMISSION_REQUIRED)
