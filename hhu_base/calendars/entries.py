"""What a feed is made of, whatever it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

CONFIRMED, TENTATIVE, CANCELLED = "CONFIRMED", "TENTATIVE", "CANCELLED"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. ``name`` is unique on this site and stays for ever: ``reservation-12``.

    ``revision`` counts how often it was changed, ``changed`` is when: by them a calendar program
    knows which of two versions is the newer one. ``series`` is a name of the same kind, which entries
    that belong together have in common.
    """

    name: str
    start: datetime
    end: datetime
    summary: str
    location: str
    description: str
    created: datetime
    changed: datetime
    revision: int = 0
    status: str = CONFIRMED
    series: str | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """A calendar that one subscribes to; ``title`` is what the program calls it."""

    title: str
    entries: Sequence[Entry]
