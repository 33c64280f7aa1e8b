"""What the running application can be asked for, by introspection: ``POST /reservations/``.

A place in a path where something stands is ``{}``; the pages of the declared tables are there for
each table, and for each of its actions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_PLACE = re.compile(r"\{\w+(?::((?:[^{}]|\{[^{}]*\})*))?\}")
_WORDS = re.compile(r"[\w|]+")


def operations(app) -> set[str]:
    """Every method of every route; HEAD is GET, and what Cornice answers with 405 is none."""
    found = set()
    routes = {
        each["introspectable"]["name"]: each["introspectable"]
        for each in app.registry.introspector.get_category("routes")
    }
    for each in app.registry.introspector.get_category("views"):
        view = each["introspectable"]
        route = routes.get(view["route_name"])
        if route is None or getattr(view["callable"], "__name__", "") == "_fallback_view":
            continue
        for path in _paths(app, route["pattern"]):
            found |= {f"{method} {path}" for method in _methods(view, route)}
    return {each for each in found if not each.startswith("HEAD ")}


def operation(line: str) -> str:
    """The operation that a line of a table is about: ``GET /x/{room}/?y=1`` → ``GET /x/{}/``."""
    return re.sub(r"\{\w+\}", "{}", line.partition("?")[0])


def _methods(view, route) -> tuple[str, ...]:
    methods = view["request_methods"] or route["request_methods"] or "GET"
    return (methods,) if isinstance(methods, str) else tuple(methods)


def _paths(app, pattern: str) -> Iterator[str]:
    pattern = "/" + pattern.lstrip("/")
    start, is_static, _ = pattern.partition("/static/")
    if is_static:
        yield f"{start}/static/{{}}"  # at an address that changes with the content
        return
    if "{table}" not in pattern:
        yield from _spelt_out(pattern)
        return
    for (plugin, table), admin in app.registry["admin.tables"].items():
        if "{table}/import" in pattern and not admin.import_key:
            continue
        path = pattern.replace("{plugin}", plugin).replace("{table}", table)
        names = [action.name for action in admin.actions] if "{action}" in path else [""]
        for name in names:
            yield from _spelt_out(path.replace("{action}", name))


def _spelt_out(pattern: str) -> Iterator[str]:
    """``{kind:xlsx|csv}`` is two paths, and ``{id:\\d+}`` is a place."""
    found = _PLACE.search(pattern)
    if found is None:
        yield pattern
        return
    before, after = pattern[: found.start()], pattern[found.end() :]
    words = found[1] if found[1] and _WORDS.fullmatch(found[1]) else ""
    for here in words.split("|") if words else ["\0"]:
        for rest in _spelt_out(after):
            yield f"{before}{here}{rest}".replace("\0", "{}")
