"""The rules of repairs: who may do what to a request, and who is told of it.

Each change is a row of the history and a mail, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from hhu_base.database import among, lock
from hhu_base.models import User
from hhu_base.notifications import Link, notify
from hhu_base.values.refusal import Refusal
from hhu_plugins.repairs.models import (
    OPEN,
    SOLVED,
    STATUS_NAMES,
    TAKEN_UP,
    WITHDRAWN,
    RepairCategory,
    RepairRequest,
    StatusChange,
)
from hhu_plugins.repairs.notifications import CONFIRM, LOOK, Notifier, page_of
from hhu_plugins.repairs.recipients import tell_recipients

_REPEATED_WITHIN = timedelta(seconds=10)
NOT_OPEN = "该报修已有人受理，不能撤回。"
NOT_SOLVED = "只有已解决的报修才能重新打开。"


class NoSuchCategory(Exception):
    """There is no category with this id."""


@dataclass
class StatusChangeResult:
    """What became of a change of several requests.

    ``refusals``: id → the sentence that says what somebody else has done to it meanwhile.
    """

    changed: list[int] = field(default_factory=list)
    refusals: dict[int, str] = field(default_factory=dict)


def submit(
    session: Session,
    letters: Notifier,
    *,
    user_id: int,
    location: str,
    category_id: int | None,
    description: str,
) -> RepairRequest:
    """A new request, told to those of its category and to those of all. Raises NoSuchCategory.

    The same once more within ten seconds is the same request: the first one is returned.
    """
    # Of two at the same time the second waits, and then sees the first.
    lock(session, f"repairs.submit.{user_id}")
    if repeated := _find_repeated(session, user_id, location, category_id, description):
        return repeated
    category = None
    if category_id is not None:
        # Locked, so that it can't be deleted between this and the insert.
        category = session.scalar(
            sa.select(RepairCategory)
            .where(RepairCategory.id == category_id)
            .with_for_update(read=True, key_share=True)
        )
        if category is None:
            raise NoSuchCategory
    request = RepairRequest(
        user_id=user_id,
        location=location,
        category=category,
        description=description,
        status=OPEN,
        status_changed_by=user_id,
    )
    session.add(request)
    session.flush()
    session.add(StatusChange(request_id=request.id, status=OPEN, changed_by=user_id))
    tell_recipients(session, request, letters.for_recipients(request, "新报修"))
    return request


def _find_repeated(
    session: Session, user_id: int, location: str, category_id: int | None, description: str
) -> RepairRequest | None:
    return session.scalar(
        sa.select(RepairRequest)
        .where(
            RepairRequest.user_id == user_id,
            RepairRequest.location == location,
            RepairRequest.category_id.is_not_distinct_from(category_id),
            RepairRequest.description == description,
            RepairRequest.status != WITHDRAWN,
            RepairRequest.created_at > sa.func.now() - _REPEATED_WITHIN,
        )
        .order_by(RepairRequest.id)
        .limit(1)
    )


def change_status(
    session: Session,
    letters: Notifier,
    ids: Sequence[int],
    status: int,
    *,
    by_user_id: int,
    remark: str = "",
    expected_status: int | None = None,
) -> StatusChangeResult:
    """Give these requests a status, and tell their reporters.

    ``expected_status`` is what the administrator has seen: a request that has another one by now is
    refused, so that of two who take the same one the second learns of the first. Without it, one
    that has the status already stays as it is. What its reporter has withdrawn is refused always.
    """
    if status not in (OPEN, TAKEN_UP, SOLVED):
        raise ValueError(f"nobody can give a request the status {status}")
    by = session.get_one(User, by_user_id)
    changes = StatusChangeResult()
    for request in _locked(session, ids):
        if request.status == WITHDRAWN or expected_status not in (None, request.status):
            changes.refusals[request.id] = already_changed(request)
        elif request.status != status:
            _change(session, letters, request, status, by, remark)
            changes.changed.append(request.id)
    session.flush()
    return changes


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
        .options(
            joinedload(RepairRequest.category),
            selectinload(RepairRequest.history).joinedload(StatusChange.user),
        )
    )


def _locked(session: Session, ids: Sequence[int]) -> Sequence[RepairRequest]:
    """In the order of their ids, so that two who change the same ones don't wait for each other."""
    return session.scalars(
        sa.select(RepairRequest)
        .where(among(RepairRequest.id, ids))
        .options(
            joinedload(RepairRequest.user),
            joinedload(RepairRequest.category),
            joinedload(RepairRequest.changer),
        )
        .order_by(RepairRequest.id)
        .with_for_update(of=RepairRequest)
        # What this session knows of them may be older than the lock.
        .execution_options(populate_existing=True)
    ).all()


def own_locked(session: Session, request_id: int, user_id: int) -> RepairRequest | None:
    """One of the user's own, held until the commit; None: there is none, or they withdrew it."""
    found = _locked(session, [request_id])
    is_own = bool(found) and found[0].user_id == user_id and found[0].status != WITHDRAWN
    return found[0] if is_own else None


def _change(
    session: Session, letters: Notifier, request: RepairRequest, status: int, by: User, remark: str
) -> None:
    request.status, request.rating = status, None
    request.status_changed_at = sa.func.now()
    request.changer = by
    session.add(StatusChange(request_id=request.id, status=status, changed_by=by.id, remark=remark))
    session.flush()
    if request.user:
        letter = letters.for_reporter(request, by, remark)
        notify(
            session,
            request.user,
            letter.kind,
            letter.subject,
            letter.body,
            cause=letter.cause,
            by_user_id=by.id,
            links=[Link(CONFIRM if status == SOLVED else LOOK, page_of(request))],
        )


def already_changed(request: RepairRequest) -> str:
    """The sentence about a request that somebody else has changed already."""
    who = request.changer.fullname if request.changer else "其他人"
    done = {TAKEN_UP: "受理", SOLVED: "解决", WITHDRAWN: "撤回"}.get(
        request.status, f"改为{STATUS_NAMES[request.status]}"
    )
    return f"报修 #{request.id} 已由{who}{done}。"
