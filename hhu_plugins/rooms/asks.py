"""Asks to give way, as far as whatever changes a reservation has to know them: they end with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import UTC, datetime, tzinfo

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from hhu_base.database import among
from hhu_plugins.rooms import ask_notifications
from hhu_plugins.rooms.models import CONFIRMED, Ask, Reservation, WaitingRequest
from hhu_plugins.rooms.models.asks import CLOSED, OPEN
from hhu_plugins.rooms.policy import BookingPolicy

IS_CANCELLED = "对方取消了这个预约。"
IS_CHANGED = "对方改动了这个预约。"


def is_open(now: datetime) -> sa.ColumnElement[bool]:
    """The condition on an ask to wait for its answer still."""
    return sa.and_(Ask.status == OPEN, Ask.answer_before > now)


def zone_of(policy: BookingPolicy | None) -> tzinfo:
    return policy.zone if policy is not None else UTC


def end(row: Ask, status: str, *, reason: str = "", by_user_id: int | None = None) -> None:
    """Under the lock."""
    row.status, row.status_reason, row.status_changed_by = status, reason, by_user_id
    row.status_changed_at = sa.func.clock_timestamp()


def close_changed(
    session: Session, policy: BookingPolicy | None, reservation_ids: Collection[int]
) -> list[Ask]:
    """End the asks about those of these reservations that are not as they were asked for.

    In the transaction of the change, under its lock. Both sides are told.
    """
    if not reservation_ids:
        return []
    is_as_it_was = sa.and_(
        Reservation.status == CONFIRMED,
        Reservation.room_id == Ask.room_id,
        Reservation.reserve_from == Ask.held_from,
        Reservation.reserve_to == Ask.held_to,
    )
    found = session.scalars(
        sa.select(Ask)
        .join(Reservation, Reservation.id == Ask.reservation_id)
        .where(among(Ask.reservation_id, reservation_ids), Ask.status == OPEN, ~is_as_it_was)
        .order_by(Ask.id)
        .execution_options(populate_existing=True)
    ).all()
    for row in found:
        session.refresh(row.reservation)
        is_cancelled = row.reservation.status != CONFIRMED
        end(row, CLOSED, reason=IS_CANCELLED if is_cancelled else IS_CHANGED)
        is_first = _put_first(session, row)
        ask_notifications.tell_closed(
            session, row, zone_of(policy), is_cancelled=is_cancelled, is_first=is_first
        )
    session.flush()
    return list(found)


def _put_first(session: Session, row: Ask) -> bool:
    """Where the time is not the holder's any more, the asker is the first who is offered it."""
    held = row.reservation
    if (
        held.status == CONFIRMED
        and held.room_id == row.room_id
        and held.reserve_from < row.reserve_to
        and row.reserve_from < held.reserve_to
    ):
        return False
    waiting = WaitingRequest(
        user_id=row.user_id,
        room_id=row.room_id,
        reserve_from=row.reserve_from,
        reserve_to=row.reserve_to,
        description=row.description,
        is_first=True,
        is_new=False,
        wait_until=row.reserve_from,
    )
    session.add(waiting)
    session.flush()
    return True


def under_way(session: Session, reservation_ids: Collection[int]) -> dict[int, list[Ask]]:
    """The talks about these reservations that are under way, by the reservation's id."""
    found: dict[int, list[Ask]] = defaultdict(list)
    for row in session.scalars(
        sa.select(Ask)
        .options(joinedload(Ask.user))
        .where(among(Ask.reservation_id, reservation_ids), is_open(datetime.now(UTC)))
        .order_by(Ask.id)
    ):
        found[row.reservation_id].append(row)
    return found
