"""协商: asking the holder of a reservation for its room, and where the holder could go instead.

The reservation stays as it is until a yes; for the answers see ``ask_answers``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.database import lock
from hhu_base.values.refusal import TOGETHER, FieldErrors, Refusal
from hhu_base.values.schema_types import no_such_object
from hhu_plugins.rooms import (
    approval_rules,
    ask_notifications,
    asks,
    availability,
    closed_times,
    decisions,
    occupancy,
)
from hhu_plugins.rooms.eligibility import NOT_ELIGIBLE, rooms_closed_to
from hhu_plugins.rooms.intervals import Interval
from hhu_plugins.rooms.models import CONFIRMED, Ask, Meetingroom, Reservation
from hhu_plugins.rooms.models.asks import CLOSED, OPEN
from hhu_plugins.rooms.offers import Slot
from hhu_plugins.rooms.policy import BookingPolicy, check_times

MOST_OPEN = 3
LATEST = timedelta(hours=1)  # before the start
LONGEST_WINDOW = timedelta(days=31)

OWN = "这是您自己的预约，直接改动就可以。"
BEGUN = "会议已经开始，不能再协商。"
TOO_LATE = "离开始不到一小时，来不及协商了，请直接联系对方。"
BESIDE = "要用的时间和这个预约没有重合，不需要协商。"
OTHERS = "要用的时间里还有别的预约，只请这一位让出还不够。"
APPROVAL = "该会议室需要审批，不能协商，请申请其他时间。"
TOO_MANY = f"您已有{MOST_OPEN}个协商在等答复，请等有了结果再提出。"
ONCE = "您已经为这个预约协商过，不能再次提出。"
OFFER_TAKEN = "要换到的会议室刚刚被别人预约了，请另选一间。"


class CHOOSE:
    """For an offer: the system chooses one."""


def ask(
    session: Session,
    policy: BookingPolicy,
    reservation_id: int,
    *,
    user_id: int,
    interval: Interval,
    description: str,
    reason: str,
    offer: Slot | None | type[CHOOSE] = CHOOSE,
) -> Ask | None:
    """Ask the holder of a reservation to give way; None where there is no such one.

    Raises Refusal where it is of no use, not allowed or once too often; FieldErrors about the offer.
    """
    lock(session, decisions.LOCK)
    held = session.get(Reservation, reservation_id, populate_existing=True)
    if held is None or held.status != CONFIRMED:
        return None
    now = datetime.now(UTC)
    interval = _check_wanted(session, policy, held, user_id, now, interval)
    answer_before = min(now + policy.answer_within, min(held.reserve_from, interval[0]) - LATEST)
    if answer_before <= now:
        raise Refusal(TOO_LATE, TOGETHER)
    _check_number(session, held, user_id, now)
    if isinstance(offer, Slot):
        offer = checked_offer(session, policy, held, interval, offer, "offer")
    elif offer is CHOOSE:
        offer = next(iter(choices(session, policy, held, interval, not_before=answer_before)), None)
    row = Ask(
        reservation_id=held.id,
        user_id=user_id,
        room_id=held.room_id,
        held_from=held.reserve_from,
        held_to=held.reserve_to,
        reserve_from=interval[0],
        reserve_to=interval[1],
        description=description,
        reason=reason,
        status=OPEN,
        answer_before=answer_before,
    )
    set_offer(row, offer if isinstance(offer, Slot) else None)
    session.add(row)
    session.flush()
    ask_notifications.tell_asked(session, row, policy.zone)
    return row


def _check_wanted(
    session: Session,
    policy: BookingPolicy,
    held: Reservation,
    user_id: int,
    now: datetime,
    interval: Interval,
) -> Interval:
    """The time that is asked for, on the grid. Raises Refusal where the asker can't have it."""
    if held.user_id == user_id:
        raise Refusal(OWN, TOGETHER)
    if held.reserve_from <= now:
        raise Refusal(BEGUN, TOGETHER)
    interval = check_times(policy.of(held.room), now, *interval)
    if not (interval[0] < held.reserve_to and held.reserve_from < interval[1]):
        raise Refusal(BESIDE, TOGETHER)
    if held.room_id in rooms_closed_to(session, user_id):
        raise Refusal(NOT_ELIGIBLE, TOGETHER)
    if approval_rules.is_needed(session, policy, held.room, user_id, interval):
        raise Refusal(APPROVAL, TOGETHER)
    closed_times.check(session, held.room, interval)
    if occupancy.conflicts(session, held.room_id, interval, except_id=held.id):
        raise Refusal(OTHERS, TOGETHER)
    return interval


