"""``GET /app/me/``, 我的: who I am here, and lines that lead to all that is about me."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

ME = "/app/me/"


@dataclass(frozen=True)
class MeLine:
    """A line of 我的; ``note(request)`` is what it says at its right."""

    plugin: str
    title: str
    path: str
    icon: str
    order: int
    note: Callable[[Any], str] | None


def add_me_line(
    config,
    title: str,
    path: str,
    *,
    icon: str,
    order: int = 100,
    note: Callable[[Any], str] | None = None,
) -> None:
    """Directive: a line of 我的, to a page that is about the person who is signed in."""
    line = MeLine(config.registry["plugins.current"], title, path, icon, order, note)
    config.action(("me-line", path), lambda: config.registry["app.me"].append(line))


def show_me(request) -> dict[str, Any]:
    """``GET /app/me/``"""
    failures = request.registry["plugins.failures"]
    lines = []
    for line in sorted(request.registry["app.me"], key=lambda each: each.order):
        note = ""
        if line.note is not None:
            read = partial(line.note, request)
            what = f"note {line.path}"
            note = failures.attempt(line.plugin, what, read, session=request.db, otherwise="")
        lines.append((line, note))
    return {"lines": lines}


def includeme(config) -> None:
    config.registry["app.me"] = []
    config.add_directive("add_me_line", add_me_line)
    config.add_page(
        "app.me",
        ME,
        show_me,
        title="我的",
        renderer="hhu_base.app:templates/me.jinja2",
        menu="我的",
        icon="person-circle",
        order=900,
    )
