"""What falls due by itself, in one transaction under the lock of ``decisions``.

A hold is over, waiting ends, a room is released, and who has just begun to wait is looked after. What
is true by the clock is true before it is noted here: whoever looks first decides by it.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.database import lock
from hhu_plugins.rooms import approvals, ask_answers, checkins, holds, waiting, waiting_notices
from hhu_plugins.rooms.decisions import LOCK, decide_pending
from hhu_plugins.rooms.models import ENDED, WAITING, WaitingRequest
from hhu_plugins.rooms.policy import BookingPolicy
from hhu_plugins.rooms.waiting import IS_OPEN, REQUESTS, Freed

_IS_OVER = REQUESTS.c.wait_until <= sa.func.clock_timestamp()
_ANYTHING = sa.select(
    sa.or_(
        sa.exists().where(holds.HAS_LAPSED),
        sa.exists().where(IS_OPEN, REQUESTS.c.is_new | _IS_OVER),
    )
)


def settle(session: Session, policy: BookingPolicy) -> None:
    """Do all that is due."""
    ask_answers.expire(session, policy)
    approvals.expire(session, policy)
    # Most of the time nothing is: look before taking the lock.
    if not session.scalar(_ANYTHING) and not checkins.find_due(session, policy):
        return
    lock(session, LOCK)
    # Who asked before those who begin to wait now comes first.
    decide_pending(session, policy)
    freed = holds.end_lapsed(session, policy)
    freed += checkins.release_due(session, policy)
    _end_waiting(session, policy)
    waiting.hand_out(session, policy, freed + _new_requests(session))


def _end_waiting(session: Session, policy: BookingPolicy) -> None:
    rows = session.scalars(
        sa.select(WaitingRequest)
        .where(WaitingRequest.status == WAITING, _IS_OVER)
        .order_by(WaitingRequest.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    for row in rows.all():
        row.status, row.status_changed_at = ENDED, sa.func.clock_timestamp()
        waiting_notices.tell_of_end(session, row, policy.zone)
    session.flush()


def _new_requests(session: Session) -> list[Freed]:
    """Where and when somebody has begun to wait: there may be a room already."""
    rows = session.scalars(
        sa.select(WaitingRequest)
        .where(WaitingRequest.status == WAITING, WaitingRequest.is_new)
        .order_by(WaitingRequest.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for row in rows:
        row.is_new = False
    return [Freed.of(row) for row in rows]