def _check_number(session: Session, held: Reservation, user_id: int, now: datetime) -> None:
    mine = sa.select(sa.func.count()).where(Ask.user_id == user_id)
    if session.scalar(mine.where(Ask.reservation_id == held.id, Ask.status != CLOSED)):
        raise Refusal(ONCE, TOGETHER)
    if (session.scalar(mine.where(asks.is_open(now))) or 0) >= MOST_OPEN:
        raise Refusal(TOO_MANY, TOGETHER)


def choices(
    session: Session,
    policy: BookingPolicy,
    held: Reservation,
    wanted: Interval,
    *,
    not_before: datetime,
) -> list[Slot]:
    """Where its holder could go: other rooms at the time, no smaller, or other times in this one."""
    times, now = (held.reserve_from, held.reserve_to), datetime.now(UTC)
    busy = [wanted] if not_before <= now else [(now, not_before), wanted]
    found = availability.alternatives(
        session, policy, now, held.room, times, user_id=held.user_id, busy=busy
    )
    return [Slot(room.id, *times) for room in found.rooms] + [
        Slot(held.room_id, *each)
        for each in found.stretches
        if not approval_rules.is_needed(session, policy, held.room, held.user_id, each)
    ]


def checked_offer(
    session: Session,
    policy: BookingPolicy,
    held: Reservation,
    wanted: Interval,
    offer: Slot,
    field: str,
) -> Slot:
    """On the grid, if the holder can have it. Raises FieldErrors or Refusal about ``field``."""
    room = session.get(Meetingroom, offer.room_id)
    if room is None:
        raise FieldErrors({field: [no_such_object(offer.room_id)]})
    try:
        start, end = check_times(policy.of(room), datetime.now(UTC), *offer[1:])
        closed_times.check(session, room, (start, end))
        if end - start < held.reserve_to - held.reserve_from:
            raise Refusal("换到的时间不能比原来短。")
        if room.id != held.room_id and room.id in rooms_closed_to(session, held.user_id):
            raise Refusal("预约人不能预约这个会议室。")
        if approval_rules.is_needed(session, policy, room, held.user_id, (start, end)):
            raise Refusal("这个会议室需要审批，不能直接换过去。")
        is_in_the_way = room.id == held.room_id and start < wanted[1] and wanted[0] < end
        if is_in_the_way or occupancy.conflicts(session, room.id, (start, end), except_id=held.id):
            raise Refusal(OFFER_TAKEN)
    except Refusal as refused:
        raise Refusal(str(refused), field) from None
    return Slot(room.id, start, end)


def set_offer(row: Ask, offer: Slot | None) -> None:
    row.offer_room_id, row.offer_from, row.offer_to = offer or (None, None, None)


def find(session: Session, ask_id: int, user_id: int | None = None) -> Ask | None:
    """Of which ``user_id`` is one side; None: anybody's."""
    row = session.get(Ask, ask_id, populate_existing=True)
    if row is None or user_id is None or user_id in (row.user_id, row.reservation.user_id):
        return row
    return None


class Holder(NamedTuple):
    row: Reservation
    can_ask: bool


def holders(session: Session, room_id: int, window: Interval, user_id: int) -> list[Holder]:
    """Who has the room in this time, and whether this user can ask them. Raises Refusal."""
    start, end = window
    if start >= end:
        raise Refusal("结束时间必须晚于开始时间。")
    if end - start > LONGEST_WINDOW:
        raise Refusal(occupancy.TOO_MANY)
    now = datetime.now(UTC)
    return [
        Holder(row, row.user_id != user_id and row.reserve_from > now)
        for row in occupancy.conflicts(session, room_id, window)
        if row.status == CONFIRMED
    ]


def waiting_for(session: Session, user_id: int) -> Sequence[Ask]:
    """Those that wait for the answer of this user, the most urgent first."""
    return session.scalars(
        sa.select(Ask)
        .join(Reservation, Reservation.id == Ask.reservation_id)
        .where(Reservation.user_id == user_id, asks.is_open(datetime.now(UTC)))
        .order_by(Ask.answer_before, Ask.id)
    ).all()


def made_by(session: Session, user_id: int, *, most: int = 100) -> Sequence[Ask]:
    """What this user has asked for, the newest first."""
    return session.scalars(
        sa.select(Ask).where(Ask.user_id == user_id).order_by(Ask.id.desc()).limit(most)
    ).all()
