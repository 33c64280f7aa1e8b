"""Every path works with and without its trailing slash, answered directly.

A redirect would lose the body of a POST. The routes mapper is asked once per request anyway, so
it does this: a path that matches as it is costs nothing, and no route is matched twice.
"""

from __future__ import annotations

from pyramid.exceptions import ConfigurationError
from pyramid.interfaces import IRoutesMapper
from pyramid.urldispatch import RoutesMapper


class ForgivingRoutesMapper(RoutesMapper):
    """Pyramid's, which tries the other form of a path that no route matches."""

    def __call__(self, request):
        found = super().__call__(request)
        if found["route"] is not None:
            return found
        path = request.path_info
        other = other_form(path)
        if other is None:
            return found
        # Set for good: what builds URLs from the request (paging) then writes the route's form.
        request.path_info = other
        found = super().__call__(request)
        if found["route"] is None:
            request.path_info = path
        return found


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
