"""Who waits for a room: written, shown, and given up."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.database import lock
from hhu_base.values.refusal import TOGETHER, FieldErrors, Refusal
from hhu_base.values.schema_types import no_such_object
from hhu_plugins.rooms import approval_rules, cancellation, eligibility, occupancy
from hhu_plugins.rooms.decisions import LOCK
from hhu_plugins.rooms.eligibility import NOT_ELIGIBLE
from hhu_plugins.rooms.intervals import Interval
from hhu_plugins.rooms.models import (
    OFFERED,
    WAITING,
    WITHDRAWN,
    Meetingroom,
    WaitingRequest,
)
from hhu_plugins.rooms.policy import BookingPolicy, check_times
from hhu_plugins.rooms.waiting import IS_OPEN, REQUESTS

# More than anybody means; enough to fill a day in several rooms.
MOST_OPEN = 10
TOO_MANY = f"每人最多同时有 {MOST_OPEN} 个候补，请先取消一个。"
BEGUN = "只能候补还没有开始的时间。"
NONE_FITS = "没有符合条件、您又能预约的会议室。"


def submit(
    session: Session,
    policy: BookingPolicy,
    *,
    user_id: int,
    interval: Interval,
    description: str,
    room_id: int | None = None,
    people_count: int | None = None,
    equipment: Sequence[str] = (),
    location: str | None = None,
    confirms_itself: bool = False,
    is_first: bool = False,
) -> WaitingRequest:
    """Begin to wait for a room, or for any that fits; the same request again is the first one.

    The queue looks whether there is one already, as soon as this is committed. Raises Refusal.
    """
    now = datetime.now(UTC)
    # Of one person one after the other, so that they are counted right; nobody else waits for it.
    lock(session, f"rooms.waiting.{user_id}")
    rooms = _rooms(session, user_id, room_id, people_count, equipment, location)
    start, end = _check_times(policy, now, interval, rooms)
    if room_id is not None and approval_rules.is_needed(
        session, policy, rooms[0], user_id, (start, end)
    ):
        raise Refusal(approval_rules.NO_WAITING, TOGETHER)
    if start <= now:
        raise Refusal(BEGUN, TOGETHER)
    wanted = {
        "room_id": room_id,
        "people_count": people_count if room_id is None else None,
        "equipment": list(equipment) if room_id is None else [],
        "location": location if room_id is None else None,
        "reserve_from": start,
        "reserve_to": end,
    }
    mine = sa.select(WaitingRequest).where(
        WaitingRequest.user_id == user_id, WaitingRequest.status.in_((WAITING, OFFERED))
    )
    same = [
        getattr(WaitingRequest, name).is_not_distinct_from(value) for name, value in wanted.items()
    ]
    found = session.scalars(mine.where(*same).order_by(WaitingRequest.id)).first()
    if found is not None:
        return found
    count = sa.select(sa.func.count()).select_from(mine.subquery())
    if not is_first and (session.scalar(count) or 0) >= MOST_OPEN:
        raise Refusal(TOO_MANY, TOGETHER)
    made = WaitingRequest(
        user_id=user_id,
        description=description,
        confirms_itself=confirms_itself,
        is_first=is_first,
        wait_until=_wait_until(policy, rooms, start, end),
        **wanted,
    )
    session.add(made)
    session.flush()
    return made


def _rooms(
    session: Session,
    user_id: int,
    room_id: int | None,
    people_count: int | None,
    equipment: Sequence[str],
    location: str | None,
) -> list[Meetingroom]:
    """The rooms that they may get. Raises Refusal where there is none."""
    if room_id is not None:
        room = session.get(Meetingroom, room_id)
        if room is None:
            message = no_such_object(room_id)
            errors = {"meetingroom": [message], TOGETHER: [f"会议室：{message}"]}
            raise FieldErrors(errors)
        if room.id in eligibility.rooms_closed_to(session, user_id):
            raise Refusal(NOT_ELIGIBLE, TOGETHER)
        return [room]
    found = occupancy.rooms(
        session, seats=people_count, equipment=equipment, location=location, for_user=user_id
    )
    if not found:
        raise Refusal(NONE_FITS, TOGETHER)
    ids = [room.id for room in found]
    return list(session.scalars(sa.select(Meetingroom).where(Meetingroom.id.in_(ids))))


def _check_times(
    policy: BookingPolicy, now: datetime, interval: Interval, rooms: Sequence[Meetingroom]
) -> Interval:
    """On the grid, and within the limits of one of the rooms at least. Raises Refusal."""
    for room in rooms[:-1]:
        with suppress(Refusal):
            return check_times(policy.of(room), now, *interval)
    return check_times(policy.of(rooms[-1]), now, *interval)


def _wait_until(
    policy: BookingPolicy, rooms: Sequence[Meetingroom], start: datetime, end: datetime
) -> datetime:
    """The start; where people check in, until what is released then was offered, too."""
    if not any(room.wants_checkin for room in rooms):
        return start
    return min(start + 2 * policy.release_after, end)


def count_ahead(session: Session, row: WaitingRequest) -> int:
    """How many wait who would get what this one waits for before it."""
    others = REQUESTS.c
    same_room = sa.true() if row.room_id is None else (others.room_id == row.room_id)
    comes_before = others.id < row.id
    if row.is_first:
        comes_before &= others.is_first
    else:
        comes_before |= others.is_first
    return session.scalars(
        sa.select(sa.func.count())
        .select_from(REQUESTS)
        .where(
            IS_OPEN,
            others.id != row.id,
            comes_before,
            others.room_id.is_(None) | same_room,
            others.reserve_from < row.reserve_to,
            others.reserve_to > row.reserve_from,
        )
    ).one()


def withdraw(session: Session, policy: BookingPolicy, request_id: int, *, user_id: int) -> bool:
    """Wait no longer, and give up what is held; False where there is no such request open."""
    lock(session, LOCK)
    row = session.scalar(
        sa.select(WaitingRequest)
        .where(
            WaitingRequest.id == request_id,
            WaitingRequest.user_id == user_id,
            WaitingRequest.status.in_((WAITING, OFFERED)),
        )
        .execution_options(populate_existing=True)
    )
    if row is None:
        return False
    if row.status == OFFERED and row.reservation_id is not None:
        return cancellation.cancel(session, policy, row.reservation_id, by_user_id=user_id)
    row.status, row.status_changed_at = WITHDRAWN, sa.func.clock_timestamp()
    session.flush()
    return True


def of_person(user_id: int, *, past: bool) -> sa.Select:
    """A user's own, the newest first."""
    statement = (
        sa.select(WaitingRequest)
        .where(WaitingRequest.user_id == user_id)
        .order_by(WaitingRequest.id.desc())
    )
    if not past:
        statement = statement.where(WaitingRequest.reserve_to > sa.func.now())
    return statement
