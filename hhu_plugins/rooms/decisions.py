"""What waits to be decided: in the order of arrival, in one transaction under the one lock.

A reservation starts as a *pending* row. Pending rows are decided together. Everything that takes a
room's time takes that lock first, then looks, then writes; the exclusion constraint of the table is
only the last belt.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import cast

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from hhu_base.database import lock
from hhu_base.database.pg_notify import notify
from hhu_base.database.transactions import after_commit
from hhu_base.telemetry import request_ids
from hhu_plugins.rooms import closed_times, eligibility, person_limits
from hhu_plugins.rooms.intervals import Timeline
from hhu_plugins.rooms.models import CONFIRMED, PENDING, REJECTED, WITHDRAWN, DecisionCount
from hhu_plugins.rooms.occupancy import RESERVATIONS, blocks
from hhu_plugins.rooms.person_limits import PersonLimits
from hhu_plugins.rooms.policy import ENDED, BookingPolicy

logger = logging.getLogger(__name__)

LOCK = "rooms.reservations"
TOPIC = "rooms.reservations"

TAKEN = "会议室在该时间段已经被占用。"
NOT_DECIDED = "预约请求失败，请重试。"
REPEATED = "与刚才的预约相同，没有重复预约。"

# Status, the sentence for people, and the reservation that it repeats, if it does.
Outcome = tuple[str, str, int | None]

# Decided in one transaction; more would hold the lock for longer than a client waits.
_MOST_AT_ONCE = 20_000

# The same wish of the same person within this time is the same request, sent twice.
_REPEATED_WITHIN = timedelta(seconds=10)

# The statements on the path of a reservation are made once, here and in ``submission``, and of
# the tables: SQLAlchemy needs several times longer to put one together than PostgreSQL to answer it.
_COUNTS = cast(sa.Table, DecisionCount.__table__)
# Written out, since the plan of a prepared statement can use a partial index only if it sees that
# the index serves whatever the parameters are.
IS_PENDING = RESERVATIONS.c.status == sa.literal_column(f"'{PENDING}'")
# One array instead of a thousand parameters: the statement stays the same, and prepared.
_IDS = sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))


def counted(decide: sa.Update, outcome: sa.ColumnElement[str]) -> sa.Insert:
    """``decide``, and in the same statement how many had which outcome."""
    decided = decide.returning(outcome.label("outcome")).cte("decided")
    count = insert(_COUNTS).from_select(
        ["outcome", "number"],
        sa.select(decided.c.outcome, sa.func.count()).group_by(decided.c.outcome),
    )
    return count.on_conflict_do_update(
        index_elements=[_COUNTS.c.outcome],
        set_={"number": _COUNTS.c.number + count.excluded.number},
    )


# And whether some rooms are not for everybody: only then it costs a statement to ask who may book.
_ANYTHING_PENDING = sa.select(sa.exists().where(IS_PENDING), eligibility.ANY_RESTRICTED)
_PENDING_ROWS = (
    sa.select(
        RESERVATIONS.c.id,
        RESERVATIONS.c.room_id,
        RESERVATIONS.c.user_id,
        RESERVATIONS.c.reserve_from,
        RESERVATIONS.c.reserve_to,
        RESERVATIONS.c.request_id,
        (RESERVATIONS.c.decide_before < sa.func.clock_timestamp()).label("is_late"),
        (RESERVATIONS.c.reserve_to <= sa.func.clock_timestamp()).label("has_ended"),
        closed_times.IS_CONFIGURED.label("has_closed_times"),
    )
    .where(IS_PENDING)
    .order_by(RESERVATIONS.c.id)
    .limit(sa.literal_column(str(_MOST_AT_ONCE)))
    # Somebody may be withdrawing one at this moment: wait for them, then leave that row alone.
    .with_for_update()
)


def decide_pending(session: Session, policy: BookingPolicy | None = None) -> int:
    """Decide everything that waits, first come, first served; returns how many were decided.

    ``policy`` has the limits of a person; None: there are none.
    """
    # Most messages find that an earlier one has done their work: look before taking the lock.
    # Nothing is missed, as each message is sent after the commit of the rows that it is about.
    is_anything_pending, are_rooms_restricted = session.execute(_ANYTHING_PENDING).one()
    if not is_anything_pending:
        return 0
    lock(session, LOCK)
    rows = session.execute(_PENDING_ROWS).all()
    in_time = [row for row in rows if not row.is_late and not row.has_ended]
    refused = closed_times.refusals(session, in_time)
    if are_rooms_restricted:
        refused |= eligibility.refusals(session, in_time)
    allowed = [row for row in in_time if row.id not in refused]
    limits = person_limits.load(session, policy, allowed) if policy else None
    free, beyond = _first_come_first_served(allowed, _confirmed_beside(session, allowed), limits)
    refused |= beyond
    repeated = _find_repeated(session, [row.id for row in in_time if row.id not in free], free)
    outcomes = {row.id: _outcome(row, free, repeated, refused) for row in rows}
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


def _outcome(
    row: sa.Row, free: set[int], repeated: Mapping[int, int], refused: Mapping[int, str]
) -> Outcome:
    if row.id in free:
        return CONFIRMED, "", None
    if row.id in repeated:
        return REJECTED, REPEATED, repeated[row.id]
    if row.is_late:
        return WITHDRAWN, NOT_DECIDED, None
    if row.has_ended:
        return REJECTED, ENDED, None
    return REJECTED, refused.get(row.id, TAKEN), None


_WANTED = RESERVATIONS.alias("wanted")
_SELECT_BESIDE = (
    sa.select(RESERVATIONS.c.room_id, RESERVATIONS.c.reserve_from, RESERVATIONS.c.reserve_to)
    .select_from(RESERVATIONS)
    .join(
        _WANTED,
        sa.and_(
            RESERVATIONS.c.room_id == _WANTED.c.room_id,
            blocks(_WANTED.c.reserve_from, _WANTED.c.reserve_to),
        ),
    )
    .where(_WANTED.c.id == sa.any_(_IDS))
    .distinct()
    .order_by(RESERVATIONS.c.reserve_from)
)


def _confirmed_beside(session: Session, rows: Sequence[sa.Row]) -> Sequence[sa.Row]:
    """The confirmed reservations that stand in the way of ``rows``, in the order of time."""
    if not rows:
        return []
    return session.execute(_SELECT_BESIDE, {"ids": [row.id for row in rows]}).all()


def _first_come_first_served(
    wanted: Sequence[sa.Row], confirmed: Sequence[sa.Row], limits: PersonLimits | None
) -> tuple[set[int], dict[int, str]]:
    """The ids of those in ``wanted`` that can have their room, and why some could not have it even
    if it were free, by the ``limits`` of their holder; ``confirmed`` is sorted by time."""
    taken: dict[int, Timeline] = defaultdict(Timeline)
    for row in confirmed:
        taken[row.room_id].add(row.reserve_from, row.reserve_to)
    free, refused = set(), {}
    for row in wanted:
        timeline = taken[row.room_id]
        if limits is not None and (sentence := limits.refusal(row)):
            refused[row.id] = sentence
        elif not timeline.overlapping(row.reserve_from, row.reserve_to):
            timeline.add(row.reserve_from, row.reserve_to)
            free.add(row.id)
            if limits is not None:
                limits.take(row)
    return free, refused


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
        _AGAIN.c.id == sa.any_(_IDS),
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
        _IDS,
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
