"""``GET /openapi.json`` and ``GET /docs/``, a page in which to read it, sign in and try calls."""

from __future__ import annotations

import hashlib
from typing import Any

from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED

from hhu_base.settings.site import TITLE
from hhu_base.web.headers import protect_docs
from hhu_base.web.json_renderer import dumps


def show_document(request) -> Response:
    body = _document(request.registry)
    return Response(
        body=body,
        content_type="application/json",
        etag=hashlib.sha256(body).hexdigest(),
        cache_control="no-cache",
        conditional_response=True,
    )


def show_docs(request) -> dict[str, Any]:
    protect_docs(request.response)
    return {"title": TITLE}


def _document(registry) -> bytes:
    """Made when it is asked for the first time: most processes never are."""
    if registry["openapi.document"] is None:
        from hhu_base.rest.openapi.document import make_document

        registry["openapi.document"] = dumps(make_document(registry)).encode()
    return registry["openapi.document"]


def includeme(config) -> None:
    config.registry["openapi.document"] = None
    config.add_route("openapi", "/openapi.json", request_method="GET")
    config.add_view(show_document, route_name="openapi", permission=NO_PERMISSION_REQUIRED)
    config.add_route("docs", "/docs/", request_method="GET")
    config.add_view(
        show_docs,
        route_name="docs",
        renderer="hhu_base.rest.openapi:templates/docs.jinja2",
        permission=NO_PERMISSION_REQUIRED,
    )
