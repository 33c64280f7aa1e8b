"""Every path works with and without its trailing slash, answered directly.

A redirect would lose the body of a POST. The routes mapper is asked once per request anyway, so
it does this: a path that matches as it is costs nothing, and no route is matched twice. Of the
many routes only those are tried whose first segment is that of the path, which is a quarter of the
work for a bare answer.
"""

from __future__ import annotations

import re

from pyramid.exceptions import ConfigurationError
from pyramid.interfaces import IRoutesMapper
from pyramid.urldispatch import RoutesMapper

# A segment that stands for itself only.
_PLAIN = re.compile(r"[A-Za-z0-9_.-]*", re.ASCII)


class ForgivingRoutesMapper(RoutesMapper):
    """Pyramid's, which tries the other form of a path that no route matches."""

    def __init__(self):
        super().__init__()
        # Made of all routes when the first request comes; under "*" those that may match any path.
        self._by_first: dict[str, RoutesMapper] = {}

    def connect(self, *args, **kw):
        self._by_first = {}
        return super().connect(*args, **kw)

    def _match(self, request):
        by_first = self._by_first
        if not by_first:
            firsts = {_first_segment(route.pattern) for route in self.routelist}
            by_first = self._by_first = {first: self._only(first) for first in {*firsts, "*"}}
        mapper = by_first.get(_first_segment(request.environ.get("PATH_INFO", "")))
        return (mapper or by_first["*"])(request)

    def _only(self, first: str) -> RoutesMapper:
        mapper = RoutesMapper()
        for route in self.routelist:
            segment = _first_segment(route.pattern)
            if segment == first or not _PLAIN.fullmatch(segment):
                mapper.routelist.append(route)
        return mapper

    def __call__(self, request):
        found = self._match(request)
        if found["route"] is not None:
            return found
        path = request.path_info
        other = other_form(path)
        if other is None:
            return found
        # Set for good: what builds URLs from the request (paging) then writes the route's form.
        request.path_info = other
        found = self._match(request)
        if found["route"] is None:
            request.path_info = path
        return found


def _first_segment(path: str) -> str:
    return path.lstrip("/").split("/", 1)[0]


def other_form(path: str) -> str | None:
    """The path with or without its trailing slash; None for the root and for ``//`` at the end."""
    if not path.endswith("/"):
        return path + "/" if path else None
    shorter = path[:-1]
    return shorter if shorter and not shorter.endswith("/") else None


def includeme(config) -> None:
    existing = config.registry.queryUtility(IRoutesMapper)
    if existing is not None and existing.get_routes(include_static=True):
        raise ConfigurationError("include hhu_base.web before anything that adds a route")
    # At once, not as a deferred action: the first add_route would make Pyramid's own.
    config.registry.registerUtility(ForgivingRoutesMapper(), IRoutesMapper)
