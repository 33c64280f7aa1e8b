"""Deciding all that waits, in the order of arrival, in one transaction under the lock."""

from __future__ import annotations

import logging
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.database import lock
from hhu_base.database.pg_notify import notify
from hhu_base.database.transactions import after_commit
from hhu_base.telemetry import request_ids
from hhu_plugins.rooms.booking.requesting import Outcome
from hhu_plugins.rooms.booking.rules import REPEATED
from hhu_plugins.rooms.booking.statements import (
    IDS,
    IS_CONFIRMED,
    IS_PENDING,
    RESERVATIONS,
    counted,
)
from hhu_plugins.rooms.decisions import LOCK, NOT_DECIDED, TAKEN, TOPIC
from hhu_plugins.rooms.models import CONFIRMED, LONGEST_MEETING, REJECTED, WITHDRAWN
from hhu_plugins.rooms.policy import ENDED

logger = logging.getLogger(__name__)

# Decided in one transaction; more would hold the lock for longer than a client waits.
_MOST_AT_ONCE = 20_000

# The same wish of the same person within this time is the same request, sent twice.
_REPEATED_WITHIN = timedelta(seconds=10)

_ANYTHING_PENDING = sa.select(sa.exists().where(IS_PENDING))
_PENDING_ROWS = (
    sa.select(
        RESERVATIONS.c.id,
        RESERVATIONS.c.room_id,
        RESERVATIONS.c.reserve_from,
        RESERVATIONS.c.reserve_to,
        RESERVATIONS.c.request_id,
        (RESERVATIONS.c.decide_before < sa.func.clock_timestamp()).label("is_late"),
        (RESERVATIONS.c.reserve_to <= sa.func.clock_timestamp()).label("has_ended"),
    )
    .where(IS_PENDING)
    .order_by(RESERVATIONS.c.id)
    .limit(sa.literal_column(str(_MOST_AT_ONCE)))
    # Somebody may be withdrawing one at this moment: wait for him, then leave that row alone.
    .with_for_update()
)


def decide_pending(session: Session) -> int:
    """Decide everything that waits, first come, first served; returns how many were decided."""
    # Most messages find that an earlier one has done their work: look before taking the lock.
    # Nothing is missed, as each message is sent after the commit of the rows that it is about.
    if not session.scalar(_ANYTHING_PENDING):
        return 0
    lock(session, LOCK)
    rows = session.execute(_PENDING_ROWS).all()
    in_time = [row for row in rows if not row.is_late and not row.has_ended]
    free = _first_come_first_served(in_time, _confirmed_beside(session, in_time))
    repeated = _find_repeated(session, [row.id for row in in_time if row.id not in free], free)
    outcomes = {row.id: _outcome(row, free, repeated) for row in rows}
    _set_status(session, outcomes)
    notify(session, TOPIC, outcomes)
    if rows and logger.isEnabledFor(logging.INFO):
        decided = [(row.id, outcomes[row.id][0], row.request_id) for row in rows]
        after_commit(session, partial(_log, decided))
    return len(rows)


def _log(decided: Sequence[tuple[int, str, str | None]]) -> None:
    """A line for each, under the id of the request that asked for it, in whatever process."""
    for reservation_id, status, request_id in decided:
        with request_ids.following(request_id or request_ids.current()):
            logger.info(
                "reservation %d %s",
                reservation_id,
                status,
                extra={"fields": {"reservation_id": reservation_id, "outcome": status}},
            )


def _outcome(row: sa.Row, free: set[int], repeated: Mapping[int, int]) -> Outcome:
    if row.id in free:
        return CONFIRMED, "", None
    if row.id in repeated:
        return REJECTED, REPEATED, repeated[row.id]
    if row.is_late:
        return WITHDRAWN, NOT_DECIDED, None
    return REJECTED, ENDED if row.has_ended else TAKEN, None


_WANTED = RESERVATIONS.alias("wanted")
_SELECT_BESIDE = (
    sa.select(RESERVATIONS.c.room_id, RESERVATIONS.c.reserve_from, RESERVATIONS.c.reserve_to)
    .join(
        _WANTED,
        # Bounded below as well, so that the index answers however many are stored.
        sa.and_(
            RESERVATIONS.c.room_id == _WANTED.c.room_id,
            RESERVATIONS.c.reserve_from > _WANTED.c.reserve_from - LONGEST_MEETING,
            RESERVATIONS.c.reserve_from < _WANTED.c.reserve_to,
            RESERVATIONS.c.reserve_to > _WANTED.c.reserve_from,
        ),
    )
    .where(IS_CONFIRMED, _WANTED.c.id == sa.any_(IDS))
    .distinct()
    .order_by(RESERVATIONS.c.reserve_from)
)


