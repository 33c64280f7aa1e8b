"""When rooms are closed: outside their opening hours, and by closures.

One statement reads the rules that bear on a window of time; all the rest is computed. Times are
in UTC, intervals half-open.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, NamedTuple, Protocol, cast
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.values.refusal import TOGETHER, Refusal
from hhu_plugins.rooms.intervals import Interval, contains, to_utc
from hhu_plugins.rooms.models import Closure, Meetingroom, OpeningHours
from hhu_plugins.rooms.opening_hours import Week, outside, read_week
from hhu_plugins.rooms.policy import ExceedsPolicy

CLOSED = "会议室在该时间段不开放。"
OUTSIDE = "非开放时间"

HOURS = cast(sa.Table, OpeningHours.__table__)
CLOSURES = cast(sa.Table, Closure.__table__)
_ROOMS = cast(sa.Table, Meetingroom.__table__)

# A column for the statements on the path of a reservation: where it is false they need no other.
IS_CONFIGURED = sa.or_(
    sa.exists(sa.select(sa.literal_column("1")).select_from(HOURS)),
    sa.exists(
        sa.select(sa.literal_column("1"))
        .select_from(CLOSURES)
        .where(CLOSURES.c.ends.is_(None) | (CLOSURES.c.ends > sa.func.now()))
    ),
)
_SELECT_RULES = sa.union_all(
    sa.select(
        HOURS.c.room_id,
        sa.null().cast(sa.Text).label("location"),
        sa.null().cast(sa.DateTime(timezone=True)).label("starts"),
        sa.null().cast(sa.DateTime(timezone=True)).label("ends"),
        HOURS.c.week.label("text"),
        HOURS.c.zone,
    ),
    sa.select(
        CLOSURES.c.room_id,
        CLOSURES.c.location,
        CLOSURES.c.starts,
        CLOSURES.c.ends,
        CLOSURES.c.reason,
        sa.null().cast(sa.Text),
    ).where(
        CLOSURES.c.starts < sa.bindparam("end", type_=sa.DateTime(timezone=True)),
        CLOSURES.c.ends.is_(None)
        | (CLOSURES.c.ends > sa.bindparam("start", type_=sa.DateTime(timezone=True))),
    ),
)
_SELECT_PLACES = sa.select(_ROOMS.c.id, _ROOMS.c.location)


class HasPlace(Protocol):
    """A room, as far as it matters here."""

    @property
    def id(self) -> int: ...
    @property
    def location(self) -> str: ...


class Closed(NamedTuple):
    """A stretch in which a room is closed; ``is_closure`` is false outside its opening hours."""

    start: datetime
    end: datetime
    reason: str
    is_closure: bool


class RoomClosed(Refusal):
    """A closure covers some of the time; ``by`` says which."""

    def __init__(self, by: Sequence[Closed]):
        super().__init__(CLOSED, TOGETHER)
        self.by = by


class OutsideHours(ExceedsPolicy):
    """Some of the time is outside the room's opening hours; administrators may want that."""

    def __init__(self) -> None:
        super().__init__(CLOSED, TOGETHER)


class ClosedTimes:
    """The rules that bear on a window. It is false where there are none."""

    def __init__(self, rows: Iterable[Any] = ()):
        self._weeks: dict[int | None, tuple[Week, ZoneInfo]] = {}
        # By (room's id, place): both null are all rooms.
        self._closures: dict[tuple[int | None, str | None], list[Any]] = defaultdict(list)
        for row in rows:
            if row.zone is not None:
                self._weeks[row.room_id] = read_week(row.text), ZoneInfo(row.zone)
            else:
                self._closures[row.room_id, row.location].append(row)
        self._outside: dict[Any, list[Closed]] = {}

    def __bool__(self) -> bool:
        return bool(self._weeks or self._closures)

    @property
    def has_hours(self) -> bool:
        return bool(self._weeks)

    def during(self, room: HasPlace, start: datetime, end: datetime) -> list[Closed]:
        """When the room is closed in this part of the window: disjoint, in the order of time."""
        beyond = self._outside_of(room, start, end)
        closures = [
            row
            for key in ((room.id, None), (None, room.location), (None, None))
            for row in self._closures.get(key, ())
            if row.starts < end and (row.ends is None or row.ends > start)
        ]
        if not closures:
            return beyond
        closures.sort(key=attrgetter("starts"))
        return _laid(
            [
                Closed(max(row.starts, start), min(row.ends or end, end), row.text, True)
                for row in closures
            ],
            beyond,
        )

    def opening(self, room: HasPlace, start: datetime, end: datetime) -> list[Interval] | None:
        """When it is open by its hours, whatever closures there are; None: no hours, always open."""
        if not (room.id in self._weeks or None in self._weeks):
            return None
        found = []
        for each in self._outside_of(room, start, end):
            if start < each.start:
                found.append((start, each.start))
            start = each.end
        return [*found, (start, end)] if start < end else found

    def _outside_of(self, room: HasPlace, start: datetime, end: datetime) -> list[Closed]:
        table = self._weeks.get(room.id) or self._weeks.get(None)
        if table is None:
            return []
        # Most rooms share a table, and are asked about for the same time.
        key = (*table, start, end)
        found = self._outside.get(key)
        if found is None:
            found = [Closed(*each, OUTSIDE, False) for each in outside(*table, (start, end))]
            self._outside[key] = found
        return found


