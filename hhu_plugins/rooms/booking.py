"""The rules of booking: the one path by which a reservation is made, decided, moved or ended.

A reservation starts as a *pending* row. Pending rows are decided together, in the order of their
arrival, in one transaction under one advisory lock. Everything that takes a room's time takes that
lock first, then looks, then writes; the exclusion constraint of the table is only the last belt.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, aliased

from hhu_base.announcements import announce
from hhu_base.database import lock
from hhu_plugins.rooms.grid import Grid, Interval
from hhu_plugins.rooms.models import (
    CANCELLED,
    CONFIRMED,
    LONGEST_MEETING,
    PENDING,
    REJECTED,
    WITHDRAWN,
    Meetingroom,
    Reservation,
)

LOCK = "rooms.reservations"
TOPIC = "rooms.reservations"

TAKEN = "会议室在该时间段已经被占用。"
ENDED = "结束时间必须在现在以后。"
NOT_DECIDED = "预约请求失败，请重试。"

# Decided in one transaction; more would hold the lock for longer than a client waits.
_MOST_AT_ONCE = 20_000


class NotAllowed(Exception):
    """A rule forbids it; the message is a sentence for people."""


def check_times(grid: Grid, now: datetime, start: datetime, end: datetime) -> Interval:
    """The interval on the grid that covers what was asked for, if a reservation may have it.

    Raises NotAllowed where it has ended, is too short or too long, or too far ahead.
    """
    if end <= start:
        raise NotAllowed(grid.length_sentence)
    start, end = grid.widen(start, end)
    if end <= now:
        raise NotAllowed(ENDED)
    if not grid.allows_length(end - start):
        raise NotAllowed(grid.length_sentence)
    if grid.horizon is not None and start > now + grid.horizon:
        raise NotAllowed(grid.horizon_sentence)
    return start, end


def submit(
    session: Session,
    *,
    room_id: int,
    user_id: int,
    interval: Interval,
    description: str,
    decide_within: timedelta | None,
) -> int:
    """Write a request, to be decided after the commit; returns its id.

    After ``decide_within`` it is withdrawn instead of decided; None: it waits for ever.
    """
    return session.execute(
        sa.insert(Reservation)
        .values(
            room_id=room_id,
            user_id=user_id,
            reserve_from=interval[0],
            reserve_to=interval[1],
            description=description,
            status=PENDING,
            decide_before=None if decide_within is None else sa.func.now() + decide_within,
        )
        .returning(Reservation.id)
    ).scalar_one()


def is_pending(session: Session, reservation_id: int) -> bool:
    """Whether a request has still to be decided."""
    status = session.scalar(sa.select(Reservation.status).where(Reservation.id == reservation_id))
    return status == PENDING


_PENDING_ROWS = (
    sa.select(
        Reservation.id,
        Reservation.room_id,
        Reservation.reserve_from,
        Reservation.reserve_to,
        (Reservation.decide_before < sa.func.clock_timestamp()).label("is_late"),
        (Reservation.reserve_to <= sa.func.clock_timestamp()).label("has_ended"),
    )
    .where(Reservation.status == PENDING)
    .order_by(Reservation.id)
    .limit(_MOST_AT_ONCE)
    # Somebody may be withdrawing one at this moment: wait for him, then leave that row alone.
    .with_for_update()
)


def decide_pending(session: Session) -> int:
    """Decide everything that waits, first come, first served; returns how many were decided."""
    # Most messages find that an earlier one has done their work: look before taking the lock.
    # Nothing is missed, as each message is sent after the commit of the rows that it is about.
    if not _anything_pending(session):
        return 0
    lock(session, LOCK)
    rows = session.execute(_PENDING_ROWS).all()
    in_time = [row for row in rows if not row.is_late and not row.has_ended]
    free = _first_come_first_served(in_time, _confirmed_beside(session, in_time))
    taken = {row.id for row in in_time} - free
    late = {row.id for row in rows if row.is_late}
    ended = {row.id for row in rows if row.has_ended} - late
    _set_status(session, free, CONFIRMED)
    _set_status(session, taken, REJECTED, TAKEN)
    _set_status(session, ended, REJECTED, ENDED)
    _set_status(session, late, WITHDRAWN, NOT_DECIDED)
    announce(session, TOPIC, [row.id for row in rows])
    return len(rows)


def withdraw(session: Session, reservation_id: int) -> None:
    """Close a request that nobody has decided; one that is decided stays as it is."""
    session.execute(
        sa.update(Reservation)
        .where(Reservation.id == reservation_id, Reservation.status == PENDING)
        .values(
            status=WITHDRAWN, status_reason=NOT_DECIDED, status_changed_at=sa.func.clock_timestamp()
        )
        .execution_options(synchronize_session=False)
    )


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
    announce(session, TOPIC, [reservation_id])  # its client may still be waiting
    return True


def place(
    session: Session, reservation: Reservation, *, by_user_id: int, status_reason: str = ""
) -> None:
    """Confirm a reservation as it stands: a new one, one that was moved, one that is restored.

    For whoever may write without asking (the administrators); whatever came before it is decided
    before it. ``reservation`` is added to the session if it is new.
    Raises NotAllowed where the room is taken.
    """
    with session.no_autoflush:
        lock(session, LOCK)
        decide_pending(session)
        if find_conflicts(
            session,
            reservation.room_id,
            (reservation.reserve_from, reservation.reserve_to),
            except_id=reservation.id,
        ):
            raise NotAllowed(TAKEN)
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


def room_exists(session: Session, room_id: int) -> bool:
    return session.scalar(sa.select(sa.exists().where(Meetingroom.id == room_id))) or False


def _anything_pending(session: Session) -> bool:
    return session.scalar(sa.select(sa.exists().where(Reservation.status == PENDING))) or False


def _confirmed_beside(session: Session, rows: Sequence[sa.Row]) -> Sequence[sa.Row]:
    """The confirmed reservations that stand in the way of ``rows``, in the order of time."""
    if not rows:
        return []
    wanted = aliased(Reservation)
    return session.execute(
        sa.select(Reservation.room_id, Reservation.reserve_from, Reservation.reserve_to)
        .join(
            wanted,
            # Bounded below as well, so that the index answers however many are stored.
            sa.and_(
                Reservation.room_id == wanted.room_id,
                Reservation.reserve_from > wanted.reserve_from - LONGEST_MEETING,
                Reservation.reserve_from < wanted.reserve_to,
                Reservation.reserve_to > wanted.reserve_from,
            ),
        )
        .where(Reservation.status == CONFIRMED, wanted.id == _any_of(row.id for row in rows))
        .distinct()
        .order_by(Reservation.reserve_from)
    ).all()


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


def _set_status(session: Session, ids: set[int], status: str, reason: str = "") -> None:
    if ids:
        session.execute(
            sa.update(Reservation)
            .where(Reservation.id == _any_of(ids))
            .values(
                status=status,
                status_reason=reason,
                status_changed_at=sa.func.clock_timestamp(),
                status_changed_by=None,
            )
            .execution_options(synchronize_session=False)
        )


def _any_of(ids: Iterable[int]) -> sa.ColumnElement:
    # One array parameter instead of a thousand: the statement stays the same, and prepared.
    return sa.any_(sa.cast(list(ids), ARRAY(sa.BigInteger())))
