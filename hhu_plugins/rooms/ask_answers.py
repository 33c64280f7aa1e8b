"""What becomes of an ask: a yes, a no, taken back, or no answer in time.

All of it under the one lock, after all that came before it. A yes is a group of two wishes, decided
at once: the holder's reservation moves to the offer or is given up, and the asker has the time. There
is no moment in which a third person could take either.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.database import lock
from hhu_base.models import User
from hhu_base.values.refusal import TOGETHER, Refusal
from hhu_plugins.rooms import (
    ask_notifications,
    asks,
    availability,
    decisions,
    giving_way,
    groups,
    occupancy,
)
from hhu_plugins.rooms.models import CONFIRMED, Ask
from hhu_plugins.rooms.models.asks import ACCEPTED, CLOSED, EXPIRED, OPEN, REFUSED, TAKEN_BACK
from hhu_plugins.rooms.occupancy import RESERVATIONS, Room
from hhu_plugins.rooms.offers import Slot
from hhu_plugins.rooms.policy import BookingPolicy

ANSWERED = "这个协商已经有了结果，请刷新页面。"
OVERDUE = "答复的期限已经过了，预约不变。"
VAIN = "对方想用的时间里又有了别人的预约，您的预约不变。"
STUCK = "还没有换成：{}"
SILENCE = "到了期限没有答复。"

_TRIES = 5
# Long enough for what is decided at once; as there is a limit, the rules for users hold.
_AT_ONCE = timedelta(hours=1)


def yes(
    session: Session,
    policy: BookingPolicy,
    ask_id: int,
    *,
    by_user_id: int,
    offer: Slot | None = None,
    gives_up: bool = False,
    reason: str = "",
    request_id: str | None = None,
) -> str:
    """Give way: to the ask's offer, or to ``offer``; or give the reservation up.

    Where that can't be done though nothing is wrong with the answer: why not; what it means for the
    ask is written. Empty: it is done. Raises Refusal, and all is as it was.
    """
    for _ in range(_TRIES):
        row = _find_open(session, policy, ask_id)
        held, wanted = row.reservation, (row.reserve_from, row.reserve_to)
        if occupancy.conflicts(session, row.room_id, wanted, except_id=held.id):
            asks.end(row, CLOSED, reason=VAIN)
            ask_notifications.tell_vain(session, row, policy.zone)
            return VAIN
        away = offer
        if away is None and row.offer_room_id and row.offer_from and row.offer_to:
            away = Slot(row.offer_room_id, row.offer_from, row.offer_to)
        if gives_up or away is None:
            away = None
        else:
            away = giving_way.checked_offer(session, policy, held, wanted, away, TOGETHER)
        attempt = session.begin_nested()
        giving_way.set_offer(row, away)
        # What is decided must not end it as one whose reservation has changed.
        asks.end(row, ACCEPTED, by_user_id=by_user_id)
        session.flush()
        refused = _decide(session, policy, row, away, by_user_id, request_id)
        if not refused:
            attempt.commit()
            by = session.get_one(User, by_user_id)
            ask_notifications.tell_accepted(session, row, policy.zone, by=by, reason=reason)
            return ""
        attempt.rollback()
        if refused != decisions.TAKEN:
            break
        # Somebody has asked for one of the rooms since all was decided that waited: they come
        # first, and then it is known which one is not to be had.
    if row.status_reason != refused:
        row.status_reason = refused
        ask_notifications.tell_stuck(session, row, policy.zone, refused)
    return STUCK.format(refused)


def _decide(
    session: Session,
    policy: BookingPolicy,
    row: Ask,
    offer: Slot | None,
    by_user_id: int,
    request_id: str | None,
) -> str:
    """Both wishes or none; why not, or nothing."""
    held, times = row.reservation, (row.reserve_from, row.reserve_to)
    if offer is None:
        away = groups.ChangedReservation(held.id, gives_up=True)
    else:
        away = groups.ChangedReservation(held.id, offer.room_id, offer[1:])
    wanted = groups.NewReservation(
        row.user_id, row.room_id, times, row.description, by_user_id=row.user_id
    )
    group_id = groups.submit(
        session,
        [away, wanted],
        by_user_id=by_user_id,
        decide_within=_AT_ONCE,
        request_id=request_id,
    )
    decisions.decide_pending(session, policy)
    status, reason, _ = groups.find_outcome(session, group_id) or ("", "", None)
    if status != CONFIRMED:
        return reason or decisions.NOT_DECIDED
    row.made_id = session.scalar(
        sa.select(RESERVATIONS.c.id).where(RESERVATIONS.c.group_id == group_id)
    )
    session.refresh(held)
    if offer is None:
        held.status_reason = f"让给了{row.user.fullname or row.user.username}。"
    session.flush()
    session.refresh(row)
    return ""


def no(
    session: Session, policy: BookingPolicy, ask_id: int, *, by_user_id: int, reason: str = ""
) -> None:
    """Raises Refusal where it is answered already."""
    row = _find_open(session, policy, ask_id)
    asks.end(row, REFUSED, reason=reason, by_user_id=by_user_id)
    session.flush()
    ask_notifications.tell_refused(
        session,
        row,
        policy.zone,
        by=session.get_one(User, by_user_id),
        reason=reason,
        instead=_instead(session, policy, row),
    )


def take_back(session: Session, policy: BookingPolicy, ask_id: int, *, by_user_id: int) -> None:
    """Raises Refusal where it is answered already."""
    row = _find_open(session, policy, ask_id)
    asks.end(row, TAKEN_BACK, by_user_id=by_user_id)
    session.flush()
    ask_notifications.tell_taken_back(session, row, policy.zone)


def expire(session: Session, policy: BookingPolicy) -> int:
    """End those that nobody has answered in time; how many there were."""
    due = sa.select(Ask.id).where(
        Ask.status == OPEN, Ask.answer_before <= sa.func.clock_timestamp()
    )
    if not session.scalar(sa.select(due.exists())):
        return 0
    lock(session, decisions.LOCK)
    decisions.decide_pending(session, policy)
    rows = session.scalars(
        sa.select(Ask)
        .where(Ask.id.in_(due))
        .order_by(Ask.id)
        .execution_options(populate_existing=True)
    ).all()
    for row in rows:
        asks.end(row, EXPIRED, reason=SILENCE)
        session.flush()
        ask_notifications.tell_refused(
            session, row, policy.zone, by=None, instead=_instead(session, policy, row)
        )
    return len(rows)


def _find_open(session: Session, policy: BookingPolicy, ask_id: int) -> Ask:
    """Under the lock, as it is now. Raises Refusal."""
    lock(session, decisions.LOCK)
    decisions.decide_pending(session, policy)
    row = session.get_one(Ask, ask_id, populate_existing=True)
    if row.status != OPEN:
        raise Refusal(ANSWERED, TOGETHER)
    if row.answer_before <= datetime.now(UTC):
        raise Refusal(OVERDUE, TOGETHER)
    session.refresh(row.reservation)
    return row


def _instead(session: Session, policy: BookingPolicy, row: Ask) -> list[Room]:
    """Other rooms for the asker, free at the time."""
    times = (row.reserve_from, row.reserve_to)
    return availability.alternatives(
        session, policy, datetime.now(UTC), row.room, times, user_id=row.user_id
    ).rooms
