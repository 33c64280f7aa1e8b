"""What a reporter says of a repair that is solved: that it is, and how content they are."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.values.refusal import Refusal
from hhu_plugins.repairs.models import SOLVED, RepairRequest, StatusChange
from hhu_plugins.repairs.requests import own_locked

NOT_SOLVED = "只有已解决的报修才能确认。"
CONFIRMED = "这条报修已经确认过了。"
# Who has not said anything until then is not asked any more; they still can say it.
_ASKED_FOR = timedelta(days=14)
_MOST_ASKED = 20


def confirm(session: Session, request_id: int, *, user_id: int, rating: int, remark: str) -> bool:
    """One's own solved request is: 1 to 5, and a word. False: there is none. Raises Refusal.

    It is an entry of the history. The status stays, until somebody reopens it.
    """
    request = own_locked(session, request_id, user_id)
    if request is None:
        return False
    if request.status != SOLVED:
        raise Refusal(NOT_SOLVED)
    if request.rating is not None:
        raise Refusal(CONFIRMED)
    request.rating = rating
    entry = StatusChange(
        request_id=request.id, status=SOLVED, changed_by=user_id, remark=remark, rating=rating
    )
    session.add(entry)
    session.flush()
    return True


def find_unconfirmed(session: Session, user_id: int) -> list[RepairRequest]:
    """One's own that were solved lately, the last ones first."""
    return list(
        session.scalars(
            sa.select(RepairRequest)
            .where(
                RepairRequest.user_id == user_id,
                RepairRequest.status == SOLVED,
                RepairRequest.rating.is_(None),
                RepairRequest.status_changed_at > sa.func.now() - _ASKED_FOR,
            )
            .order_by(RepairRequest.status_changed_at.desc())
            .limit(_MOST_ASKED)
        )
    )
