"""What is done to a reservation without asking: confirm it where it stands, or give it back."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.database import lock
from hhu_base.database.pg_notify import notify
from hhu_plugins.rooms.booking.deciding import decide_pending
from hhu_plugins.rooms.decisions import LOCK, TOPIC, RoomTaken
from hhu_plugins.rooms.intervals import Interval
from hhu_plugins.rooms.models import CANCELLED, CONFIRMED, LONGEST_MEETING, PENDING, Reservation


def cancel(
    session: Session,
    reservation_id: int,
    *,
    by_user_id: int,
    holder_id: int | None = None,
    reason: str = "",
) -> bool:
    """Give a reservation back that has not ended; False where there is no such one.

    ``holder_id`` restricts it to the reservations of that user. It needs no lock: it only sets
    time free.
    """
    statement = sa.update(Reservation).where(
        Reservation.id == reservation_id,
        Reservation.status.in_((PENDING, CONFIRMED)),
        Reservation.reserve_to > sa.func.clock_timestamp(),
    )
    if holder_id is not None:
        statement = statement.where(Reservation.user_id == holder_id)
    cancelled = session.scalar(
        statement.values(
            status=CANCELLED,
            status_reason=reason,
            status_changed_at=sa.func.clock_timestamp(),
            status_changed_by=by_user_id,
        )
        .returning(Reservation.id)
        .execution_options(synchronize_session=False)
    )
    if cancelled is None:
        return False
    notify(session, TOPIC, {reservation_id: None})  # its client may still be waiting
    return True


def place(
    session: Session,
    reservation: Reservation,
    *,
    by_user_id: int,
    status_reason: str = "",
    is_its_turn: bool = False,
) -> None:
    """Confirm a reservation as it stands: a new one, one that was moved, one that is restored.

    For whoever may write without asking (the administrators); whatever came before it is decided
    before it. ``reservation`` is added to the session if it is new. ``is_its_turn``: that has been
    done, under this lock, before time was set free for this very reservation; who asks meanwhile
    comes after it.
    Raises Taken.
    """
    with session.no_autoflush:
        lock(session, LOCK)
        if not is_its_turn:
            decide_pending(session)
        interval = (reservation.reserve_from, reservation.reserve_to)
        if others := find_conflicts(
            session, reservation.room_id, interval, except_id=reservation.id
        ):
            raise RoomTaken(others)
        reservation.status = CONFIRMED
        reservation.status_reason = status_reason
        reservation.status_changed_at = sa.func.clock_timestamp()
        reservation.status_changed_by = by_user_id
        session.add(reservation)
    session.flush()


def find_conflicts(
    session: Session, room_id: int, interval: Interval, *, except_id: int | None = None
) -> Sequence[Reservation]:
    """The confirmed reservations of a room that overlap ``interval``, in the order of time."""
    start, end = interval
    return session.scalars(
        sa.select(Reservation)
        .where(
            Reservation.room_id == room_id,
            Reservation.status == CONFIRMED,
            Reservation.reserve_from > start - LONGEST_MEETING,
            Reservation.reserve_from < end,
            Reservation.reserve_to > start,
            Reservation.id.is_distinct_from(except_id),
        )
        .order_by(Reservation.reserve_from)
    ).all()
