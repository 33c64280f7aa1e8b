"""What a series would be: each of its dates with its state, and what there is instead.

Nothing is stored, and nothing is promised: a digest tells later whether it is still so.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.models import User
from hhu_base.values.refusal import TOGETHER, FieldErrors, Refusal
from hhu_base.values.schema_types import no_such_object
from hhu_plugins.rooms import approval_rules, closed_times, eligibility, holidays, occupancy
from hhu_plugins.rooms.availability import NEARBY, Alternatives
from hhu_plugins.rooms.intervals import Interval, Timeline
from hhu_plugins.rooms.models import LONGEST_MEETING
from hhu_plugins.rooms.occupancy import RESERVATIONS, blocks
from hhu_plugins.rooms.offers import Offers, Slot
from hhu_plugins.rooms.policy import BookingPolicy, ExceedsPolicy

FREE, IS_TAKEN, CLOSED, BEYOND, PAST = "free", "taken", "closed", "beyond", "past"
STATES = (FREE, IS_TAKEN, CLOSED, BEYOND, PAST)


@dataclass(frozen=True, slots=True)
class PlannedDate:
    """``by`` is who has the room, as everybody may see it."""

    index: int
    slot: Slot
    state: str
    by: str | None = None
    holiday: str | None = None
    alternatives: Alternatives | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    dates: list[PlannedDate] = field(default_factory=list)
    # Of each room.
    rules: Mapping[int, BookingPolicy] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """The same for the same dates in the same states; offers and names don't count."""
        told = [
            [each.slot.room_id, *(moment.isoformat() for moment in each.slot[1:]), each.state]
            for each in self.dates
        ]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def closed_time(
    session: Session, room_ids: Collection[int], window: Interval, **how: bool
) -> Mapping[int, Sequence[Interval]]:
    """When these rooms are not open during the window, in order of time, by the room's id."""
    return closed_times.by_room(session, room_ids, window, **how)


def slots(policy: BookingPolicy, room_id: int, intervals: Sequence[Interval]) -> list[Slot]:
    """The intervals on the grid, in this room. Raises Refusal where they can't be stored."""
    found = [Slot(room_id, *policy.widen(*interval)) for interval in intervals]
    for _, start, end in found:
        if not timedelta(0) < end - start <= LONGEST_MEETING:
            raise Refusal(policy.length_sentence, TOGETHER)
    return found


def make_plan(
    session: Session,
    policy: BookingPolicy,
    now: datetime,
    wanted: Sequence[Slot],
    *,
    user_id: int | None = None,
    instead_of: Collection[int] = (),
    may_exceed: bool = False,
) -> Plan:
    """The state of each slot, and for those that can't be had other rooms and other times.

    ``user_id`` is who has to be allowed in the rooms; None: that is not asked. ``instead_of``:
    reservations that are given up for it. ``may_exceed``: however far ahead, long and late.
    Raises FieldErrors where there is no such room, ExceedsPolicy where a date is too short or too
    long for its room, and Refusal where the user may not book it.
    """
    now = now.astimezone(UTC)
    rooms = occupancy.rooms(session)
    by_id = {room.id: room for room in rooms}
    for slot in wanted:
        if slot.room_id not in by_id:
            message = no_such_object(slot.room_id)
            raise FieldErrors({"meetingroom": [message], TOGETHER: [f"会议室：{message}"]})
    barred = set() if user_id is None else eligibility.rooms_closed_to(session, user_id)
    if any(slot.room_id in barred for slot in wanted):
        raise Refusal(eligibility.NOT_ELIGIBLE, TOGETHER)
    rules = {room.id: policy.of(room) for room in rooms}
    for room_id, start, end in wanted:
        if not may_exceed and not rules[room_id].allows_length(end - start):
            raise ExceedsPolicy(rules[room_id].length_sentence, TOGETHER)
    window = _window(wanted)
    taken = _timelines(session, {slot.room_id for slot in wanted}, window, instead_of)
    closed = closed_time(session, by_id.keys(), window, only_closures=may_exceed)
    states = [
        _state(
            slot,
            now,
            None if may_exceed else rules[slot.room_id].horizon,
            taken[slot.room_id],
            closed,
        )
        for slot in wanted
    ]
    names = _names(session, {holder for _, holder in states if holder is not None})
    if user_id is not None:  # what can be had at once
        barred |= {room.id for room in approval_rules.with_approvers(session)}
    offers = Offers(rules, now, [room for room in rooms if room.id not in barred], taken, closed)
    # A date of the plan itself is no other time for another.
    offers.keep([slot for slot, (state, _) in zip(wanted, states, strict=True) if state == FREE])
    lacking = [slot for slot, (state, _) in zip(wanted, states, strict=True) if state in _OFFERED]
    busy = _busy_rooms(session, lacking, instead_of) if lacking else {}
    return Plan(
        [
            PlannedDate(
                index=index,
                slot=slot,
                state=state,
                by=names.get(holder) if holder is not None else None,
                holiday=holidays.mark(slot.reserve_from.astimezone(policy.zone).date()),
                alternatives=(
                    offers.instead_of(slot, busy.get(slot[1:], set()))
                    if state in _OFFERED
                    else None
                ),
            )
            for index, (slot, (state, holder)) in enumerate(zip(wanted, states, strict=True), 1)
        ],
        rules,
    )


