"""Wishes that are granted together or not at all: written, looked after, and withdrawn.

A wish is a new reservation or the change of one; a single change is a group of one. What becomes of
them is for ``decisions``; who may ask for it, and for which times, is for those who ask here.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.database import among, lock
from hhu_base.values.refusal import TOGETHER, FieldErrors, Refusal
from hhu_base.values.schema_types import no_such_object
from hhu_plugins.rooms import notifications
from hhu_plugins.rooms.decisions import LOCK, NOT_DECIDED, decide_pending
from hhu_plugins.rooms.intervals import Interval
from hhu_plugins.rooms.models import CANCELLED, CONFIRMED, PENDING, WITHDRAWN, Reservation
from hhu_plugins.rooms.notifications import Slot
from hhu_plugins.rooms.occupancy import RESERVATIONS, ROOMS
from hhu_plugins.rooms.outcomes import Outcome, counted
from hhu_plugins.rooms.policy import BookingPolicy
from hhu_plugins.rooms.wishes import CHANGE_IS_PENDING, CHANGES, IS_PENDING


@dataclass(frozen=True, slots=True)
class NewReservation:
    user_id: int
    room_id: int
    interval: Interval
    description: str
    series_id: int | None = None
    by_user_id: int | None = None


@dataclass(frozen=True, slots=True)
class ChangedReservation:
    """None is what is to stay; ``revision`` is the one that its asker knows, if they said.

    ``gives_up``: it is to be cancelled, for the others of its group.
    """

    reservation_id: int
    room_id: int | None = None
    interval: Interval | tuple[None, None] = (None, None)
    description: str | None = None
    revision: int | None = None
    by_user_id: int | None = None
    gives_up: bool = False


Wish = NewReservation | ChangedReservation

_TAKE_IDS = sa.text(
    "SELECT nextval(pg_get_serial_sequence('rooms_reservations', 'id'))"
    " FROM generate_series(1, :number) ORDER BY 1"
)

_DECIDE_BEFORE = sa.func.now() + sa.bindparam("within", type_=sa.Interval)


def submit(
    session: Session,
    wishes: Sequence[Wish],
    *,
    by_user_id: int,
    decide_within: timedelta | None,
    request_id: str | None = None,
) -> int:
    """Write the wishes of one group, to be decided after the commit; returns the group's id.

    ``by_user_id`` asks for all that name nobody else. After ``decide_within`` they are withdrawn instead of decided. None: an administrator asks, even
    for themselves, and goes on with ``decide_now``. Raises FieldErrors where there is no such room.
    """
    check_rooms(session, {wish.room_id for wish in wishes if wish.room_id is not None})
    ids = session.scalars(_TAKE_IDS, {"number": len(wishes)}).all()
    shared = {
        "group_id": ids[0] if len(ids) > 1 else None,
        "within": decide_within,
        "request_id": request_id,
    }
    new, changes = [], []
    for wish_id, wish in zip(ids, wishes, strict=True):
        start, end = wish.interval
        by = wish.by_user_id or by_user_id
        row: dict[str, Any] = shared | {
            "id": wish_id,
            "room_id": wish.room_id,
            "reserve_from": start,
            "reserve_to": end,
            "description": wish.description,
        }
        if isinstance(wish, NewReservation):
            is_own = decide_within is not None and by == wish.user_id
            row |= {"user_id": wish.user_id, "series_id": wish.series_id, "status": PENDING}
            new.append(row | {"status_changed_by": None if is_own else by})
        else:
            row |= {"reservation_id": wish.reservation_id, "revision": wish.revision}
            changes.append(row | {"by_user_id": by, "gives_up": wish.gives_up})
    for table, rows in ((RESERVATIONS, new), (CHANGES, changes)):
        if rows:
            session.execute(sa.insert(table).values(decide_before=_DECIDE_BEFORE), rows)
    return ids[0]


def check_rooms(session: Session, room_ids: Collection[int]) -> None:
    """Raises FieldErrors where one of these rooms is none; the others stay until the commit."""
    if not room_ids:
        return
    found = session.scalars(
        sa.select(ROOMS.c.id)
        .where(among(ROOMS.c.id, room_ids))
        .with_for_update(read=True, key_share=True)
    )
    for room_id in sorted(set(room_ids) - set(found)):
        message = no_such_object(room_id)
        errors = {"meetingroom": [message], "non_field_errors": [f"会议室：{message}"]}
        raise FieldErrors(errors)


def _of_group(table: sa.Table) -> sa.ColumnElement[bool]:
    group_id: sa.BindParameter[int] = sa.bindparam("wanted", type_=sa.BigInteger)
    return (table.c.id == group_id) | (table.c.group_id == group_id)


_SELECT_OUTCOMES = sa.union_all(
    *(
        sa.select(table.c.status, table.c.status_reason).where(_of_group(table))
        for table in (CHANGES, RESERVATIONS)
    )
)


def find_outcome(session: Session, group_id: int) -> Outcome | None:
    """What has become of a group, or None while it has still to be decided."""
    found = session.execute(_SELECT_OUTCOMES, {"wanted": group_id}).all()
    statuses = {row.status for row in found}
    if not statuses or PENDING in statuses:
        return None
    # One that its holder has given back meanwhile says nothing about the others.
    told = [row for row in found if row.status != CANCELLED] or found
    return told[0].status, told[0].status_reason, None


_IS_WRITTEN = sa.select(
    sa.or_(
        *(
            sa.exists().where(
                table.c.id == sa.bindparam("row_id"),
                table.c.request_id.is_not_distinct_from(sa.bindparam("request_id")),
            )
            for table in (CHANGES, RESERVATIONS)
        )
    )
)


def is_written(session: Session, group_id: int, request_id: str | None) -> bool:
    """Whether this web request's group is there: the database may have broken off its commit."""
    return bool(session.scalar(_IS_WRITTEN, {"row_id": group_id, "request_id": request_id}))


