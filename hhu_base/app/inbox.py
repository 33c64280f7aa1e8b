"""``GET /app/inbox/``, 待办: what waits for an answer of the person who is signed in, of all plugins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any


@dataclass(frozen=True)
class InboxAction:
    """A button that posts to ``url``, with the CSRF token and ``fields``.

    ``style``: primary, default or danger. With ``wants_reason`` a text is asked for, ``reason``.
    With ``is_link`` it posts nothing, but leads to ``url``.
    """

    label: str
    url: str
    style: str = "default"
    wants_reason: bool = False
    fields: Mapping[str, str] = field(default_factory=dict)
    is_link: bool = False


@dataclass(frozen=True)
class InboxItem:
    """Something that waits; ``moment`` is since when, or until when; ``url`` is its own page."""

    title: str
    lines: list[str]
    moment: datetime
    url: str = ""
    actions: list[InboxAction] = field(default_factory=list)


@dataclass(frozen=True)
class InboxKind:
    """What a plugin asks people for, under a heading of its own."""

    plugin: str
    name: str
    title: str
    find: Callable[[Any], list[InboxItem]]
    order: int


@dataclass(frozen=True)
class InboxSection:
    """What waits of one kind; ``has_failed``: nobody knows."""

    title: str
    items: list[InboxItem]
    has_failed: bool = False


def add_inbox(
    config, name: str, title: str, find: Callable[[Any], list[InboxItem]], order: int = 100
) -> None:
    """Directive: ``find(request)`` gives what waits for the person who is signed in."""
    kind = InboxKind(config.registry["plugins.current"], name, title, find, order)
    config.action(("inbox", name), lambda: config.registry["app.inbox"].append(kind))


def waiting_sections(request) -> list[InboxSection]:
    """What waits, by kind, in the order of the kinds; read once in a request."""
    if request.identity is None:
        return []
    return request.inbox_sections


def _find_sections(request) -> list[InboxSection]:
    failures = request.registry["plugins.failures"]
    sections = []
    for kind in sorted(request.registry["app.inbox"], key=lambda each: each.order):
        items = failures.attempt(
            kind.plugin, f"inbox {kind.name}", partial(kind.find, request), session=request.db
        )
        if items is None:
            sections.append(InboxSection(kind.title, [], has_failed=True))
        elif items:
            sections.append(InboxSection(kind.title, list(items)))
    return sections


def waiting_items(request) -> list[InboxItem]:
    return [item for section in waiting_sections(request) for item in section.items]


def show_inbox(request) -> dict[str, Any]:
    """``GET /app/inbox/``"""
    return {"sections": waiting_sections(request)}


def includeme(config) -> None:
    config.registry["app.inbox"] = []
    config.add_request_method(_find_sections, "inbox_sections", reify=True)
    config.add_directive("add_inbox", add_inbox)
    config.add_page(
        "app.inbox",
        "/app/inbox/",
        show_inbox,
        title="待办",
        renderer="hhu_base.app:templates/inbox.jinja2",
        menu="待办",
        icon="check2-square",
        order=500,
        badge=lambda request: len(waiting_items(request)),
    )
