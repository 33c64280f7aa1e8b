"""The rules of repairs: who may do what to a request, and who is told of it.

Each change is a row of the history and a mail, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from hhu_base.database import among
from hhu_base.models import User
from hhu_base.values.refusal import Refusal
from hhu_plugins.repairs.models import (
    OPEN,
    SOLVED,
    STATUS_NAMES,
    TAKEN_UP,
    WITHDRAWN,
    HistoryEntry,
    RepairRequest,
)
from hhu_plugins.repairs.notifications import CONFIRM, LOOK, Notifier
from hhu_plugins.repairs.recipients import tell_in_charge, tell_recipients, tell_reporter

NOT_OPEN = "该报修已有人受理，不能撤回。"
NOT_SOLVED = "只有已解决的报修才能重新打开。"
_DONE = {TAKEN_UP: "受理", SOLVED: "解决", WITHDRAWN: "撤回"}


@dataclass
class ChangeResult:
    """What became of a change of several requests.

    ``refusals``: id → the sentence that says what somebody else has done to it meanwhile.
    """

    changed: list[int] = field(default_factory=list)
    refusals: dict[int, str] = field(default_factory=dict)


def state_of(request: RepairRequest) -> str:
    """What two who look after repairs could change at once: its status, and whose it is."""
    return f"{request.status}/{request.assignee_id or ''}"


def change_status(
    session: Session,
    letters: Notifier,
    ids: Sequence[int],
    status: int,
    *,
    by_user_id: int,
    remark: str = "",
    seen: Mapping[int, str] | None = None,
) -> ChangeResult:
    """Give these requests a status, and tell their reporters. Who takes one up looks after it.

    ``seen``: id → the ``state_of`` each that the administrator has seen: a request that has another
    one by now is refused, so that of two who take the same one the second learns of the first. Without
    it, one that has the status already stays as it is. What its reporter has withdrawn is refused
    always.
    """
    if status not in (OPEN, TAKEN_UP, SOLVED):
        raise ValueError(f"nobody can give a request the status {status}")
    by = session.get_one(User, by_user_id)
    result = ChangeResult()
    for request in locked(session, ids):
        if is_late(request, seen):
            result.refusals[request.id] = already_changed(request)
        elif request.status != status:
            _change(session, letters, request, status, by, remark)
            result.changed.append(request.id)
    session.flush()
    return result


def is_late(request: RepairRequest, seen: Mapping[int, str] | None) -> bool:
    """Whether the reporter has withdrawn it, or somebody else has changed what was seen."""
    if request.status == WITHDRAWN:
        return True
    return seen is not None and seen.get(request.id) != state_of(request)


def withdraw(session: Session, letters: Notifier, request_id: int, *, user_id: int) -> bool:
    """Take one's own request back; False where there is none. Raises Refusal once taken up.

    It is gone for its reporter; those who were told of it are told, too.
    """
    request = own_locked(session, request_id, user_id)
    if request is None:
        return False
    if request.status != OPEN:
        raise Refusal(NOT_OPEN)
    _change(session, letters, request, WITHDRAWN, session.get_one(User, user_id), "")
    tell_recipients(session, request, letters.for_recipients(request, "报修已撤回"))
    return True


def reopen(
    session: Session, letters: Notifier, request_id: int, *, user_id: int, reason: str
) -> bool:
    """Say that one's own solved request is not; False where there is none. Raises Refusal."""
    request = own_locked(session, request_id, user_id)
    if request is None:
        return False
    if request.status != SOLVED:
        raise Refusal(NOT_SOLVED)
    _change(session, letters, request, OPEN, session.get_one(User, user_id), reason)
    tell_recipients(session, request, letters.for_recipients(request, "报修重新打开", reason))
    return True


def own_requests(user_id: int) -> sa.Select:
    """A user's own, without those that they have withdrawn, newest first."""
    return (
        sa.select(RepairRequest)
        .where(RepairRequest.user_id == user_id, RepairRequest.status != WITHDRAWN)
        .order_by(RepairRequest.id.desc())
    )


def find_own(session: Session, user_id: int, request_id: int) -> RepairRequest | None:
    """One of the user's own, with its category and its history."""
    return session.scalar(
        own_requests(user_id)
        .where(RepairRequest.id == request_id)
        .options(joinedload(RepairRequest.category), with_history())
    )


def with_history() -> Any:
    """The option of a query that ``timeline`` needs."""
    people = joinedload(HistoryEntry.user), joinedload(HistoryEntry.assignee)
    return selectinload(RepairRequest.history).options(*people)


def locked(session: Session, ids: Sequence[int]) -> Sequence[RepairRequest]:
    """In the order of their ids, so that two who change the same ones don't wait for each other."""
    return session.scalars(
        sa.select(RepairRequest)
        .where(among(RepairRequest.id, ids))
        .options(
            joinedload(RepairRequest.user),
            joinedload(RepairRequest.category),
            joinedload(RepairRequest.changer),
            joinedload(RepairRequest.assignee),
        )
        .order_by(RepairRequest.id)
        .with_for_update(of=RepairRequest)
        # What this session knows of them may be older than the lock.
        .execution_options(populate_existing=True)
    ).all()


def own_locked(session: Session, request_id: int, user_id: int) -> RepairRequest | None:
    """One of the user's own, held until the commit; None: there is none, or they withdrew it."""
    found = locked(session, [request_id])
    is_own = bool(found) and found[0].user_id == user_id and found[0].status != WITHDRAWN
    return found[0] if is_own else None


def _change(
    session: Session, letters: Notifier, request: RepairRequest, status: int, by: User, remark: str
) -> None:
    in_charge, is_own = request.assignee, by.id == request.user_id
    if request.status == SOLVED:
        request.opened_at = sa.func.now()
    request.status, request.rating, request.confirmed_at = status, None, None
    request.status_changed_at = sa.func.now()
    request.changer = by
    if status == TAKEN_UP or (status == SOLVED and in_charge is None):
        request.assignee = by
    elif status == OPEN and not is_own:
        # Put back, it waits for anybody; reopened by its reporter it is for who had it.
        request.assignee = None
    entry = HistoryEntry(request_id=request.id, status=status, changed_by=by.id, remark=remark)
    session.add(entry)
    session.flush()
    letter = letters.for_reporter(request, by, remark)
    tell_reporter(session, request, by, letter, CONFIRM if status == SOLVED else LOOK)
    event = "报修重新打开" if status == OPEN and is_own else f"报修已{_done(status)}"
    letter = letters.for_person_in_charge(request, event, by, remark)
    tell_in_charge(session, in_charge, by, letter)


def already_changed(request: RepairRequest) -> str:
    """The sentence about a request that somebody else has changed already."""
    if request.status in (OPEN, TAKEN_UP) and request.assignee not in (None, request.changer):
        return f"报修 #{request.id} 已转派给{request.assignee.fullname}。"
    who = request.changer.fullname if request.changer else "其他人"
    return f"报修 #{request.id} 已由{who}{_done(request.status)}。"


def _done(status: int) -> str:
    return _DONE.get(status, f"改为{STATUS_NAMES[status]}")
