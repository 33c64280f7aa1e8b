"""The rules of booking: the one path by which a reservation is made, decided, moved or ended.

A reservation starts as a *pending* row. Pending rows are decided together, in the order of their
arrival, in one transaction under one advisory lock. Everything that takes a room's time takes that
lock first, then looks, then writes; the exclusion constraint of the table is only the last belt.
"""

from __future__ import annotations

import logging
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from functools import partial
from typing import cast

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from hhu_base.announcements import announce
from hhu_base.database import after_commit, lock
from hhu_base.watching import request_ids
from hhu_plugins.rooms.availability import Room
from hhu_plugins.rooms.grid import Grid, Interval
from hhu_plugins.rooms.models import (
    CANCELLED,
    CONFIRMED,
    LONGEST_MEETING,
    PENDING,
    REJECTED,
    WITHDRAWN,
    DecisionCount,
    Meetingroom,
    Reservation,
)

logger = logging.getLogger(__name__)

LOCK = "rooms.reservations"
TOPIC = "rooms.reservations"

TAKEN = "会议室在该时间段已经被占用。"
ENDED = "结束时间必须在现在以后。"
NOT_DECIDED = "预约请求失败，请重试。"

# Decided in one transaction; more would hold the lock for longer than a client waits.
_MOST_AT_ONCE = 20_000

# The statements on the path of a reservation are made once, here, and of the tables: SQLAlchemy
# needs several times longer to put one together than PostgreSQL to answer it.
_RESERVATIONS = cast(sa.Table, Reservation.__table__)
_ROOMS = cast(sa.Table, Meetingroom.__table__)
_COUNTS = cast(sa.Table, DecisionCount.__table__)
# Written out, since the plan of a prepared statement can use a partial index only if it sees that
# the index serves whatever the parameters are.
_IS_PENDING = _RESERVATIONS.c.status == sa.literal_column(f"'{PENDING}'")
_IS_CONFIRMED = _RESERVATIONS.c.status == sa.literal_column(f"'{CONFIRMED}'")
# One array instead of a thousand parameters: the statement stays the same, and prepared.
_IDS = sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))


class NotAllowed(Exception):
    """A rule forbids it; the message is a sentence for people."""


class BeyondLimits(NotAllowed):
    """Too short, too long or too far ahead for this site, though it could be stored."""


class Taken(NotAllowed):
    """The room is taken, ``by`` these reservations."""

    def __init__(self, by: Sequence[Reservation]):
        super().__init__(TAKEN)
        self.by = by


class NoSuchRoom(Exception):
    """There is no room with this id."""


def check_times(
    grid: Grid, now: datetime, start: datetime, end: datetime, *, may_exceed: bool = False
) -> Interval:
    """The interval on the grid that covers what was asked for, if a reservation may have it.

    Raises NotAllowed where it has ended, is too short or too long, or too far ahead;
    ``may_exceed`` lets those beyond the limits of the site pass.
    """
    if end <= start:
        raise NotAllowed(grid.length_sentence)
    start, end = grid.widen(start, end)
    if end <= now:
        raise NotAllowed(ENDED)
    if end - start > LONGEST_MEETING:
        raise NotAllowed(grid.length_sentence)
    if may_exceed:
        return start, end
    if not grid.allows_length(end - start):
        raise BeyondLimits(grid.length_sentence)
    if grid.horizon is not None and start > now + grid.horizon:
        raise BeyondLimits(grid.horizon_sentence)
    return start, end


Outcome = tuple[str, str]  # status, and the sentence for people


@dataclass(frozen=True, slots=True)
class Request:
    """A request that has been written, and its room.

    To load the two as mapped objects was a fifth of the web server's work for a reservation.
    """

    id: int
    room: Room
    user_id: int
    reserve_from: datetime
    reserve_to: datetime
    description: str
    status: str = PENDING


