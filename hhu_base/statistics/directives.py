"""``config.add_statistics`` and ``config.add_periods``: what plugins say about themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from hhu_base.statistics.parts import Block
from hhu_base.statistics.periods import NamedPeriod, Period


@dataclass(frozen=True)
class Part:
    """The figures of one plugin."""

    name: str
    title: str
    plugin: str
    find: Callable[[Any, Period], list[Block]]
    order: int


def add_statistics(
    config, name: str, title: str, find: Callable[[Any, Period], list[Block]], *, order: int = 100
) -> None:
    """Directive: ``find(request, period)`` gives the blocks of a part of the page."""
    part = Part(name, title, config.registry["plugins.current"], find, order)
    config.action(("statistics", name), lambda: config.registry["statistics.parts"].append(part))


def add_periods(config, find: Callable[[Any], Iterable[NamedPeriod]]) -> None:
    """Directive: ``find(request)`` gives stretches of days that people have names for, latest first."""
    plugin = config.registry["plugins.current"]
    config.action(
        ("statistics-periods", find),
        lambda: config.registry["statistics.periods"].append((plugin, find)),
    )


def includeme(config) -> None:
    config.registry["statistics.parts"] = []
    config.registry["statistics.periods"] = []
    config.add_directive("add_statistics", add_statistics)
    config.add_directive("add_periods", add_periods)
