"""Giving a reservation or a hold back: by its holder, by an administrator, by a change of many."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.database import lock
from hhu_base.database.pg_notify import notify
from hhu_plugins.rooms import asks, holds, notifications, waiting
from hhu_plugins.rooms.decisions import LOCK, TOPIC
from hhu_plugins.rooms.models import CANCELLED, CONFIRMED, HELD, PENDING, REQUESTED, Reservation
from hhu_plugins.rooms.policy import BookingPolicy


def cancel(
    session: Session,
    policy: BookingPolicy,
    reservation_id: int,
    *,
    by_user_id: int,
    holder_id: int | None = None,
    reason: str = "",
    for_another: bool = False,
) -> bool:
    """Give a reservation, or a hold, back that has not ended; False where there is no such one.

    It stays as its history. ``holder_id`` restricts it to the reservations of that user. Who waits
    for the time gets it at once, unless it is freed ``for_another``, who takes it in this transaction.
    """
    lock(session, LOCK)
    statement = (
        sa.select(Reservation)
        .where(
            Reservation.id == reservation_id,
            Reservation.status.in_((PENDING, CONFIRMED, HELD, REQUESTED)),
            Reservation.reserve_to > sa.func.clock_timestamp(),
        )
        # One that waits is withdrawn without the lock.
        .with_for_update(of=Reservation)
        .execution_options(populate_existing=True)
    )
    if holder_id is not None:
        statement = statement.where(Reservation.user_id == holder_id)
    row = session.scalar(statement)
    if row is None:
        return False
    was = row.status
    if was == HELD and by_user_id == row.user_id:
        holds.decline(session, row)
    elif was == HELD:
        holds.take_back(
            session, policy, row, by_user_id=by_user_id, reason=reason, waits=for_another
        )
    else:
        row.status, row.status_reason, row.status_changed_by = CANCELLED, reason, by_user_id
        row.status_changed_at = sa.func.clock_timestamp()
        session.flush()
        session.refresh(row)
        notify(session, TOPIC, {reservation_id: None})  # its client may still be waiting
        notifications.notify_holder(
            session,
            row,
            notifications.CANCELLED,
            by_user_id=by_user_id,
            after=policy.notify_after,
        )
        asks.close_changed(session, policy, [reservation_id])
    if was in (CONFIRMED, HELD) and not for_another:
        waiting.hand_out(session, policy, [waiting.Freed.of(row)])
    return True
