"""``GET /``: what is here, for clients as JSON, for a person's browser as a small page."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from pyramid.renderers import render_to_response
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED

from hhu_base.rest.openapi.operations import Section, sections
from hhu_base.settings import is_production
from hhu_base.settings.site import TITLE
from hhu_base.web.headers import protect_docs
from hhu_base.web.json_renderer import dumps

_JSON, _PAGE = "application/json", "text/html"


def start(request) -> Response:
    """JSON, unless the client prefers a page, as browsers do."""
    offers = request.accept.acceptable_offers([_JSON, _PAGE])
    found = sections(request.registry)
    if offers and offers[0][0] == _PAGE:
        response = protect_docs(_page(request, found))
    else:
        response = Response(body=dumps(_listing(request, found)).encode(), content_type=_JSON)
    response.vary = ("Accept",)
    return response


def _page(request, found: list[Section]) -> Response:
    has_docs = request.registry["openapi.is_public"]
    values = {
        "title": TITLE,
        "sections": found,
        "has_docs": has_docs,
        "has_passwords": "password" in request.registry["auth.providers"],
        "is_trial": not is_production(request.registry.settings),
    }
    return render_to_response(
        "hhu_base.rest.openapi:templates/start.jinja2", values, request=request
    )


def _listing(request, found: list[Section]) -> dict[str, Any]:
    listing: dict[str, Any] = {"name": TITLE, "version": version("hhu-services")}
    if request.registry["openapi.is_public"]:
        listing |= {"openapi": "/openapi.json", "docs": "/docs/"}
    return listing | {"plugins": [_plugin(section) for section in found]}


def _plugin(section: Section) -> dict[str, Any]:
    services: dict[str, dict[str, str]] = {}
    for operation in section.operations:
        services.setdefault(operation.path, {})[operation.method] = operation.summary
    return {
        "name": section.name,
        "title": section.title,
        "description": section.description,
        "services": [{"path": path, "methods": methods} for path, methods in services.items()],
    }


def includeme(config) -> None:
    config.add_route("start", "/", request_method="GET")
    config.add_view(start, route_name="start", permission=NO_PERMISSION_REQUIRED)
