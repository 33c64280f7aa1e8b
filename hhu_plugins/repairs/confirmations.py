"""What a reporter says of a repair that is solved: that it is, and how content they are.

Who says nothing is taken to have confirmed after a while (``after``; None: never). That is true when
the time has come; a task writes it down.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.values.refusal import Refusal
from hhu_plugins.repairs.models import CONFIRMED, SOLVED, HistoryEntry, RepairRequest
from hhu_plugins.repairs.requests import own_locked

NOT_SOLVED = "只有已解决的报修才能确认。"
ALREADY_CONFIRMED = "这条报修已经确认过了。"
# Where nobody is taken to have confirmed: who has not said anything until then is not asked any more.
_ASKED_FOR = timedelta(days=14)
_MOST_ASKED = 20
_AT_ONCE = 500


def confirm(
    session: Session,
    request_id: int,
    *,
    user_id: int,
    rating: int | None,
    remark: str,
    after: timedelta | None,
) -> bool:
    """One's own solved request is: 1 to 5, if they like, and a word. False: there is none. Raises Refusal.

    It is an entry of the history. The status stays, until somebody reopens it. Who has confirmed
    without a rating can still give one.
    """
    request = own_locked(session, request_id, user_id)
    if request is None:
        return False
    if request.status != SOLVED:
        raise Refusal(NOT_SOLVED)
    is_confirmed = confirmed_at(request, after) is not None
    if request.rating is not None or (rating is None and is_confirmed):
        raise Refusal(ALREADY_CONFIRMED)
    request.rating = rating
    request.confirmed_at = request.confirmed_at or sa.func.now()
    session.add(
        HistoryEntry(
            request_id=request.id,
            kind=CONFIRMED,
            status=SOLVED,
            changed_by=user_id,
            remark=remark,
            rating=rating,
        )
    )
    session.flush()
    return True


def confirmed_at(request: RepairRequest, after: timedelta | None) -> datetime | None:
    """When its reporter has confirmed that it is solved, or is taken to have."""
    if request.confirmed_at is not None or request.status != SOLVED or after is None:
        return request.confirmed_at
    due = request.status_changed_at + after
    return due if due <= datetime.now(UTC) else None


def find_unconfirmed(
    session: Session, user_id: int, after: timedelta | None
) -> list[RepairRequest]:
    """One's own that were solved lately, the last ones first."""
    return list(
        session.scalars(
            sa.select(RepairRequest)
            .where(
                RepairRequest.user_id == user_id,
                RepairRequest.status == SOLVED,
                RepairRequest.confirmed_at.is_(None),
                RepairRequest.status_changed_at > sa.func.now() - (after or _ASKED_FOR),
            )
            .order_by(RepairRequest.status_changed_at.desc())
            .limit(_MOST_ASKED)
        )
    )


def take_as_confirmed(session: Session, after: timedelta | None) -> int:
    """Write down who is taken to have confirmed by now, some at a time; returns how many."""
    if after is None:
        return 0
    due = session.execute(
        sa.select(RepairRequest.id, RepairRequest.status_changed_at)
        .where(
            RepairRequest.status == SOLVED,
            RepairRequest.confirmed_at.is_(None),
            RepairRequest.status_changed_at <= sa.func.now() - after,
        )
        .order_by(RepairRequest.status_changed_at)
        .limit(_AT_ONCE)
        .with_for_update(of=RepairRequest, skip_locked=True)
    ).all()
    if due:
        entries = [
            {"request_id": id_, "kind": CONFIRMED, "status": SOLVED, "changed_at": solved + after}
            for id_, solved in due
        ]
        session.execute(sa.insert(HistoryEntry), entries)
        session.execute(
            sa.update(RepairRequest),
            [{"id": id_, "confirmed_at": solved + after} for id_, solved in due],
        )
    return len(due)