_WRITTEN = (
    sa.insert(_RESERVATIONS)
    .from_select(
        [
            "room_id",
            "user_id",
            "reserve_from",
            "reserve_to",
            "description",
            "status",
            "decide_before",
            "request_id",
        ],
        sa.select(
            _ROOMS.c.id,
            sa.bindparam("user_id", type_=sa.BigInteger),
            sa.bindparam("reserve_from", type_=sa.DateTime(timezone=True)),
            sa.bindparam("reserve_to", type_=sa.DateTime(timezone=True)),
            sa.bindparam("description", type_=sa.Text),
            sa.literal_column(f"'{PENDING}'"),
            sa.func.now() + sa.bindparam("decide_within", type_=sa.Interval),
            sa.bindparam("request_id", type_=sa.String),
        ).where(_ROOMS.c.id == sa.bindparam("room_id")),
    )
    .returning(_RESERVATIONS.c.id, _RESERVATIONS.c.room_id)
    .cte("written")
)
_WRITE_REQUEST = sa.select(
    _WRITTEN.c.id, *(_ROOMS.c[field.name].label(f"room_{field.name}") for field in fields(Room))
).join(_ROOMS, _ROOMS.c.id == _WRITTEN.c.room_id)


def submit(
    session: Session,
    *,
    room_id: int,
    user_id: int,
    interval: Interval,
    description: str,
    decide_within: timedelta | None,
    request_id: str | None = None,
) -> Request:
    """Write a request, to be decided after the commit.

    After ``decide_within`` it is withdrawn instead of decided; None: it waits for ever.
    Raises NoSuchRoom.
    """
    start, end = interval
    row = session.execute(
        _WRITE_REQUEST,
        {
            "room_id": room_id,
            "user_id": user_id,
            "reserve_from": start,
            "reserve_to": end,
            "description": description,
            "decide_within": decide_within,
            "request_id": request_id,
        },
    ).first()
    if row is None:
        raise NoSuchRoom
    return Request(row[0], Room(*row[1:]), user_id, start, end, description)


_SELECT_OUTCOME = sa.select(_RESERVATIONS.c.status, _RESERVATIONS.c.status_reason).where(
    _RESERVATIONS.c.id == sa.bindparam("reservation_id"), ~_IS_PENDING
)


def find_outcome(session: Session, reservation_id: int) -> Outcome | None:
    """What has become of a request, or None while it has still to be decided."""
    row = session.execute(_SELECT_OUTCOME, {"reservation_id": reservation_id}).first()
    return tuple(row) if row is not None else None


