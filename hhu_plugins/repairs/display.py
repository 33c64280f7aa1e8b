"""How repairs are worded and coloured in the teachers' pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hhu_plugins.repairs.models import (
    NOBODY,
    OPEN,
    SOLVED,
    STATUS_NAMES,
    TAKEN_UP,
    RepairRequest,
    StatusChange,
)

_TONES = {OPEN: "warn", TAKEN_UP: "blue", SOLVED: "good"}
_STEPS = {OPEN: "重新等待受理", TAKEN_UP: "已受理", SOLVED: "已解决"}
_LONGEST = 60


@dataclass(frozen=True)
class Step:
    """An entry of the course of a request, as its reporter reads it."""

    title: str
    by: str
    at: datetime
    remark: str
    rating: int | None


def course(request: RepairRequest) -> list[Step]:
    """All that became of a request, the last first."""
    steps = [
        Step(
            _title(change, is_first=number == 0),
            change.user.fullname if change.user else NOBODY if change.changed_by else "",
            change.changed_at,
            change.remark,
            change.rating,
        )
        for number, change in enumerate(request.history)
    ]
    return steps[::-1]


def _title(change: StatusChange, *, is_first: bool) -> str:
    if change.rating is not None:
        return "确认修好"
    if is_first:
        return "提交报修"
    return _STEPS.get(change.status, STATUS_NAMES[change.status])


def tone_of(request: RepairRequest) -> str:
    """The colour of its status."""
    return _TONES.get(request.status, "")


def shortened(text: str) -> str:
    """The beginning of a text, in one line."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
