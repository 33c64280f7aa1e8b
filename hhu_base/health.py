"""Health checks for a load balancer and for whoever starts the system."""

from __future__ import annotations

import logging

import sqlalchemy as sa
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED

from hhu_base.models import User
from hhu_base.plugins.failures import failing_plugins
from hhu_base.tasks import DEFAULT_QUEUE, queues

logger = logging.getLogger(__name__)

# A worker that is deciding a long queue answers between two tasks.
_PATIENCE = 1.0


def live(request) -> Response:
    """``GET /healthz``: this process answers."""
    return Response(json_body={"status": "ok"})


def ready(request) -> Response:
    """``GET /readyz``: everything that a reservation needs is there; 503 names what is missing.

    ``left_out`` are plugins that cannot be loaded, ``failing`` those of which something fails, or
    whose tables are missing: the rest is ready without them.
    """
    checks = {"database": _database_answers(request)}
    consumed = _consumed_queues(request.registry["celery"])
    checks["broker"] = consumed is not None
    for queue in queues(request.registry):
        if queue != DEFAULT_QUEUE:
            checks[f"worker:{queue}"] = queue in (consumed or ())
    is_ready = all(checks.values())
    return Response(
        json_body={
            "status": "ok" if is_ready else "unavailable",
            "missing": [name for name, is_there in checks.items() if not is_there],
            "left_out": list(request.registry["plugins.left_out"]),
            "failing": failing_plugins(request.registry, request.db) if checks["database"] else [],
        },
        status=200 if is_ready else 503,
    )


def _database_answers(request) -> bool:
    try:
        # A table of ours: a database that nobody has migrated serves nobody.
        request.db.execute(sa.select(sa.exists().select_from(User)))
    except sa.exc.SQLAlchemyError:
        return False
    return True


def _consumed_queues(celery) -> set[str] | None:
    """The queues that live workers consume; None where the broker can't be reached."""
    try:
        replies = celery.control.inspect(timeout=_PATIENCE).active_queues() or {}
    except Exception as error:
        # Each broker's library has errors of its own, for a password that is wrong for instance.
        logger.warning("the broker can't be asked: %s", error)
        return None
    return {queue["name"] for worker in replies.values() for queue in worker}


def includeme(config) -> None:
    """``/healthz`` and ``/readyz``, open to everybody."""
    for name, path, view in (("healthz", "/healthz", live), ("readyz", "/readyz", ready)):
        config.add_route(name, path, request_method="GET")
        config.add_view(view, route_name=name, permission=NO_PERMISSION_REQUIRED)
