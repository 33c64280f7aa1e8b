"""Each request gets its id, a line in the log, and its place in the counts.

The tween is the outermost one, so that it sees every answer there is. It must cost next to
nothing: a reservation takes the web server two milliseconds.
"""

from __future__ import annotations

import logging
from time import perf_counter

from hhu_base.telemetry import request_ids

logger = logging.getLogger(__name__)

NO_ROUTE = "-"
# Clients can send any word; a metric must not grow with what they think of.
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
OTHER_METHOD = "other"


def access_log_tween_factory(handler, registry):
    policy = registry["token_policy"]
    figures = registry["watching.figures"]  # None: nobody reads them

    def watch(request):
        begin = perf_counter()
        request_id = request_ids.chosen(request.environ.get("HTTP_X_REQUEST_ID"))
        with request_ids.following(request_id):
            response = handler(request)
            response.headers[request_ids.HTTP_HEADER] = request_id
            # Of a download: until it begins, not until the last byte is sent.
            seconds = perf_counter() - begin
            method = request.method if request.method in METHODS else OTHER_METHOD
            # The pattern, never the path: what people type into it is nobody's business.
            route = NO_ROUTE if request.matched_route is None else request.matched_route.pattern
            status = response.status_int
            if figures is not None:
                figures.count(route, method, status, seconds)
            if logger.isEnabledFor(logging.INFO):
                identity = policy.known_identity(request)
                fields = {
                    "method": method,
                    "route": route,
                    "status": status,
                    "ms": round(seconds * 1000, 1),
                    "user_id": identity.user_id if identity else None,
                }
                logger.info(
                    "%(method)s %(route)s %(status)d %(ms).1f ms user=%(user_id)s",
                    fields,
                    extra={"fields": fields},
                )
        return response

    return watch


def includeme(config) -> None:
    config.add_tween(
        "hhu_base.web.access_log.access_log_tween_factory",
        over="hhu_base.web.url_guard.url_guard_tween_factory",
    )