_ANYTHING_PENDING = sa.select(sa.exists().where(_IS_PENDING))
_PENDING_ROWS = (
    sa.select(
        _RESERVATIONS.c.id,
        _RESERVATIONS.c.room_id,
        _RESERVATIONS.c.reserve_from,
        _RESERVATIONS.c.reserve_to,
        _RESERVATIONS.c.request_id,
        (_RESERVATIONS.c.decide_before < sa.func.clock_timestamp()).label("is_late"),
        (_RESERVATIONS.c.reserve_to <= sa.func.clock_timestamp()).label("has_ended"),
    )
    .where(_IS_PENDING)
    .order_by(_RESERVATIONS.c.id)
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
    outcomes = {row.id: _outcome(row, free) for row in rows}
    _set_status(session, outcomes)
    announce(session, TOPIC, outcomes)
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


def _outcome(row: sa.Row, free: set[int]) -> Outcome:
    if row.id in free:
        return CONFIRMED, ""
    if row.is_late:
        return WITHDRAWN, NOT_DECIDED
    return REJECTED, ENDED if row.has_ended else TAKEN


def _counted(decide: sa.Update, outcome: sa.ColumnElement[str]) -> sa.Insert:
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


_WITHDRAW = _counted(
    sa.update(_RESERVATIONS)
    .where(_RESERVATIONS.c.id == sa.bindparam("reservation_id"), _IS_PENDING)
    .values(
        status=WITHDRAWN, status_reason=NOT_DECIDED, status_changed_at=sa.func.clock_timestamp()
    ),
    sa.literal_column("'withdrawn'", sa.Text),
)


def withdraw(session: Session, reservation_id: int) -> None:
    """Close a request that nobody has decided; one that is decided stays as it is."""
    session.execute(_WITHDRAW, {"reservation_id": reservation_id})


def cancel(
    session: Session,
    reservation_id: int,
    *,
    by_user_id: int,
    holder_id: int | None = None,
    reason: str = "",
) -> bool:
    """Give a reservation back that has not ended; False where there is no such one.

    ``holder_id`` restricts it to the reservations of that user. It needs no lock: it only sets
    time free.
    """
    statement = sa.update(Reservation).where(
        Reservation.id == reservation_id,
        Reservation.status.in_((PENDING, CONFIRMED)),
        Reservation.reserve_to > sa.func.clock_timestamp(),
    )
    if holder_id is not None:
        statement = statement.where(Reservation.user_id == holder_id)
    cancelled = session.scalar(
        statement.values(
            status=CANCELLED,
            status_reason=reason,
            status_changed_at=sa.func.clock_timestamp(),
            status_changed_by=by_user_id,
        )
        .returning(Reservation.id)
        .execution_options(synchronize_session=False)
    )
    if cancelled is None:
        return False
    announce(session, TOPIC, {reservation_id: None})  # its client may still be waiting
    return True


def place(
    session: Session,
    reservation: Reservation,
    *,
    by_user_id: int,
    status_reason: str = "",
    is_its_turn: bool = False,
) -> None:
    """Confirm a reservation as it stands: a new one, one that was moved, one that is restored.

    For whoever may write without asking (the administrators); whatever came before it is decided
    before it. ``reservation`` is added to the session if it is new. ``is_its_turn``: that has been
    done, under this lock, before time was set free for this very reservation; who asks meanwhile
    comes after it.
    Raises Taken.
    """
    with session.no_autoflush:
        lock(session, LOCK)
        if not is_its_turn:
            decide_pending(session)
        interval = (reservation.reserve_from, reservation.reserve_to)
        if others := find_conflicts(
            session, reservation.room_id, interval, except_id=reservation.id
        ):
            raise Taken(others)
        reservation.status = CONFIRMED
        reservation.status_reason = status_reason
        reservation.status_changed_at = sa.func.clock_timestamp()
        reservation.status_changed_by = by_user_id
        session.add(reservation)
    session.flush()


def find_conflicts(
    session: Session, room_id: int, interval: Interval, *, except_id: int | None = None
) -> Sequence[Reservation]:
    """The confirmed reservations of a room that overlap ``interval``, in the order of time."""
    start, end = interval
    return session.scalars(
        sa.select(Reservation)
        .where(
            Reservation.room_id == room_id,
            Reservation.status == CONFIRMED,
            Reservation.reserve_from > start - LONGEST_MEETING,
            Reservation.reserve_from < end,
            Reservation.reserve_to > start,
            Reservation.id.is_distinct_from(except_id),
        )
        .order_by(Reservation.reserve_from)
    ).all()


_WANTED = _RESERVATIONS.alias("wanted")
_SELECT_BESIDE = (
    sa.select(_RESERVATIONS.c.room_id, _RESERVATIONS.c.reserve_from, _RESERVATIONS.c.reserve_to)
    .join(
        _WANTED,
        # Bounded below as well, so that the index answers however many are stored.
        sa.and_(
            _RESERVATIONS.c.room_id == _WANTED.c.room_id,
            _RESERVATIONS.c.reserve_from > _WANTED.c.reserve_from - LONGEST_MEETING,
            _RESERVATIONS.c.reserve_from < _WANTED.c.reserve_to,
            _RESERVATIONS.c.reserve_to > _WANTED.c.reserve_from,
        ),
    )
    .where(_IS_CONFIRMED, _WANTED.c.id == sa.any_(_IDS))
    .distinct()
    .order_by(_RESERVATIONS.c.reserve_from)
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


_DECISIONS = (
    sa.func.unnest(
        _IDS,
        sa.bindparam("statuses", type_=sa.ARRAY(sa.Text)),
        sa.bindparam("reasons", type_=sa.ARRAY(sa.Text)),
    )
    .table_valued(
        sa.column("id", sa.BigInteger), sa.column("status", sa.Text), sa.column("reason", sa.Text)
    )
    .render_derived("decisions")
)
_WRITE_DECISIONS = _counted(
    sa.update(_RESERVATIONS)
    .where(_RESERVATIONS.c.id == _DECISIONS.c.id)
    .values(
        status=_DECISIONS.c.status,
        status_reason=_DECISIONS.c.reason,
        status_changed_at=sa.func.clock_timestamp(),
        status_changed_by=None,
    ),
    sa.case((_DECISIONS.c.status == WITHDRAWN, "late"), else_=_DECISIONS.c.status),
)


def _set_status(session: Session, decisions: Mapping[int, Outcome]) -> None:
    if decisions:
        statuses, reasons = zip(*decisions.values(), strict=True)
        session.execute(
            _WRITE_DECISIONS,
            {"ids": list(decisions), "statuses": list(statuses), "reasons": list(reasons)},
        )
