"""Which fields of a form were touched, and which did somebody else change meanwhile?

The form carries a short digest of each field as it was drawn. A field whose digest is still the
same was not touched, so it is not written: what a form cannot show exactly (microseconds, an hour
that the clock had twice) stays as it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

FIELD = "seen"


def seen(values: Mapping[str, Any], zone: tzinfo) -> str:
    """What the hidden field ``seen`` holds: ``name:digest`` of each value."""
    return " ".join(f"{name}:{digest(value, zone)}" for name, value in values.items())


def parse_seen(text: str) -> dict[str, str]:
    return dict(part.partition(":")[::2] for part in text.split())


def digest(value: Any, zone: tzinfo) -> str:
    return hashlib.sha256(repr(_as_drawn(value, zone)).encode()).hexdigest()[:16]


def _as_drawn(value: Any, zone: tzinfo) -> Any:
    """The value at the precision with which a form shows and reads it."""
    if value is None or value == "":
        return ""
    if isinstance(value, str):
        return value.replace("\r\n", "\n").strip()
    if isinstance(value, datetime):
        return value.astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S")
    if isinstance(value, list | tuple | set | frozenset):
        return sorted(str(each) for each in value)
    return str(value)


@dataclass(frozen=True)
class EditConflict:
    """A field that somebody else changed while this form was open."""

    title: str
    theirs: str
    mine: str  # empty: not touched here
