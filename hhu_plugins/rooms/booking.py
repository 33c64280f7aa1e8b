"""What may be done to a reservation, by the rules, and that its holder is told.

Requests for a room go another way, by ``submission`` and ``decisions``, and it is given back by
``cancellation``. What is done here is done at once, by those who may: the administrators. They may go beyond the limits of length and horizon and
outside opening hours, knowingly, never into a closure or somebody else's time; what has ended stays
as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.database import lock
from hhu_base.values.refusal import TOGETHER, FieldErrors, Refusal
from hhu_base.values.schema_types import no_such_object
from hhu_plugins.rooms import (
    approval_rules,
    asks,
    closed_times,
    holds,
    notifications,
    occupancy,
    waiting,
)
from hhu_plugins.rooms.decisions import LOCK, TAKEN, decide_pending
from hhu_plugins.rooms.intervals import contains
from hhu_plugins.rooms.models import (
    CONFIRMED,
    HELD,
    Meetingroom,
    Reservation,
)
from hhu_plugins.rooms.notifications import Slot
from hhu_plugins.rooms.policy import GONE, OVER, BookingPolicy, check_times


class RoomTaken(Refusal):
    """The room is taken, ``by`` these reservations."""

    def __init__(self, by: Sequence[Reservation]):
        super().__init__(TAKEN, TOGETHER)
        self.by = by


def find_locked(session: Session, reservation_id: int) -> Reservation | None:
    """The reservation as it is now; nobody else changes it before this transaction ends."""
    lock(session, LOCK)
    return session.scalar(
        sa.select(Reservation)
        .where(Reservation.id == reservation_id)
        .with_for_update(of=Reservation)
        .execution_options(populate_existing=True)
    )


def policy_in(session: Session, policy: BookingPolicy, room_id: int) -> BookingPolicy:
    """The rules that hold in this room; the site's where there is no such room."""
    with session.no_autoflush:
        room = session.get(Meetingroom, room_id)
    return policy if room is None else policy.of(room)


def check_open(row: Reservation) -> None:
    """Raises Refusal where it is no confirmed one, or is over."""
    if row.status != CONFIRMED or row.reserve_to <= datetime.now(UTC):
        raise not_open(row)


def not_open(row: Reservation) -> Refusal:
    """Why nothing more can be done to it."""
    if row.status == HELD:
        return Refusal(holds.ONLY_HELD, TOGETHER)
    return Refusal(OVER if row.status == CONFIRMED else GONE, TOGETHER)


def is_at(row: Reservation, start: datetime, end: datetime) -> bool:
    """Whether these are its times, to the second: no page tells more."""
    pairs = ((row.reserve_from, start), (row.reserve_to, end))
    return all(one.replace(microsecond=0) == other.replace(microsecond=0) for one, other in pairs)


def move(
    session: Session,
    policy: BookingPolicy,
    row: Reservation,
    *,
    by_user_id: int,
    may_exceed: bool = False,
    room_id: int | None = None,
    reserve_from: datetime | None = None,
    reserve_to: datetime | None = None,
    description: str | None = None,
    is_its_turn: bool = False,
) -> None:
    """Give a confirmed reservation another time, room or description; None: as it is.

    For ``is_its_turn`` see ``place``. Raises Refusal, and of it RoomTaken and ExceedsPolicy.
    """
    check_open(row)
    was = Slot.of(row)
    start, end = reserve_from or row.reserve_from, reserve_to or row.reserve_to
    # Times that nobody touches stay as they are, even off the grid or beyond the limits.
    if not is_at(row, start, end):
        row.reserve_from, row.reserve_to = check_times(
            policy_in(session, policy, row.room_id if room_id is None else room_id),
            datetime.now(UTC),
            start,
            end,
            may_exceed=may_exceed,
        )
    row.room_id = row.room_id if room_id is None else room_id
    row.description = row.description if description is None else description
    if Slot.of(row) == was:
        session.flush()
        return
    stays_inside = row.room_id == was.room_id and contains(
        (was.reserve_from, was.reserve_to), (row.reserve_from, row.reserve_to)
    )
    if not (may_exceed or stays_inside):
        _check_approval(session, policy, row)
    how = {"may_exceed": may_exceed, "may_be_closed": stays_inside, "is_its_turn": is_its_turn}
    _put(session, policy, row, by_user_id=by_user_id, **how)
    _tell(session, policy, row, notifications.MOVED, by_user_id=by_user_id, was=was)
    asks.close_changed(session, policy, [row.id])
    if not is_its_turn:
        waiting.hand_out(session, policy, [waiting.Freed.of(was)])