# What is past or too far ahead is so in all rooms.
_OFFERED = (IS_TAKEN, CLOSED)


def _window(wanted: Sequence[Slot]) -> Interval:
    return (
        min(slot.reserve_from for slot in wanted) - NEARBY,
        max(slot.reserve_to for slot in wanted) + NEARBY,
    )


def _state(
    slot: Slot,
    now: datetime,
    horizon: timedelta | None,
    taken: Timeline,
    closed: Mapping[int, Sequence[Interval]],
) -> tuple[str, int | None]:
    """The state of a date, and the id of who has the room."""
    room_id, start, end = slot
    if end <= now:
        return PAST, None
    if horizon is not None and start > now + horizon:
        return BEYOND, None
    if any(shut < end and start < opens for shut, opens in closed.get(room_id, ())):
        return CLOSED, None
    others = taken.overlapping(start, end)
    return (IS_TAKEN, others[0][0]) if others else (FREE, None)


_EXCEPT = RESERVATIONS.c.id != sa.all_(sa.bindparam("instead_of", type_=sa.ARRAY(sa.BigInteger)))
_SELECT_TAKEN = (
    sa.select(
        RESERVATIONS.c.room_id,
        RESERVATIONS.c.user_id,
        RESERVATIONS.c.reserve_from,
        RESERVATIONS.c.reserve_to,
    )
    .where(
        blocks(),
        RESERVATIONS.c.room_id == sa.any_(sa.bindparam("rooms", type_=sa.ARRAY(sa.BigInteger))),
        _EXCEPT,
    )
    .order_by(RESERVATIONS.c.reserve_from)
)
_STRETCHES = (
    sa.func.unnest(
        sa.bindparam("starts", type_=sa.ARRAY(sa.DateTime(timezone=True))),
        sa.bindparam("ends", type_=sa.ARRAY(sa.DateTime(timezone=True))),
    )
    .table_valued(
        sa.column("reserve_from", sa.DateTime(timezone=True)),
        sa.column("reserve_to", sa.DateTime(timezone=True)),
    )
    .render_derived("stretches")
)
_SELECT_BUSY = (
    sa.select(
        _STRETCHES.c.reserve_from,
        _STRETCHES.c.reserve_to,
        sa.func.array_agg(RESERVATIONS.c.room_id),
    )
    .select_from(_STRETCHES)
    .join(RESERVATIONS, blocks(_STRETCHES.c.reserve_from, _STRETCHES.c.reserve_to))
    .where(_EXCEPT)
    .group_by(_STRETCHES.c.reserve_from, _STRETCHES.c.reserve_to)
)


def _timelines(
    session: Session, room_ids: set[int], window: Interval, instead_of: Collection[int]
) -> dict[int, Timeline]:
    """Who has these rooms when; the entries are the holder's id and the interval."""
    found: dict[int, Timeline] = defaultdict(Timeline)
    parameters = {
        "start": window[0],
        "end": window[1],
        "rooms": list(room_ids),
        "instead_of": list(instead_of),
    }
    for room_id, user_id, start, end in session.execute(_SELECT_TAKEN, parameters):
        found[room_id].add(start, end, (user_id, start, end))
    return found


def _busy_rooms(
    session: Session, wanted: Sequence[Slot], instead_of: Collection[int]
) -> dict[Interval, set[int]]:
    """Which rooms are taken at these times."""
    times = sorted({slot[1:] for slot in wanted})
    parameters = {
        "starts": [start for start, _ in times],
        "ends": [end for _, end in times],
        "instead_of": list(instead_of),
    }
    found = session.execute(_SELECT_BUSY, parameters)
    return {(start, end): set(room_ids) for start, end, room_ids in found}


def _names(session: Session, user_ids: set[int]) -> dict[int, str]:
    if not user_ids:
        return {}
    found = session.execute(
        sa.select(User.id, User.username, User.fullname).where(User.id.in_(user_ids))
    )
    return {user_id: f"{username}-{fullname}" for user_id, username, fullname in found}
