"""转派: somebody who may see the repairs is to look after a request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.accounts import rights
from hhu_base.models import User
from hhu_base.values.refusal import Refusal
from hhu_plugins.repairs import notes
from hhu_plugins.repairs.models import ASSIGNED, OPEN, TAKEN_UP, HistoryEntry, RepairRequest
from hhu_plugins.repairs.notifications import Notifier
from hhu_plugins.repairs.recipients import tell_in_charge
from hhu_plugins.repairs.requests import ChangeResult, already_changed, is_late, locked

NOT_ALLOWED = "只能转派给可以查看报修的人。"
_MOST_WAITING = 20


def candidates(session: Session) -> Sequence[User]:
    """Who can look after a request, by name."""
    return session.scalars(rights.who_may_see("repairs")).all()


def assign(
    session: Session,
    letters: Notifier,
    ids: Sequence[int],
    assignee_id: int,
    *,
    by_user_id: int,
    remark: str = "",
    seen: Mapping[int, str] | None = None,
) -> ChangeResult:
    """Give these requests to somebody, who is told; ``seen`` is as in ``change_status``.

    Their status stays: they are taken up by who looks after them. The ``remark`` is for the office
    only. Who had them until now is told, too. Raises Refusal.
    """
    assignee = session.scalar(rights.who_may_see("repairs").where(User.id == assignee_id))
    if assignee is None:
        raise Refusal(NOT_ALLOWED, "assignee_id")
    by = session.get_one(User, by_user_id)
    result = ChangeResult()
    for request in locked(session, ids):
        if request.status not in (OPEN, TAKEN_UP) or is_late(request, seen):
            result.refusals[request.id] = already_changed(request)
        elif request.assignee_id == assignee.id:
            result.refusals[request.id] = f"报修 #{request.id} 已经由{assignee.fullname}处理。"
        else:
            _assign(session, letters, request, assignee, by, remark)
            result.changed.append(request.id)
    session.flush()
    return result


def _assign(
    session: Session,
    letters: Notifier,
    request: RepairRequest,
    assignee: User,
    by: User,
    remark: str,
) -> None:
    before, request.assignee = request.assignee, assignee
    session.add(
        HistoryEntry(
            request_id=request.id,
            kind=ASSIGNED,
            status=request.status,
            changed_by=by.id,
            assignee_id=assignee.id,
        )
    )
    session.flush()
    if remark:
        notes.add_for_office(session, request, by, remark)
    letter = letters.for_person_in_charge(request, "报修转派给您", by, remark)
    tell_in_charge(session, assignee, by, letter)
    letter = letters.for_person_in_charge(request, f"报修已转给{assignee.fullname}", by)
    tell_in_charge(session, before, by, letter)


def is_assigned_to(user_id: int) -> sa.ColumnElement[bool]:
    """Whether somebody has a request to look after that is not solved."""
    is_open = RepairRequest.status.in_((OPEN, TAKEN_UP))
    return sa.and_(RepairRequest.assignee_id == user_id, is_open)


def find_assigned(session: Session, user_id: int) -> Sequence[RepairRequest]:
    """What somebody has to look after, the most urgent first."""
    return session.scalars(
        sa.select(RepairRequest)
        .where(is_assigned_to(user_id))
        .order_by(RepairRequest.due_at.asc().nulls_last(), RepairRequest.id)
        .limit(_MOST_WAITING)
    ).all()