_CLOSED = {
    "status": WITHDRAWN,
    "status_reason": NOT_DECIDED,
    "status_changed_at": sa.func.clock_timestamp(),
}
_WITHDRAW = [
    counted(
        sa.update(table).where(_of_group(table), is_pending).values(_CLOSED),
        sa.literal_column("'withdrawn'", sa.Text),
    )
    for table, is_pending in ((RESERVATIONS, IS_PENDING), (CHANGES, CHANGE_IS_PENDING))
]


def withdraw(session: Session, group_id: int) -> None:
    """Close a group that nobody has decided; one that is decided stays as it is.

    Under the lock: who decides takes the rows of a group in an order that an update does not know.
    """
    lock(session, LOCK)
    for statement in _WITHDRAW:
        session.execute(statement, {"wanted": group_id})


def decide_now(session: Session, policy: BookingPolicy, group_id: int, *, by_user_id: int) -> None:
    """Decide a group at once, with all that came before it, for who may reserve for others.

    The holders are told. Raises Refusal where it can't be granted; then take all of it back.
    """
    changed = session.scalars(
        sa.select(CHANGES.c.reservation_id).where(_of_group(CHANGES)), {"wanted": group_id}
    ).all()
    lock(session, LOCK)
    made = sa.select(RESERVATIONS.c.id).where(_of_group(RESERVATIONS))
    ids = [*changed, *session.scalars(made, {"wanted": group_id})]
    rows = session.scalars(
        sa.select(Reservation)
        .where(among(Reservation.id, ids))
        .order_by(Reservation.reserve_from)
        .execution_options(populate_existing=True)
    ).all()
    was = {row.id: Slot.of(row) for row in rows if row.status != PENDING}
    decide_pending(session, policy)
    status, reason, _ = find_outcome(session, group_id) or (WITHDRAWN, NOT_DECIDED, None)
    if status != CONFIRMED:
        raise Refusal(reason, TOGETHER)
    for row in rows:
        session.refresh(row)
        notifications.notify_holder(
            session,
            row,
            notifications.MOVED if row.id in was else notifications.RESERVED,
            by_user_id=by_user_id,
            after=policy.notify_after,
            was=was.get(row.id),
        )
