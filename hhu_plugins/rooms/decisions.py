"""What waits to be decided: in the order of arrival, in one transaction under the one lock.

A reservation starts as a *pending* row, and so does the change of one. Each is a wish; wishes that
belong together are a group, which is granted whole or not at all. A wish alone is a group of one.
Everything that takes a room's time takes that lock first, then looks, then writes; the exclusion
constraint of the table is only the last belt.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.database import lock_if, pg_notify
from hhu_base.database.transactions import after_commit
from hhu_base.telemetry import request_ids
from hhu_plugins.rooms import (
    asks,
    closed_times,
    eligibility,
    outcomes,
    person_limits,
    waiting,
    wishes,
)
from hhu_plugins.rooms.intervals import Timeline
from hhu_plugins.rooms.models import CONFIRMED, REJECTED, WITHDRAWN
from hhu_plugins.rooms.outcomes import Outcome
from hhu_plugins.rooms.person_limits import PersonLimits
from hhu_plugins.rooms.policy import ENDED, GONE, OVER, BookingPolicy
from hhu_plugins.rooms.wishes import Group

logger = logging.getLogger(__name__)

LOCK = "rooms.reservations"
TOPIC = "rooms.reservations"

TAKEN = "会议室在该时间段已经被占用。"
NOT_DECIDED = "预约请求失败，请重试。"
REPEATED = "与刚才的预约相同，没有重复预约。"
STALE = "这个预约刚刚被改动过，请刷新后再改。"


def decide_pending(session: Session, policy: BookingPolicy | None = None) -> int:
    """Decide everything that waits, first come, first served; returns how many were decided.

    ``policy`` has the limits of a person; None: there are none.
    """
    # Most messages find that an earlier one has done their work: look before taking the lock.
    # Nothing is missed, as each message is sent after the commit of the rows that it is about.
    if not lock_if(session, LOCK, wishes.IS_ANYTHING_PENDING):
        return 0
    number = 0
    waiting = wishes.pending(session)
    while waiting:
        now, waiting = _without_second_changes(waiting)
        number += _decide(session, policy, now)
        if waiting:  # what they change has changed
            waiting = wishes.pending(session)
    return number


def _without_second_changes(groups: list[Group]) -> tuple[list[Group], list[Group]]:
    """As many as can be decided from what is stored: no reservation is changed twice in them."""
    changed: set[int] = set()
    for place, group in enumerate(groups):
        ids = {wish.reservation_id for wish in group if wish.reservation_id is not None}
        if ids & changed:
            return groups[:place], groups[place:]
        changed |= ids
    return groups, []


def _decide(session: Session, policy: BookingPolicy | None, groups: list[Group]) -> int:
    rows = [wish for group in groups for wish in group]
    hopeless = _hopeless(session, rows)
    standing = [group for group in groups if not any(wish.id in hopeless for wish in group)]
    wanted = [wish for group in standing for wish in group]
    limits = person_limits.load(session, policy, wanted) if policy else None
    free, beyond = _first_come_first_served(standing, _confirmed_beside(session, wanted), limits)
    hopeless |= beyond
    refused = [
        group[0].id
        for group in groups
        if group[0].id not in free and _is_single_reservation(group) and _is_in_time(group[0])
    ]
    repeated = wishes.find_repeated(session, refused, free)
    decided = {
        wish.id: _outcome(wish, group, free, repeated, hopeless)
        for group in groups
        for wish in group
    }
    granted = [wish for wish in rows if wish.id in free]
    changes = [wish for wish in granted if wish.reservation_id is not None]
    # First of all: what is given up may be what others of them get.
    outcomes.apply(session, [each for each in changes if not wishes.is_unchanged(each)])
    asks.close_changed(session, policy, [each.reservation_id for each in changes])
    of_groups = {group[0].group_id or group[0].id: decided[group[0].id] for group in groups}
    outcomes.write(session, rows, decided, pg_notify.payloads(TOPIC, of_groups))
    outcomes.number_series(session, {wish.series_id for wish in granted} - {None})
    waiting.hand_out(session, policy, [_given_up(each) for each in changes])
    if rows and logger.isEnabledFor(logging.INFO):
        lines = [(row, decided[row.id][0]) for row in rows]
        after_commit(session, partial(_log, lines))
    return len(rows)


def _given_up(change: sa.Row) -> waiting.Freed:
    return waiting.Freed(change.was_room_id, change.was_from, change.was_to)


def _log(decided: Sequence[tuple[sa.Row, str]]) -> None:
    """A line for each, under the id of the request that asked for it, in whatever process."""
    for wish, status in decided:
        fields = {"reservation_id": wish.reservation_id or wish.id, "outcome": status}
        said = "reservation %d %s"
        if wish.reservation_id is not None:
            fields["change_id"], said = wish.id, "change of reservation %d %s"
        with request_ids.following(wish.request_id or request_ids.current()):
            logger.info(said, fields["reservation_id"], status, extra={"fields": fields})


def _is_in_time(wish: sa.Row) -> bool:
    return not wish.is_late and not wish.has_ended


def _is_single_reservation(group: Group) -> bool:
    return group[0].reservation_id is None and group[0].group_id is None


def _hopeless(session: Session, rows: Sequence[sa.Row]) -> dict[int, Outcome]:
    """Those that can't be granted, whether their room is free or not."""
    found: dict[int, Outcome] = {}
    for row in rows:
        if row.is_late:
            found[row.id] = (WITHDRAWN, NOT_DECIDED, None)
        elif row.has_ended:
            found[row.id] = (REJECTED, ENDED, None)
        elif row.reservation_id is not None and (sentence := _closed(row)):
            found[row.id] = (REJECTED, sentence, None)
    for row_id, sentence in _forbidden(
        session, [row for row in rows if row.id not in found]
    ).items():
        found[row_id] = (REJECTED, sentence, None)
    return found


