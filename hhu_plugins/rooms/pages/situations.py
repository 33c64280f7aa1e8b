"""Whether one can have a room at a time, and what there is to do where one can't.

The rules say the last word when it is sent; this is what can be known before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

import sqlalchemy as sa

from hhu_base.values.refusal import Refusal
from hhu_plugins.rooms import (
    approval_rules,
    approvals,
    availability,
    closed_times,
    decisions,
    display,
    eligibility,
    giving_way,
    occupancy,
)
from hhu_plugins.rooms.closed_times import CLOSED, OUTSIDE
from hhu_plugins.rooms.eligibility import NOT_ELIGIBLE
from hhu_plugins.rooms.intervals import Interval
from hhu_plugins.rooms.models import CONFIRMED, REQUESTED, Meetingroom, Reservation
from hhu_plugins.rooms.pages import find, question
from hhu_plugins.rooms.pages.asks import NEW as ASK
from hhu_plugins.rooms.pages.question import FIND, Chip, Question
from hhu_plugins.rooms.pages.refusals import sentences
from hhu_plugins.rooms.policy import check_times


@dataclass(frozen=True)
class Situation:
    """Whether the room can be had then: ``sentence`` is why it can't.

    ``mine``: it is one's own already. ``can_wait`` and ``ask_url``: what else there is to do.
    """

    sentence: str = ""
    needs_approval: bool = False
    mine: Reservation | None = None
    can_wait: bool = False
    ask_url: str = ""
    stretches: Sequence[Chip] = ()
    rooms: Sequence[tuple[str, str]] = ()

    @property
    def is_free(self) -> bool:
        return not self.sentence and self.mine is None


def read(request, room: Meetingroom, asked: Question) -> Situation:
    me, policy = request.identity.user_id, asked.policy
    if room.id in eligibility.rooms_closed_to(request.db, me):
        return Situation(NOT_ELIGIBLE)
    mine = find_mine(request, room.id, asked)
    if mine is not None:
        return Situation(mine=mine)
    try:
        interval = check_times(policy.of(room), asked.now, *asked.interval)
    except Refusal as refused:
        return Situation(" ".join(sentences(refused)))
    needs_approval = approval_rules.is_needed(request.db, policy, room, me, interval)
    closed = closed_times.read(request.db, *interval).during(room, *interval)
    taken = occupancy.conflicts(request.db, room.id, interval)
    if not closed and not taken:
        if needs_approval and interval[0] <= asked.now:
            return Situation(approvals.BEGUN)
        return Situation(needs_approval=needs_approval)
    can_wait = interval[0] > asked.now and not needs_approval
    sentence = decisions.TAKEN if taken else CLOSED
    if closed and closed[0].reason not in ("", OUTSIDE):
        sentence = f"{sentence}（{closed[0].reason}）"
    instead = availability.alternatives(
        request.db, policy, datetime.now(UTC), room, interval, user_id=me
    )
    return Situation(
        sentence,
        needs_approval,
        can_wait=can_wait and bool(taken),
        ask_url=_ask_url(asked, taken, me) if can_wait and not closed else "",
        stretches=[_stretch(asked, room, each) for each in instead.stretches],
        rooms=[
            (f"{display.full_name(each)}（{each.seats_count} 座）", find.room_url(each.id, asked))
            for each in instead.rooms
        ],
    )


def _stretch(asked: Question, room: Meetingroom, interval: Interval) -> Chip:
    local = interval[0].astimezone(asked.policy.zone)
    times = display.clock_span(*interval, asked.policy.zone)
    day = "" if local.date() == asked.day else f"{question.day_name(local.date(), asked.today)} "
    url = asked.url(f"{FIND}{room.id}/", **asked.at_interval(interval))
    return Chip(f"{day}{times}", url, False)


def _ask_url(asked: Question, taken: Sequence[Reservation], me: int) -> str:
    """Where its holder can be asked to give way; empty where that is of no use."""
    if len(taken) != 1 or taken[0].status != CONFIRMED or taken[0].user_id == me:
        return ""
    if taken[0].reserve_from - giving_way.LATEST <= asked.now:
        return ""
    start, end = (display.field_time(each, asked.policy.zone) for each in asked.interval)
    values = {"reservation": taken[0].id, "reserve_from": start, "reserve_to": end}
    return f"{ASK}?{urlencode(values)}"


def find_mine(request, room_id: int, asked: Question) -> Reservation | None:
    start, end = asked.policy.widen(*asked.interval)
    return request.db.scalars(
        sa.select(Reservation).where(
            Reservation.user_id == request.identity.user_id,
            Reservation.room_id == room_id,
            Reservation.reserve_from == start,
            Reservation.reserve_to == end,
            Reservation.status.in_((CONFIRMED, REQUESTED)),
        )
    ).first()