def reserve_for(
    session: Session,
    policy: BookingPolicy,
    row: Reservation,
    *,
    by_user_id: int,
    user_id: int,
    room_id: int,
    reserve_from: datetime,
    reserve_to: datetime,
    description: str,
    may_exceed: bool = False,
    is_its_turn: bool = False,
) -> None:
    """Reserve for somebody: ``row`` is a new one; for ``is_its_turn`` see ``place``.

    Raises Refusal, and of it RoomTaken and ExceedsPolicy.
    """
    row.room_id, row.user_id, row.description = room_id, user_id, description
    row.reserve_from, row.reserve_to = check_times(
        policy_in(session, policy, room_id),
        datetime.now(UTC),
        reserve_from,
        reserve_to,
        may_exceed=may_exceed,
    )
    if not may_exceed:
        _check_approval(session, policy, row)
    how = {"is_its_turn": is_its_turn, "may_exceed": may_exceed}
    _put(session, policy, row, by_user_id=by_user_id, **how)
    _tell(session, policy, row, notifications.RESERVED, by_user_id=by_user_id)


def _check_approval(session: Session, policy: BookingPolicy, row: Reservation) -> None:
    """Raises NeedsApproval; whether there is such a room is looked at later."""
    with session.no_autoflush:
        room = session.get(Meetingroom, row.room_id)
        if room is not None:
            times = (row.reserve_from, row.reserve_to)
            approval_rules.check(session, policy, room, row.user_id, times)


def restore(
    session: Session,
    policy: BookingPolicy,
    row: Reservation,
    *,
    by_user_id: int,
    may_exceed: bool = False,
) -> None:
    """Confirm a cancelled one again. Raises RoomTaken, RoomClosed and OutsideHours."""
    _put(session, policy, row, by_user_id=by_user_id, may_exceed=may_exceed)
    _tell(session, policy, row, notifications.RESTORED, by_user_id=by_user_id)


def place(
    session: Session,
    reservation: Reservation,
    *,
    by_user_id: int,
    status_reason: str = "",
    is_its_turn: bool = False,
    may_exceed: bool = False,
    may_be_closed: bool = False,
    policy: BookingPolicy | None = None,
) -> None:
    """Confirm a reservation as it stands: a new one, one that was moved, one that is restored.

    Administrators may, whatever the limits of a person or the departments of a room. Whatever came
    before it is decided before it. ``reservation`` is added to the session if it is new.
    ``is_its_turn``: that has been done, under this lock, before time was set free for this very
    reservation; who asks meanwhile comes after it. ``may_exceed`` lets it lie outside opening hours,
    ``may_be_closed`` also in a closure. Raises RoomTaken, RoomClosed and OutsideHours.
    """
    # Written only after the look: the constraint would not tell who has the room.
    with session.no_autoflush:
        lock(session, LOCK)
        if not is_its_turn:
            decide_pending(session, policy)
        interval = (reservation.reserve_from, reservation.reserve_to)
        if not may_be_closed:
            room = session.get_one(Meetingroom, reservation.room_id)
            closed_times.check(session, room, interval, may_exceed=may_exceed)
        if others := occupancy.conflicts(
            session, reservation.room_id, interval, except_id=reservation.id
        ):
            raise RoomTaken(others)
        reservation.status = CONFIRMED
        reservation.status_reason = status_reason
        reservation.status_changed_at = sa.func.clock_timestamp()
        reservation.status_changed_by = by_user_id
        session.add(reservation)
    session.flush()


def _put(session: Session, policy: BookingPolicy, row: Reservation, **how: Any) -> None:
    """``place``, of a room that there is."""
    with session.no_autoflush:
        if session.get(Meetingroom, row.room_id) is None:
            raise FieldErrors({"room_id": [no_such_object(row.room_id)]})
        place(session, row, policy=policy, **how)
    # Its room and its status date have changed behind the object's back.
    session.expire(row)


def _tell(
    session: Session,
    policy: BookingPolicy,
    row: Reservation,
    what: str,
    *,
    by_user_id: int,
    was: Slot | None = None,
) -> None:
    """Note in this transaction that the holder is to be told."""
    after = policy.notify_after
    notifications.notify_holder(session, row, what, by_user_id=by_user_id, after=after, was=was)