def _confirmed_beside(session: Session, rows: Sequence[sa.Row]) -> Sequence[sa.Row]:
    """The confirmed reservations that stand in the way of ``rows``, in the order of time."""
    if not rows:
        return []
    return session.execute(_SELECT_BESIDE, {"ids": [row.id for row in rows]}).all()


def _first_come_first_served(wanted: Sequence[sa.Row], confirmed: Sequence[sa.Row]) -> set[int]:
    """The ids of those in ``wanted`` that can have their room; ``confirmed`` is sorted by time."""
    # Per room the starts and ends of what is taken: disjoint, so both lists are sorted alike.
    starts: dict[int, list[datetime]] = defaultdict(list)
    ends: dict[int, list[datetime]] = defaultdict(list)
    for row in confirmed:
        starts[row.room_id].append(row.reserve_from)
        ends[row.room_id].append(row.reserve_to)
    free = set()
    for row in wanted:
        begin_before = bisect_left(starts[row.room_id], row.reserve_to)
        end_in_time = bisect_right(ends[row.room_id], row.reserve_from)
        if end_in_time < begin_before:
            continue
        starts[row.room_id].insert(begin_before, row.reserve_from)
        ends[row.room_id].insert(begin_before, row.reserve_to)
        free.add(row.id)
    return free


_AGAIN, _FIRST = RESERVATIONS.alias("again"), RESERVATIONS.alias("first")
_SELECT_REPEATED = (
    sa.select(_AGAIN.c.id, _FIRST.c.id)
    .join(
        _FIRST,
        # The first two have an index.
        sa.and_(
            _FIRST.c.user_id == _AGAIN.c.user_id,
            _FIRST.c.reserve_to == _AGAIN.c.reserve_to,
            _FIRST.c.reserve_from == _AGAIN.c.reserve_from,
            _FIRST.c.room_id == _AGAIN.c.room_id,
        ),
    )
    .where(
        _AGAIN.c.id == sa.any_(IDS),
        (_FIRST.c.status == CONFIRMED)
        | (_FIRST.c.id == sa.any_(sa.bindparam("free", type_=sa.ARRAY(sa.BigInteger)))),
        (_AGAIN.c.requested_at - _FIRST.c.requested_at).between(-_REPEATED_WITHIN, _REPEATED_WITHIN)
        | (_FIRST.c.request_id == _AGAIN.c.request_id),
    )
)


def _find_repeated(session: Session, refused: Sequence[int], free: set[int]) -> dict[int, int]:
    """Of those that can't have their room: which one of its holder's it repeats.

    One that is confirmed, or will be with this decision, for the same room and time: asked for a
    moment before, or by the same web request, which has an id of its own that a client's repetition
    under an Idempotency-Key keeps. Asked only of those refused: who gets a room waits for nothing.
    """
    if not refused:
        return {}
    found = session.execute(_SELECT_REPEATED, {"ids": refused, "free": list(free)})
    return {row[0]: row[1] for row in found}


_DECISIONS = (
    sa.func.unnest(
        IDS,
        sa.bindparam("statuses", type_=sa.ARRAY(sa.Text)),
        sa.bindparam("reasons", type_=sa.ARRAY(sa.Text)),
        sa.bindparam("repeats", type_=sa.ARRAY(sa.BigInteger)),
    )
    .table_valued(
        sa.column("id", sa.BigInteger),
        sa.column("status", sa.Text),
        sa.column("reason", sa.Text),
        sa.column("repeats_id", sa.BigInteger),
    )
    .render_derived("decisions")
)
_WRITE_DECISIONS = counted(
    sa.update(RESERVATIONS)
    .where(RESERVATIONS.c.id == _DECISIONS.c.id)
    .values(
        status=_DECISIONS.c.status,
        status_reason=_DECISIONS.c.reason,
        repeats_id=_DECISIONS.c.repeats_id,
        status_changed_at=sa.func.clock_timestamp(),
        status_changed_by=None,
    ),
    sa.case((_DECISIONS.c.status == WITHDRAWN, "late"), else_=_DECISIONS.c.status),
)


def _set_status(session: Session, decisions: Mapping[int, Outcome]) -> None:
    if decisions:
        statuses, reasons, repeats = zip(*decisions.values(), strict=True)
        session.execute(
            _WRITE_DECISIONS,
            {
                "ids": list(decisions),
                "statuses": list(statuses),
                "reasons": list(reasons),
                "repeats": list(repeats),
            },
        )
