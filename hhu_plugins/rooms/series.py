"""Series: reservations that were planned and made together, and are looked after together.

Each date is a reservation like any other. What is decided about several of them at once is decided
as a group, whole or not at all.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from hhu_base.database import lock
from hhu_base.database.pg_notify import notify
from hhu_plugins.rooms import asks, groups, notifications, recurrence, waiting
from hhu_plugins.rooms.decisions import LOCK, TOPIC
from hhu_plugins.rooms.models import CANCELLED, CONFIRMED, PENDING, Reservation, Series
from hhu_plugins.rooms.offers import Slot
from hhu_plugins.rooms.policy import BookingPolicy
from hhu_plugins.rooms.wishes import REPEATED_WITHIN

CHANGED = "计划有变化，请按新的计划确认后再提交。"
FULL = f"一个系列最多 {recurrence.MOST_DATES} 次。"
NONE_AHEAD = "这个系列没有尚未开始的预约。"


def submit(
    session: Session,
    wanted: Sequence[Slot],
    *,
    user_id: int,
    by_user_id: int,
    description: str,
    rule: Mapping[str, Any],
    fingerprint: str,
    decide_within: timedelta | None,
    request_id: str | None = None,
) -> tuple[int, int]:
    """Write a series with these dates, to be decided as one; the ids of the series and the group.

    With ``groups.decide_now`` it is decided at once, for who may reserve for others. Raises
    FieldErrors.
    """
    made = Series(
        user_id=user_id,
        description=description,
        rule=dict(rule),
        fingerprint=fingerprint,
        request_id=request_id,
    )
    session.add(made)
    session.flush()
    wishes = [
        groups.NewReservation(user_id, slot.room_id, slot[1:], description, made.id)
        for slot in wanted
    ]
    group_id = groups.submit(
        session,
        wishes,
        by_user_id=by_user_id,
        decide_within=decide_within,
        request_id=request_id,
    )
    return made.id, group_id


def submit_change(
    session: Session,
    rows: Sequence[Reservation],
    wanted: Mapping[int, Slot],
    *,
    by_user_id: int,
    description: str | None,
    decide_within: timedelta | None,
    request_id: str | None = None,
) -> int | None:
    """Write the wish to change these dates, all or none, into those of ``wanted``; by the index.

    None where all of them are so already.
    """
    wishes = []
    for index, row in enumerate(rows, 1):
        slot = wanted.get(index)
        text = description if description != row.description else None
        stored = Slot(row.room_id, row.reserve_from, row.reserve_to)
        if slot is not None and (slot != stored or text is not None):
            wishes.append(
                groups.ChangedReservation(row.id, slot.room_id, slot[1:], text, row.revision)
            )
    if not wishes:
        return None
    return groups.submit(
        session,
        wishes,
        by_user_id=by_user_id,
        decide_within=decide_within,
        request_id=request_id,
    )


def find(session: Session, user_id: int, series_id: int) -> Series | None:
    """The user's own, if any of it was ever confirmed."""
    return session.scalar(
        sa.select(Series).where(
            Series.id == series_id, Series.user_id == user_id, Series.dates_count > 0
        )
    )


def reservations(
    session: Session, series_id: int, *, begin_after: datetime | None = None
) -> list[Reservation]:
    """The confirmed dates of a series, in the order of time."""
    statement = (
        sa.select(Reservation)
        .options(joinedload(Reservation.room), joinedload(Reservation.series))
        .where(Reservation.series_id == series_id, Reservation.status == CONFIRMED)
        .order_by(Reservation.reserve_from, Reservation.id)
    )
    if begin_after is not None:
        statement = statement.where(Reservation.reserve_from > begin_after)
    return list(session.scalars(statement))


def fingerprint(asked: Mapping[str, Any]) -> str:
    """Of all that is asked for, as the schema has read it."""
    text = json.dumps(dict(asked), sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def find_repeated(
    session: Session, user_id: int, fingerprint: str, request_id: str | None
) -> Series | None:
    """The series that the same request has made: a moment ago, or under the same request id."""
    again = sa.func.clock_timestamp() - REPEATED_WITHIN
    return session.scalars(
        sa.select(Series)
        .where(
            Series.user_id == user_id,
            Series.fingerprint == fingerprint,
            Series.dates_count > 0,
            sa.or_(Series.created_at > again, Series.request_id == request_id),
            sa.exists().where(Reservation.series_id == Series.id, Reservation.status == CONFIRMED),
        )
        .order_by(Series.id)
        .limit(1)
    ).first()


def cancel_ahead(
    session: Session,
    policy: BookingPolicy,
    series_id: int,
    *,
    by_user_id: int,
    reason: str = "",
) -> int:
    """Give back the dates of a series that have not begun; returns how many there were."""
    # Who decides takes several of these rows in an order of his own.
    lock(session, LOCK)
    cancelled = session.scalars(
        sa.update(Reservation)
        .where(
            Reservation.series_id == series_id,
            Reservation.status.in_((PENDING, CONFIRMED)),
            Reservation.reserve_from > sa.func.clock_timestamp(),
        )
        .values(
            status=CANCELLED,
            status_reason=reason,
            status_changed_at=sa.func.clock_timestamp(),
            status_changed_by=by_user_id,
        )
        .returning(Reservation)
        .execution_options(synchronize_session=False, populate_existing=True)
    ).all()
    notify(session, TOPIC, dict.fromkeys(row.id for row in cancelled))
    for row in cancelled:
        notifications.notify_holder(
            session,
            row,
            notifications.CANCELLED,
            by_user_id=by_user_id,
            after=policy.notify_after,
        )
    asks.close_changed(session, policy, [row.id for row in cancelled])
    waiting.hand_out(session, policy, [waiting.Freed.of(row) for row in cancelled])
    return len(cancelled)