def _closed(change: sa.Row) -> str:
    """Why the reservation can't be changed any more, or not so."""
    if change.was_status != CONFIRMED:
        return GONE
    if change.was_over:
        return OVER
    is_stale = change.revision not in (None, change.was_revision)
    # Who wants what is there already has got it: the same wish, sent twice.
    return STALE if is_stale and not wishes.is_unchanged(change) else ""


def _forbidden(session: Session, rows: Sequence[sa.Row]) -> dict[int, str]:
    """By the wish's id the sentences of the other rules that refuse some; see ``wishes`` for rows."""
    return closed_times.refusals(session, rows) | eligibility.refusals(session, rows)


def _outcome(
    wish: sa.Row,
    group: Group,
    free: set[int],
    repeated: Mapping[int, int],
    hopeless: Mapping[int, Outcome],
) -> Outcome:
    if wish.id in free:
        return CONFIRMED, "", None
    if wish.id in repeated:
        return REJECTED, REPEATED, repeated[wish.id]
    # One sentence for all of a group: what is true of one of them refuses all.
    return next(
        (hopeless[each.id] for each in group if each.id in hopeless), (REJECTED, TAKEN, None)
    )


def _confirmed_beside(session: Session, rows: Sequence[sa.Row]) -> Sequence[sa.Row]:
    return wishes.confirmed_beside(session, rows) if rows else []


def _first_come_first_served(
    groups: Sequence[Group], confirmed: Sequence[sa.Row], limits: PersonLimits | None
) -> tuple[set[int], dict[int, Outcome]]:
    """The ids of the wishes that can be granted, and why some could not be even if their rooms were
    free; ``confirmed`` is sorted by time."""
    taken: dict[int, Timeline] = defaultdict(Timeline)
    for row in confirmed:
        taken[row.room_id].add(row.reserve_from, row.reserve_to)
    granted: set[int] = set()
    beyond: dict[int, Outcome] = {}
    for group in groups:
        if limits is not None and (sentence := limits.refusal_of(group)):
            beyond[group[0].id] = (REJECTED, sentence, None)
        elif _fit(group, taken):
            granted.update(wish.id for wish in group)
            if limits is not None:
                limits.take_all(group)
    return granted, beyond


def _fit(group: Group, taken: dict[int, Timeline]) -> bool:
    """Whether all of a group have their room; then ``taken`` is as it is with them."""
    given_up = [
        (taken[wish.was_room_id], wish.was_from, wish.was_to)
        for wish in group
        if wish.reservation_id is not None
        and taken[wish.was_room_id].remove(wish.was_from, wish.was_to)
    ]
    added: list[tuple] = []
    for wish in group:
        if wish.reservation_id is not None and wish.gives_up:
            continue
        timeline, interval = taken[wish.room_id], (wish.reserve_from, wish.reserve_to)
        if timeline.overlapping(*interval):
            for other, *times in added:
                other.remove(*times)
            for other, *times in given_up:
                other.add(*times)
            return False
        timeline.add(*interval)
        added.append((timeline, *interval))
    return True
