"""The waiting list: who gets a place that becomes free.

Its functions are called under the lock of the activity's row (``enrolling.lock_activity``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from hhu_plugins.activities.models import Activity, Enrollment, WaitingEntry


@dataclass(frozen=True)
class MovedUp:
    """Event: somebody who waited has a place now. Sent in the transaction that gave it to them."""

    session: Session
    activity_id: int
    user_id: int
    enrollment_id: int


def join(session: Session, activity_id: int, user_id: int, answers: dict[str, Any]) -> int:
    """Stand at the end, and return the position; users who wait already keep theirs, with new answers."""
    place = insert(WaitingEntry).values(
        activity_id=activity_id, user_id=user_id, participating_metas=answers
    )
    waiting_id = session.scalars(
        place.on_conflict_do_update(
            index_elements=[WaitingEntry.activity_id, WaitingEntry.user_id],
            set_={"participating_metas": place.excluded.participating_metas},
        ).returning(WaitingEntry.id)
    ).one()
    return position(session, activity_id, waiting_id)


def position(session: Session, activity_id: int, waiting_id: int) -> int:
    """How many wait up to this one; the first has 1."""
    before = sa.select(sa.func.count()).where(
        WaitingEntry.activity_id == activity_id, WaitingEntry.id <= waiting_id
    )
    return session.scalar(before) or 0


def leave(session: Session, waiting_id: int, user_id: int) -> bool:
    """Wait no longer; False where this user has no such place in the list."""
    gone = session.scalar(
        sa.delete(WaitingEntry)
        .where(WaitingEntry.id == waiting_id, WaitingEntry.user_id == user_id)
        .returning(WaitingEntry.id)
        .execution_options(synchronize_session=False)
    )
    return gone is not None


def fill_places(session: Session, activity_id: int, now: datetime) -> list[MovedUp]:
    """Give free places to those who have waited the longest, until the activity has ended.

    Also for the administrators' page, after the limit was raised.
    """
    row = session.execute(_FREE_PLACES, {"activity_id": activity_id, "now": now}).first()
    if row is None or row.free == 0:
        return []
    first = (
        sa.select(WaitingEntry.id)
        .where(WaitingEntry.activity_id == activity_id)
        .order_by(WaitingEntry.id)
        .limit(row.free)
    )
    # Deleted and inserted, oldest first, so that lists by id show them in that order.
    called = session.execute(
        sa.delete(WaitingEntry)
        .where(WaitingEntry.id.in_(first))
        .returning(WaitingEntry.id, WaitingEntry.user_id, WaitingEntry.participating_metas)
        .execution_options(synchronize_session=False)
    ).all()
    moved_up = []
    for _, user_id, answers in sorted(called, key=lambda row: row.id):
        enrollment_id = session.scalar(
            insert(Enrollment)
            .values(activity_id=activity_id, user_id=user_id, participating_metas=answers)
            .on_conflict_do_nothing()
            .returning(Enrollment.id)
        )
        if enrollment_id is not None:
            moved_up.append(MovedUp(session, activity_id, user_id, enrollment_id))
    return moved_up


def to_be_filled(session: Session, now: datetime) -> Sequence[int]:
    """The activities in which somebody waits although there is a free place."""
    is_full = Activity.participants_total_limit <= _ENROLLED
    return session.scalars(
        sa.select(Activity.id)
        .where(
            Activity.time_end > now,
            sa.exists().where(WaitingEntry.activity_id == Activity.id),
            is_full.is_not(True),
        )
        .order_by(Activity.id)
    ).all()


_ENROLLED = (
    sa.select(sa.func.count())
    .select_from(Enrollment)
    .where(Enrollment.activity_id == Activity.id)
    .scalar_subquery()
)
# No row where nobody waits, which is what nearly every call finds.
_FREE_PLACES = sa.select(
    # Without a limit all who wait have a place.
    sa.func.greatest(
        sa.func.coalesce(Activity.participants_total_limit - _ENROLLED, 2**31 - 1), 0
    ).label("free")
).where(
    Activity.id == sa.bindparam("activity_id"),
    Activity.time_end > sa.bindparam("now", type_=sa.DateTime(timezone=True)),
    sa.exists().where(WaitingEntry.activity_id == Activity.id),
)