def _laid(closures: list[Closed], beyond: list[Closed]) -> list[Closed]:
    """Where they overlap the first of ``closures`` counts, and any counts before the hours."""
    laid: list[Closed] = []
    for each in closures:
        start = max(each.start, laid[-1].end) if laid else each.start
        if start < each.end:
            laid.append(each._replace(start=start))
    rest: list[Closed] = []
    first = 0
    for each in beyond:
        while first < len(laid) and laid[first].end <= each.start:
            first += 1
        start = each.start
        for closure in laid[first:]:
            if closure.start >= each.end:
                break
            if start < closure.start:
                rest.append(each._replace(start=start, end=closure.start))
            start = max(start, closure.end)
        if start < each.end:
            rest.append(each._replace(start=start))
    return sorted(laid + rest)


def read(session: Session, start: datetime, end: datetime) -> ClosedTimes:
    """The rules that bear on this window."""
    found = session.execute(_SELECT_RULES, {"start": start, "end": end}).all()
    return ClosedTimes(found)


def closed_rooms(
    session: Session, closed: ClosedTimes, start: datetime, end: datetime
) -> list[int]:
    """The ids of all rooms that are closed for some of this part of its window."""
    if not closed:
        return []
    places = session.execute(_SELECT_PLACES).all()
    return [room.id for room in places if closed.during(cast(HasPlace, room), start, end)]


def by_room(
    session: Session,
    room_ids: Collection[int],
    window: Interval,
    *,
    only_closures: bool = False,
) -> dict[int, list[Interval]]:
    """When these rooms are closed in the window, in order of time, by the room's id."""
    closed = read(session, *window)
    if not closed:
        return {}
    # Most rooms share a table of hours, and the list that follows from it.
    intervals: dict[int, list[Interval]] = {}

    def of(found: list[Closed]) -> list[Interval]:
        if id(found) not in intervals:
            intervals[id(found)] = [
                (each.start, each.end) for each in found if each.is_closure or not only_closures
            ]
        return intervals[id(found)]

    rooms = [room for room in session.execute(_SELECT_PLACES) if room.id in room_ids]
    # Kept until all are read: an id is one object's only as long as that lives.
    during = {room.id: closed.during(cast(HasPlace, room), *window) for room in rooms}
    return {room_id: of(found) for room_id, found in during.items()}


def check(
    session: Session, room: HasPlace, interval: Interval, *, may_exceed: bool = False
) -> None:
    """Raises RoomClosed, or OutsideHours unless ``may_exceed``, if the room is closed then.

    Whoever is about to store it holds the lock of the reservations, as do those who close rooms.
    """
    start, end = to_utc(interval)
    found = read(session, start, end).during(room, start, end)
    if closures := [each for each in found if each.is_closure]:
        raise RoomClosed(closures)
    if found and not may_exceed:
        raise OutsideHours


def refusals(session: Session, rows: Sequence[Any]) -> dict[int, str]:
    """Of wishes that are being decided: the ids of those that can't be had, with the sentence.

    For their rows see ``wishes``. What administrators ask for may lie outside opening hours: they
    were told. What takes no more than its reservation had may stay, whatever was closed since.
    """
    if not rows or not rows[0].has_closed_times:
        return {}
    start = min(row.reserve_from for row in rows)
    closed = read(session, start, max(row.reserve_to for row in rows))
    if not closed:
        return {}
    of_these = _SELECT_PLACES.where(
        _ROOMS.c.id == sa.any_(sa.bindparam("ids", sa.ARRAY(sa.BigInteger)))
    )
    found = session.execute(of_these, {"ids": list({row.room_id for row in rows})})
    rooms = {room.id: cast(HasPlace, room) for room in found}
    return {
        row.id: CLOSED
        for row in rows
        if not _stays_inside(row)
        and any(
            each.is_closure or row.by_user_id is None
            for each in closed.during(rooms[row.room_id], row.reserve_from, row.reserve_to)
        )
    }


def _stays_inside(wish: Any) -> bool:
    return (
        wish.reservation_id is not None
        and wish.room_id == wish.was_room_id
        and contains((wish.was_from, wish.was_to), (wish.reserve_from, wish.reserve_to))
    )
