"""A room that is held for somebody who waited: it ends once, by whoever comes first.

All of it is done under the lock of ``decisions``: confirmed, given back, taken back, or over.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.values.refusal import TOGETHER, Refusal
from hhu_plugins.rooms import waiting_notices
from hhu_plugins.rooms.models import (
    CANCELLED,
    CONFIRMED,
    DONE,
    ENDED,
    HELD,
    OFFERED,
    WAITING,
    WITHDRAWN,
    Reservation,
    WaitingRequest,
)
from hhu_plugins.rooms.occupancy import RESERVATIONS
from hhu_plugins.rooms.policy import GONE, BookingPolicy
from hhu_plugins.rooms.waiting import Freed

LAPSED = "没有在保留期内确认。"
DECLINED = "放弃了保留的会议室。"
TOO_LATE = "保留已经结束，会议室转给了下一位。"
ONLY_HELD = "这个时间只是为候补的人保留，还不是预约。"

IS_HELD = RESERVATIONS.c.status == sa.literal_column(f"'{HELD}'")
HAS_LAPSED = sa.and_(IS_HELD, RESERVATIONS.c.hold_until <= sa.func.clock_timestamp())


def confirm(session: Session, row: Reservation) -> None:
    """Make a hold a reservation; one that was confirmed already stays so. Raises Refusal.

    ``row`` is of ``booking.find_locked``. A hold is over at its time, even before that was noted.
    """
    request = _request_of(session, row)
    if row.status == CONFIRMED and request is not None:
        return
    is_over = row.status == HELD and bool(
        session.scalar(sa.select(HAS_LAPSED).where(RESERVATIONS.c.id == row.id))
    )
    if row.status != HELD or is_over or request is None:
        was_held = request is not None and row.status in (HELD, WITHDRAWN)
        raise Refusal(TOO_LATE if was_held else GONE, TOGETHER)
    _close(session, row, request, CONFIRMED, DONE, by_user_id=row.user_id)


def decline(session: Session, row: Reservation) -> None:
    """Its holder does not want it any more."""
    request = _request_of(session, row)
    _close(session, row, request, WITHDRAWN, WITHDRAWN, DECLINED, by_user_id=row.user_id)


def take_back(
    session: Session,
    policy: BookingPolicy,
    row: Reservation,
    *,
    by_user_id: int | None,
    reason: str,
    waits: bool = False,
) -> None:
    """Somebody needs the time who may. ``waits``: who had the hold waits as before, in their place."""
    request, state = _request_of(session, row), WAITING if waits else ENDED
    _close(session, row, request, CANCELLED, state, reason, by_user_id=by_user_id)
    waiting_notices.tell_of_hold_taken_back(session, row, policy.zone, reason, waits=waits)


def end_lapsed(session: Session, policy: BookingPolicy) -> list[Freed]:
    """End the holds whose time is over; returns what is free again. Under the lock."""
    rows = session.scalars(
        sa.select(Reservation)
        .where(HAS_LAPSED)
        .order_by(Reservation.id)
        .execution_options(populate_existing=True)
    ).all()
    for row in rows:
        _close(session, row, _request_of(session, row), WITHDRAWN, ENDED, LAPSED)
        waiting_notices.tell_of_lapse(session, row, policy.zone)
    return [Freed.of(row) for row in rows]


def _request_of(session: Session, row: Reservation) -> WaitingRequest | None:
    return session.scalar(
        sa.select(WaitingRequest)
        .where(WaitingRequest.reservation_id == row.id)
        .execution_options(populate_existing=True)
    )


def _close(
    session: Session,
    row: Reservation,
    request: WaitingRequest | None,
    status: str,
    state: str,
    reason: str = "",
    *,
    by_user_id: int | None = None,
) -> None:
    row.status, row.status_reason = status, reason
    if status == CONFIRMED:
        row.hold_until, by_user_id = None, None
    row.status_changed_by = by_user_id
    row.status_changed_at = sa.func.clock_timestamp()
    if request is not None and request.status == OFFERED:
        request.status = state
        request.status_changed_at = sa.func.clock_timestamp()
        if state == WAITING:
            request.reservation_id = None
    session.flush()
    session.refresh(row)
