"""How repairs are worded and coloured in the teachers' pages."""

from __future__ import annotations

from hhu_plugins.repairs.models import OPEN, SOLVED, TAKEN_UP, RepairRequest

_TONES = {OPEN: "warn", TAKEN_UP: "blue", SOLVED: "good"}
_LONGEST = 60


def tone_of(request: RepairRequest) -> str:
    """The colour of its status."""
    return _TONES.get(request.status, "")


def shortened(text: str) -> str:
    """The beginning of a text, in one line."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
