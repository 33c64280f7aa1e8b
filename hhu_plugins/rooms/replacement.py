"""A reservation in the place of others, which move or go: what an administrator does for an urgent one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from hhu_base.values.refusal import TOGETHER, Refusal
from hhu_plugins.rooms import booking, cancellation, waiting
from hhu_plugins.rooms.decisions import decide_pending
from hhu_plugins.rooms.models import HELD, Reservation
from hhu_plugins.rooms.policy import BookingPolicy


class CannotMove(Refusal):
    """The room that was chosen for a displaced reservation can't be had: ``why``."""

    def __init__(self, row: Reservation, room_id: int, why: Refusal):
        super().__init__(str(why), TOGETHER)
        self.reservation_id, self.room_id, self.why = row.id, room_id, why


def replace(
    session: Session,
    policy: BookingPolicy,
    rows: Sequence[Reservation],
    *,
    by_user_id: int,
    reason: str,
    rooms: Mapping[int, int] | None = None,
    **values,
) -> Reservation:
    """Reserve in the place of ``rows``, of ``find_locked``: ``values`` of ``reserve_for``.

    Each of them moves to the room that ``rooms`` has for its id, or is cancelled; who had no more
    than a hold waits on. In one transaction, under the one lock: nobody can slip in between. What is
    left over goes to those who wait. Raises Refusal as ``reserve_for``, CannotMove, or where one of
    them is not open any more.
    """
    # Who asked before is decided now, while the room is taken. Later they would get what is set
    # free here, and then nothing, if all of this is taken back.
    decide_pending(session, policy)
    freed = [waiting.Freed.of(row) for row in rows]
    for row in rows:
        if row.status != HELD:
            booking.check_open(row)
        room_id = (rooms or {}).get(row.id)
        if room_id is not None and row.status != HELD:
            _move_away(session, policy, row, room_id, by_user_id=by_user_id)
        elif not cancellation.cancel(
            session, policy, row.id, by_user_id=by_user_id, reason=reason, for_another=True
        ):
            raise booking.not_open(row)
    made = Reservation()
    booking.reserve_for(session, policy, made, by_user_id=by_user_id, is_its_turn=True, **values)
    waiting.hand_out(session, policy, freed)
    return made


def _move_away(
    session: Session, policy: BookingPolicy, row: Reservation, room_id: int, *, by_user_id: int
) -> None:
    was = row.room_id
    try:
        booking.move(session, policy, row, by_user_id=by_user_id, room_id=room_id, is_its_turn=True)
    except Refusal as why:
        # Whatever is read to tell it must not write what was refused.
        row.room_id = was
        raise CannotMove(row, room_id, why) from None
