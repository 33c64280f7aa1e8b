"""What becomes of a confirmed reservation by its holder's wish: other times, an earlier end.

Changes are decided in the queue, like reservations: until then, and if they can't be had, everything
stays as it is. To end one early only sets time free: it is done at once, under the lock, since what
is free may be somebody else's already.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.database import lock
from hhu_base.values.refusal import TOGETHER, Refusal
from hhu_plugins.rooms import (
    approval_rules,
    booking,
    cancellation,
    decisions,
    eligibility,
    groups,
    notifications,
    person_limits,
    waiting,
)
from hhu_plugins.rooms.booking import GONE, OVER
from hhu_plugins.rooms.decisions import LOCK, STALE
from hhu_plugins.rooms.models import CANCELLED, CONFIRMED, PENDING, Reservation
from hhu_plugins.rooms.notifications import Slot
from hhu_plugins.rooms.policy import BookingPolicy, check_times
from hhu_plugins.rooms.wishes import REPEATED_WITHIN

WAITS = "这个预约正在处理，请稍后再改。"
# So long after it one may take back that one has cancelled.
UNDO_WITHIN = timedelta(minutes=1)
TOO_LATE_TO_UNDO = "撤销的时间已过，请重新预约。"


class Stale(Refusal):
    """It was changed since its asker has seen it."""

    def __init__(self) -> None:
        super().__init__(STALE)


def check_open(row: Reservation) -> None:
    """Raises Refusal where nothing can be changed in it, or not yet."""
    if row.status == PENDING:
        raise Refusal(WAITS, TOGETHER)
    booking.check_open(row)


def submit(
    session: Session,
    policy: BookingPolicy,
    row: Reservation,
    *,
    by_user_id: int,
    room_id: int | None = None,
    reserve_from: datetime | None = None,
    reserve_to: datetime | None = None,
    description: str | None = None,
    revision: int | None = None,
    may_exceed: bool = False,
    decide_within: timedelta | None,
    request_id: str | None = None,
) -> int | None:
    """Write the wish to change ``row``, to be decided after the commit; returns its group's id.

    None where it is as wished already: so is a request that is sent again. Raises Refusal, and of
    it Stale where ``revision`` is not the row's, and ExceedsPolicy.
    """
    check_open(row)
    start, end = reserve_from or row.reserve_from, reserve_to or row.reserve_to
    interval: tuple = (None, None)
    # Times that nobody touches stay as they are, even off the grid or beyond the limits.
    is_moved = not booking.is_at(row, start, end)
    if is_moved or room_id not in (None, row.room_id):
        rules = booking.policy_in(session, policy, room_id or row.room_id)
        checked = check_times(rules, datetime.now(UTC), start, end, may_exceed=may_exceed)
        if is_moved and not booking.is_at(row, *checked):
            interval = checked
        _check_approval(session, policy, row, room_id, interval)
    wanted = (room_id, interval[0], description)
    stored = (row.room_id, row.reserve_from, row.description)
    if all(new in (None, old) for new, old in zip(wanted, stored, strict=True)) and not interval[0]:
        return None
    if revision not in (None, row.revision):
        raise Stale
    change = groups.ChangedReservation(row.id, room_id, interval, description, revision)
    return groups.submit(
        session,
        [change],
        by_user_id=by_user_id,
        decide_within=decide_within,
        request_id=request_id,
    )


def _check_approval(
    session: Session,
    policy: BookingPolicy,
    row: Reservation,
    room_id: int | None,
    interval: tuple,
) -> None:
    """Raises Refusal where somebody would have to agree to the new time. Less of it is none."""
    start, end = interval if interval[0] else (row.reserve_from, row.reserve_to)
    is_same_room = room_id in (None, row.room_id)
    if not (is_same_room and row.reserve_from <= start and end <= row.reserve_to):
        slot = (room_id or row.room_id, start, end)
        approval_rules.check_slots(session, policy, row.user_id, [slot], approval_rules.NOT_CHANGED)


def end(session: Session, policy: BookingPolicy, row: Reservation, *, by_user_id: int) -> None:
    """End a running reservation at the next point of the grid; cancel one that has not begun.

    Done again within some seconds it is the same request. Raises Refusal.
    """
    now = datetime.now(UTC)
    is_mine = row.status == CANCELLED and row.status_changed_by == by_user_id
    if is_mine and now - row.status_changed_at <= REPEATED_WITHIN:
        return
    if row.status == PENDING:
        raise Refusal(WAITS, TOGETHER)
    if row.status == CONFIRMED and row.reserve_from <= now < row.reserve_to:
        _shorten(session, policy, row, policy.up(now), by_user_id=by_user_id)
    elif not cancellation.cancel(session, policy, row.id, by_user_id=by_user_id):
        raise Refusal(OVER if row.status == CONFIRMED else GONE, TOGETHER)
    session.expire(row)


def _shorten(
    session: Session, policy: BookingPolicy, row: Reservation, to: datetime, *, by_user_id: int
) -> None:
    lock(session, LOCK)
    was = Slot.of(row)
    shortened = session.scalar(
        sa.update(Reservation)
        .where(
            Reservation.id == row.id,
            Reservation.status == CONFIRMED,
            Reservation.reserve_from < to,
            Reservation.reserve_to > to,
        )
        .values(
            reserve_to=to,
            status_changed_at=sa.func.clock_timestamp(),
            status_changed_by=by_user_id,
        )
        .returning(Reservation)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    # Nothing is left over where it ends with this stretch of the grid anyway.
    if shortened is not None:
        notifications.notify_holder(
            session,
            shortened,
            notifications.MOVED,
            by_user_id=by_user_id,
            after=policy.notify_after,
            was=was,
        )
        freed = waiting.Freed(was.room_id, to, was.reserve_to)
        waiting.hand_out(session, policy, [freed])


def may_undo(row: Reservation, now: datetime) -> bool:
    """Whether its holder has cancelled it just now, and it is not over."""
    return (
        row.status == CANCELLED
        and row.status_changed_by == row.user_id
        and now - row.status_changed_at <= UNDO_WITHIN
        and row.reserve_to > now
    )


def undo_cancel(session: Session, policy: BookingPolicy, row: Reservation) -> None:
    """Give its holder back what they have cancelled, if nobody has the time yet.

    ``row`` is of ``booking.find_locked``. Whoever waited for the time has it by then, and whoever
    asked before is decided before. All rules for users hold again. Raises Refusal.
    """
    if row.status == CONFIRMED:  # again
        return
    if not may_undo(row, datetime.now(UTC)):
        raise Refusal(TOO_LATE_TO_UNDO, TOGETHER)
    decisions.decide_pending(session, policy)
    if row.room_id in eligibility.rooms_closed_to(session, row.user_id):
        raise Refusal(eligibility.NOT_ELIGIBLE, TOGETHER)
    slot = (row.room_id, row.reserve_from, row.reserve_to)
    # It may have been no more than a request.
    approval_rules.check_slots(session, policy, row.user_id, [slot], approval_rules.NEEDED)
    limits = person_limits.load(session, policy, [row])
    if limits is not None and (sentence := limits.refusal(row)):
        raise Refusal(sentence, TOGETHER)
    booking.restore(session, policy, row, by_user_id=row.user_id)
