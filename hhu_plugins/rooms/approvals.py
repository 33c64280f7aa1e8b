"""审批: requests for rooms that need somebody's approval, and what becomes of them.

A request is a row of its own status, which blocks nothing. A yes makes it one that waits to be
decided, and it is decided at once, under the one lock, after all that came before it: it may find the
room taken meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from hhu_base.database import lock
from hhu_base.models import User, group_users
from hhu_base.values.refusal import TOGETHER, Refusal
from hhu_plugins.rooms import (
    approval_notifications,
    availability,
    closed_times,
    decisions,
    occupancy,
)
from hhu_plugins.rooms.eligibility import NOT_ELIGIBLE, rooms_closed_to
from hhu_plugins.rooms.intervals import Interval
from hhu_plugins.rooms.models import (
    CONFIRMED,
    PENDING,
    REJECTED,
    REQUESTED,
    WITHDRAWN,
    Meetingroom,
    Reservation,
)
from hhu_plugins.rooms.occupancy import RESERVATIONS
from hhu_plugins.rooms.policy import BookingPolicy

# More than anybody means; each of them is somebody else's work.
MOST_OPEN = 10

BEGUN = "需要审批的会议室，只能申请还没有开始的时间。"
TOO_MANY = f"您已有{MOST_OPEN}个申请在等审批，请等有了结果再申请。"
ANSWERED = "这个申请已经有了结果，请刷新页面。"
OVERDUE = "申请的时间已经开始，不能再审批。"
SILENCE = "到开始时间还没有人审批。"

# Written out, for the plan of a prepared statement; see ``wishes``.
IS_REQUESTED = RESERVATIONS.c.status == sa.literal_column(f"'{REQUESTED}'")


def submit(
    session: Session,
    policy: BookingPolicy,
    room: Meetingroom,
    *,
    user_id: int,
    interval: Interval,
    description: str,
    request_id: str | None = None,
) -> Reservation:
    """Ask for approval; what has been asked for already is that request. Raises Refusal.

    ``interval`` is on the grid and within the limits of the room.
    """
    lock(session, decisions.LOCK)
    now = datetime.now(UTC)
    if interval[0] <= now:
        raise Refusal(BEGUN, TOGETHER)
    if room.id in rooms_closed_to(session, user_id):
        raise Refusal(NOT_ELIGIBLE, TOGETHER)
    closed_times.check(session, room, interval)
    mine = session.scalars(
        sa.select(Reservation).where(
            Reservation.user_id == user_id, IS_REQUESTED, Reservation.reserve_from > now
        )
    ).all()
    for row in mine:
        if (row.room_id, row.reserve_from, row.reserve_to) == (room.id, *interval):
            return row
    if len(mine) >= MOST_OPEN:
        raise Refusal(TOO_MANY, TOGETHER)
    if occupancy.conflicts(session, room.id, interval):
        raise Refusal(decisions.TAKEN, TOGETHER)
    made = Reservation(
        room_id=room.id,
        user_id=user_id,
        reserve_from=interval[0],
        reserve_to=interval[1],
        description=description,
        status=REQUESTED,
        request_id=request_id,
    )
    session.add(made)
    session.flush()
    approval_notifications.tell_approvers(session, made, approvers(session, room), policy.zone)
    return made


def approvers(session: Session, room: Meetingroom) -> Sequence[User]:
    return session.scalars(
        sa.select(User)
        .join(group_users, group_users.c.user_id == User.id)
        .where(group_users.c.group_id == room.approvers_id)
        .order_by(User.id)
    ).all()


def _of_approver(user_id: int) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        Meetingroom.id == Reservation.room_id,
        Meetingroom.approvers_id == group_users.c.group_id,
        group_users.c.user_id == user_id,
    )


def waiting_for(session: Session, user_id: int) -> Sequence[Reservation]:
    """The requests that this user may answer; those for the same room and time are side by side."""
    return session.scalars(
        sa.select(Reservation)
        .options(joinedload(Reservation.room), joinedload(Reservation.user))
        .where(
            IS_REQUESTED,
            Reservation.reserve_from > sa.func.clock_timestamp(),
            _of_approver(user_id),
        )
        .order_by(Reservation.reserve_from, Reservation.room_id, Reservation.id)
    ).all()


def may_answer(session: Session, reservation_id: int, user_id: int) -> bool:
    """Whether this is a request, or was one, that this user decides about."""
    statement = sa.select(Reservation.id).where(
        Reservation.id == reservation_id, _of_approver(user_id)
    )
    return session.scalar(statement) is not None


def approve(
    session: Session, policy: BookingPolicy, reservation_id: int, *, by_user_id: int
) -> str:
    """Agree: it is decided now. Why it could not be had any more, or nothing; they are told.

    The rules for users hold for its requester. Raises Refusal where it is answered already.
    """
    row = _find_open(session, policy, reservation_id)
    row.status = PENDING
    session.flush()
    decisions.decide_pending(session, policy)
    session.refresh(row)
    if row.status != CONFIRMED:
        row.status_reason = row.status_reason or decisions.NOT_DECIDED
        session.flush()
        _tell_refused(session, policy, row)
        return row.status_reason
    row.status_changed_by = by_user_id
    session.flush()
    by = session.get_one(User, by_user_id)
    approval_notifications.tell_approved(session, row, policy.zone, by)
    return ""


def refuse(
    session: Session, policy: BookingPolicy, reservation_id: int, *, by_user_id: int, reason: str
) -> None:
    """Raises Refusal where it is answered already."""
    row = _find_open(session, policy, reservation_id)
    _end(session, row, REJECTED, reason, by_user_id=by_user_id)
    _tell_refused(session, policy, row, by=session.get_one(User, by_user_id))


def expire(session: Session, policy: BookingPolicy) -> int:
    """End the requests whose time has begun without an answer; how many there were."""
    due = sa.select(Reservation).where(
        IS_REQUESTED, Reservation.reserve_from <= sa.func.clock_timestamp()
    )
    if not session.scalar(sa.select(due.exists())):
        return 0
    lock(session, decisions.LOCK)
    rows = session.scalars(
        due.order_by(Reservation.id).execution_options(populate_existing=True)
    ).all()
    for row in rows:
        _end(session, row, WITHDRAWN, SILENCE)
        approval_notifications.tell_refused(session, row, policy.zone)
    return len(rows)


def _find_open(session: Session, policy: BookingPolicy, reservation_id: int) -> Reservation:
    """Under the lock, as it is now. Raises Refusal."""
    lock(session, decisions.LOCK)
    decisions.decide_pending(session, policy)
    row = session.get_one(Reservation, reservation_id, populate_existing=True)
    if row.status != REQUESTED:
        raise Refusal(ANSWERED, TOGETHER)
    if row.reserve_from <= datetime.now(UTC):
        raise Refusal(OVERDUE, TOGETHER)
    return row


def _end(
    session: Session,
    row: Reservation,
    status: str,
    reason: str,
    *,
    by_user_id: int | None = None,
) -> None:
    row.status, row.status_reason, row.status_changed_by = status, reason, by_user_id
    row.status_changed_at = sa.func.clock_timestamp()
    session.flush()


def _tell_refused(
    session: Session, policy: BookingPolicy, row: Reservation, by: User | None = None
) -> None:
    times = (row.reserve_from, row.reserve_to)
    instead = availability.alternatives(
        session, policy, datetime.now(UTC), row.room, times, user_id=row.user_id
    ).rooms
    approval_notifications.tell_refused(session, row, policy.zone, by=by, instead=instead)
