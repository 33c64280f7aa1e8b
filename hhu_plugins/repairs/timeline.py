"""处理经过: all that became of a request, as the office and as its reporter may see it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from hhu_plugins.repairs.confirmations import confirmed_at
from hhu_plugins.repairs.models import (
    ASSIGNED,
    CONFIRMED,
    NOBODY,
    NOTE,
    OFFICE_NOTE,
    OPEN,
    SOLVED,
    STATUS,
    STATUS_NAMES,
    TAKEN_UP,
    WITHDRAWN,
    HistoryEntry,
    RepairRequest,
)

SYSTEM = "系统"
_TAKEN = "没有答复，视为已修好"
_NOTES = {NOTE: "留言", OFFICE_NOTE: "内部备注"}
_STEPS = {TAKEN_UP: "已受理", SOLVED: "已解决", WITHDRAWN: "已撤回"}


@dataclass(frozen=True)
class Step:
    """One line of it; ``by`` is None where it was the system, or somebody who is gone: ``who`` says it."""

    kind: str
    title: str
    status: int
    at: datetime
    by: str | None
    who: str
    remark: str
    rating: int | None

    @property
    def status_name(self) -> str:
        return STATUS_NAMES[self.status]


def of(request: RepairRequest, after: timedelta | None, *, is_office: bool) -> list[Step]:
    """The first step first; ``after`` as in ``confirmations``. An office note is for the office only."""
    return [step for step in _steps(request, after) if is_office or step.kind != OFFICE_NOTE]


def _steps(request: RepairRequest, after: timedelta | None) -> Iterator[Step]:
    is_confirmed = False
    for number, entry in enumerate(request.history):
        is_first = number == 0 and (entry.kind, entry.status) == (STATUS, OPEN)
        title = _title(request, entry, is_first, is_confirmed)
        is_confirmed = entry.kind == CONFIRMED or (is_confirmed and entry.kind != STATUS)
        yield Step(
            entry.kind,
            title,
            entry.status,
            entry.changed_at,
            entry.user.fullname if entry.user else None,
            entry.user.fullname if entry.user else NOBODY if is_first else SYSTEM,
            entry.remark,
            entry.rating,
        )
    moment = confirmed_at(request, after)
    if moment is not None and request.confirmed_at is None:
        # What the task has not written down yet.
        yield Step(CONFIRMED, _TAKEN, SOLVED, moment, None, SYSTEM, "", None)


def _title(request: RepairRequest, entry: HistoryEntry, is_first: bool, is_confirmed: bool) -> str:
    is_own = entry.changed_by == request.user_id
    if is_first:
        return "提交报修" if is_own or entry.changed_by is None else "电话报修，代为登记"
    if entry.kind == ASSIGNED:
        return f"转派给{entry.assignee.fullname if entry.assignee else NOBODY}"
    if entry.kind == CONFIRMED:
        return "评价" if is_confirmed else "确认修好" if entry.changed_by else _TAKEN
    if entry.kind in _NOTES:
        return _NOTES[entry.kind]
    if entry.status == OPEN:
        return "重新打开" if is_own else "重新等待受理"
    return _STEPS[entry.status]
