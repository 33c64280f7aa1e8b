"""Time that has become free, handed out to those who wait: the only module that chooses who gets it.

Whatever frees a room's time calls ``hand_out`` in the same transaction, under the lock of
``decisions``, after all that it frees and takes is written.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.values.refusal import Refusal
from hhu_plugins.rooms import (
    approval_rules,
    closed_times,
    eligibility,
    occupancy,
    person_limits,
    waiting_notices,
)
from hhu_plugins.rooms.interval_rows import INTERVALS
from hhu_plugins.rooms.intervals import Interval, Timeline
from hhu_plugins.rooms.models import (
    CONFIRMED,
    DONE,
    HELD,
    OFFERED,
    WAITING,
    Reservation,
    WaitingRequest,
)
from hhu_plugins.rooms.occupancy import RESERVATIONS, Room
from hhu_plugins.rooms.policy import BookingPolicy, check_times

REQUESTS = cast(sa.Table, WaitingRequest.__table__)
_COLUMNS = REQUESTS.c

# Written out, for the plan of a prepared statement; see ``wishes``.
IS_OPEN = _COLUMNS.status == sa.literal_column(f"'{WAITING}'")
_ANY_OPEN = sa.select(sa.exists().where(IS_OPEN))


class Freed(NamedTuple):
    """A stretch of time in a room; null: in any."""

    room_id: int | None
    start: datetime
    end: datetime

    @classmethod
    def of(cls, row: Any) -> Freed:
        return cls(row.room_id, row.reserve_from, row.reserve_to)


_SELECT_WHO_WAITS = (
    sa.select(REQUESTS)
    .where(IS_OPEN, _COLUMNS.wait_until > sa.func.clock_timestamp())
    .order_by(_COLUMNS.is_first.desc(), _COLUMNS.id)
)
_SELECT_WHO_WAITS_FOR_THESE = _SELECT_WHO_WAITS.where(
    sa.exists().where(
        _COLUMNS.room_id.is_(None)
        | INTERVALS.c.room_id.is_(None)
        | (_COLUMNS.room_id == INTERVALS.c.room_id),
        _COLUMNS.reserve_from < INTERVALS.c.reserve_to,
        _COLUMNS.reserve_to > INTERVALS.c.reserve_from,
    )
)
_GIVE = (
    sa.insert(RESERVATIONS)
    .from_select(
        ["room_id", "user_id", "reserve_from", "reserve_to", "description", "status", "hold_until"],
        sa.select(
            sa.bindparam("room_id", type_=sa.BigInteger),
            _COLUMNS.user_id,
            _COLUMNS.reserve_from,
            _COLUMNS.reserve_to,
            _COLUMNS.description,
            sa.bindparam("status", type_=sa.Text),
            sa.bindparam("hold_until", type_=sa.DateTime(timezone=True)),
        ).where(_COLUMNS.id == sa.bindparam("request_id")),
    )
    .returning(RESERVATIONS.c.id)
)
_GIVEN = (
    sa.update(REQUESTS)
    .where(_COLUMNS.id == sa.bindparam("request_id"))
    .values(
        status=sa.bindparam("state"),
        reservation_id=sa.bindparam("given_id", type_=sa.BigInteger),
        status_changed_at=sa.func.clock_timestamp(),
    )
)


def hand_out(
    session: Session, policy: BookingPolicy | None, freed: Collection[Freed] | None
) -> int:
    """Give what has become free to those who wait: who comes first gets what fits; returns how many.

    Under the lock. ``freed`` None: anything may have become free, as when a closure is lifted. Where
    nobody waits it is one short statement. They are told.
    """
    if policy is None or (freed is not None and not freed) or not session.scalar(_ANY_OPEN):
        return 0
    session.flush()
    if freed is None:
        rows = session.execute(_SELECT_WHO_WAITS).all()
    else:
        rooms, starts, ends = map(list, zip(*freed, strict=True))
        found = session.execute(
            _SELECT_WHO_WAITS_FOR_THESE, {"rooms": rooms, "starts": starts, "ends": ends}
        )
        rows = found.all()
    if not rows:
        return 0
    book = _Book(session, policy, rows)
    return sum(book.serve(row) for row in rows)


class _Book:
    """What is taken, and what those who wait may have, as it is while they are served."""

    def __init__(self, session: Session, policy: BookingPolicy, rows: Sequence[sa.Row]):
        self._session, self._policy, self._now = session, policy, datetime.now(UTC)
        self._rooms = {room.id: room for room in occupancy.rooms(session)}
        self._fitting: dict[tuple, list[Room]] = {}
        self._taken = _taken(session, list(self._rooms), rows)
        window = min(row.reserve_from for row in rows), max(row.reserve_to for row in rows)
        self._closed = closed_times.read(session, *window)
        self._limits = person_limits.load(session, policy, rows)
        self._is_any_restricted = bool(session.scalar(sa.select(eligibility.ANY_RESTRICTED)))
        self._closed_to: dict[int, set[int]] = {}
        self._with_approvers = {room.id: room for room in approval_rules.with_approvers(session)}

    def serve(self, row: sa.Row) -> bool:
        """Give the first room that fits, if there is one."""
        if self._limits is not None and self._limits.refusal(row):
            return False
        room = next((room for room in self._rooms_for(row) if self._may_have(row, room)), None)
        if room is None:
            return False
        status = CONFIRMED if row.confirms_itself else HELD
        given_id = self._session.scalars(
            _GIVE,
            {
                "room_id": room.id,
                "status": status,
                "hold_until": None if status == CONFIRMED else self._hold_until(row),
                "request_id": row.id,
            },
        ).one()
        state = DONE if status == CONFIRMED else OFFERED
        self._session.execute(_GIVEN, {"request_id": row.id, "given_id": given_id, "state": state})
        self._taken[room.id].add(row.reserve_from, row.reserve_to)
        given = self._session.get_one(Reservation, given_id)
        if self._limits is not None:
            self._limits.take(given)
        waiting_notices.tell_of_room(self._session, given, self._policy.zone)
        return True

    def _rooms_for(self, row: sa.Row) -> Iterable[Room]:
        if row.room_id is not None:
            room = self._rooms.get(row.room_id)
            return [room] if room is not None else []
        key = (row.people_count, row.location, *row.equipment)
        if key not in self._fitting:
            self._fitting[key] = occupancy.rooms(
                self._session,
                seats=row.people_count,
                location=row.location,
                equipment=row.equipment,
            )
        return self._fitting[key]

    def _may_have(self, row: sa.Row, room: Room) -> bool:
        """Whether the room is free and open then, and this user may book it for so long."""
        times = (row.reserve_from, row.reserve_to)
        if self._taken[room.id].overlapping(*times) or self._closed.during(room, *times):
            return False
        try:
            check_times(self._policy.of(room), self._now, *times)
        except Refusal:
            return False
        needs = self._with_approvers.get(room.id)
        if needs is not None and approval_rules.is_needed(
            self._session, self._policy, needs, row.user_id, times
        ):
            return False
        return not (self._is_any_restricted and room.id in self._rooms_closed_to(row.user_id))

    def _rooms_closed_to(self, user_id: int) -> set[int]:
        if user_id not in self._closed_to:
            self._closed_to[user_id] = eligibility.rooms_closed_to(self._session, user_id)
        return self._closed_to[user_id]

    def _hold_until(self, row: sa.Row) -> datetime:
        """Not beyond the start; of a meeting that should have begun, as long as one waits."""
        latest = row.reserve_from if self._now < row.reserve_from else row.wait_until
        return min(self._now + self._policy.hold, latest)


def _taken(session: Session, room_ids: list[int], rows: Sequence[sa.Row]) -> dict[int, Timeline]:
    """What is taken at the times of these rows, by room; each stretch of time is asked for once."""
    found: dict[int, set[Interval]] = defaultdict(set)
    for window in _merged((row.reserve_from, row.reserve_to) for row in rows):
        for room_id, intervals in occupancy.taken(session, room_ids, window).items():
            found[room_id].update(intervals)
    taken: dict[int, Timeline] = defaultdict(Timeline)
    for room_id, its_own in found.items():
        for interval in sorted(its_own):
            taken[room_id].add(*interval)
    return taken


def _merged(intervals: Iterable[Interval]) -> list[Interval]:
    merged: list[Interval] = []
    for start, end in sorted(intervals):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged
