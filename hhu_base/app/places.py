"""What can be done at a place: buttons that plugins offer on its page, which knows none of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial


@dataclass(frozen=True)
class Place:
    """A place that people stand at; its ``name`` is whole, ``room_id`` is set where it is a meeting room."""

    location: str
    name: str
    room_id: int | None = None


@dataclass(frozen=True)
class PlaceAction:
    """A button; ``url_for(place)`` is where it leads, None: it is not for this place."""

    plugin: str
    name: str
    label: str
    url_for: Callable[[Place], str | None]
    order: int
    icon: str


@dataclass(frozen=True)
class PlaceButton:
    """A button as it is shown."""

    label: str
    url: str
    icon: str


def add_place_action(
    config,
    name: str,
    label: str,
    url_for: Callable[[Place], str | None],
    order: int = 100,
    *,
    icon: str = "arrow-right-circle",
) -> None:
    """Directive: a button on every place's page, such as 报修 at the door of a room."""
    action = PlaceAction(config.registry["plugins.current"], name, label, url_for, order, icon)
    config.action(
        ("place-action", name), lambda: config.registry["app.place_actions"].append(action)
    )


def place_actions(request, place: Place) -> list[PlaceButton]:
    """The buttons for this place, in their order."""
    failures = request.registry["plugins.failures"]
    buttons = []
    for action in sorted(request.registry["app.place_actions"], key=lambda each: each.order):
        url = failures.attempt(
            action.plugin, f"place action {action.name}", partial(action.url_for, place)
        )
        if url:
            buttons.append(PlaceButton(action.label, url, action.icon))
    return buttons


def includeme(config) -> None:
    config.registry["app.place_actions"] = []
    config.add_directive("add_place_action", add_place_action)
