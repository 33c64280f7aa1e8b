"""A request for a room: written, looked after while it waits for its decision, and withdrawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.models import User
from hhu_plugins.rooms import closed_times
from hhu_plugins.rooms.closed_times import IS_CONFIGURED
from hhu_plugins.rooms.decisions import NOT_DECIDED
from hhu_plugins.rooms.intervals import Interval
from hhu_plugins.rooms.models import CONFIRMED, PENDING, WITHDRAWN
from hhu_plugins.rooms.occupancy import RESERVATIONS, ROOMS, Room
from hhu_plugins.rooms.outcomes import Outcome, counted
from hhu_plugins.rooms.wishes import IS_PENDING

USERS = cast(sa.Table, User.__table__)

UNKNOWN = "服务暂时不可用，不能确定预约是否成功。请先查看我的预约，再决定是否重试。"


@dataclass(frozen=True, slots=True)
class AskedRoom:
    """A room as it is when somebody asks for it, and the id that their reservation gets."""

    reservation_id: int
    room: Room
    has_approvers: bool
    has_closed_times: bool  # whether any room is ever closed


@dataclass(frozen=True, slots=True)
class SubmittedReservation:
    """A request as it is written, and its room.

    To load the two as mapped objects was a fifth of the web server's work for a reservation.
    """

    id: int
    room: Room
    user_id: int
    reserve_from: datetime
    reserve_to: datetime
    description: str
    decide_within: timedelta | None  # afterwards it is withdrawn instead; None: it waits for ever
    request_id: str | None
    status: str = PENDING
    # What it has besides, as long as it waits: it is decided alone, and was never changed.
    revision: int = 0
    series: None = None
    series_index: None = None


def _array(name: str, of: sa.types.TypeEngine) -> sa.BindParameter:
    return sa.bindparam(name, type_=sa.ARRAY(of))


_INSTANT = sa.DateTime(timezone=True)
_ASKED = (
    sa.func.unnest(_array("room_ids", sa.BigInteger()))
    .table_valued(sa.column("room_id", sa.BigInteger), with_ordinality="place")
    .render_derived("asked")
)
_ROOM_FIELDS = [field.name for field in fields(Room)]
_SELECT_ASKED = sa.select(
    _ASKED.c.place,
    sa.func.nextval(sa.func.pg_get_serial_sequence("rooms_reservations", "id")),
    ROOMS.c.approvers_id.is_not(None),
    IS_CONFIGURED,
    *(ROOMS.c[name] for name in _ROOM_FIELDS),
).join_from(_ASKED, ROOMS, ROOMS.c.id == _ASKED.c.room_id)


def find_rooms(session: Session, room_ids: Sequence[int]) -> list[AskedRoom | None]:
    """The rooms that are asked for, one for each id; None where there is no such room."""
    found: list[AskedRoom | None] = [None] * len(room_ids)
    for place, new_id, has_approvers, has_closed_times, *room in session.execute(
        _SELECT_ASKED, {"room_ids": list(room_ids)}
    ):
        found[place - 1] = AskedRoom(new_id, Room(*room), has_approvers, has_closed_times)
    return found


_TYPES: dict[str, sa.types.TypeEngine] = {
    "id": sa.BigInteger(),
    "room_id": sa.BigInteger(),
    "user_id": sa.BigInteger(),
    "reserve_from": _INSTANT,
    "reserve_to": _INSTANT,
    "description": sa.Text(),
    "decide_within": sa.Interval(),
    "request_id": sa.Text(),
}
_NEW = (
    sa.func.unnest(*(_array(name, type_) for name, type_ in _TYPES.items()))
    .table_valued(*(sa.column(name, type_) for name, type_ in _TYPES.items()))
    .render_derived("new")
)
_WRITTEN_AS_IT_IS = [name for name in _TYPES if name != "decide_within"]
_SELECT_NEW = sa.select(
    *(_NEW.c[name] for name in _WRITTEN_AS_IT_IS),
    sa.literal_column(f"'{PENDING}'"),
    sa.func.now() + _NEW.c.decide_within,
).join_from(_NEW, ROOMS, ROOMS.c.id == _NEW.c.room_id)
# Whose room or user is being changed or deleted at this moment is left out.
_SELECT_UNHELD = _SELECT_NEW.join(USERS, USERS.c.id == _NEW.c.user_id).with_for_update(
    read=True, key_share=True, skip_locked=True, of=(ROOMS, USERS)
)


def _write(select: sa.Select) -> sa.Insert:
    names = [*_WRITTEN_AS_IT_IS, "status", "decide_before"]
    insert = sa.insert(RESERVATIONS).from_select(names, select, include_defaults=False)
    return insert.returning(RESERVATIONS.c.id)


_WRITE = _write(_SELECT_NEW)
_WRITE_UNHELD = _write(_SELECT_UNHELD)


def write(
    session: Session, submitted: Sequence[SubmittedReservation], *, waits: bool = False
) -> list[bool]:
    """Write requests, to be decided after the commit; which of them were written.

    Not those whose room is gone, and unless ``waits`` not those whose room or user somebody holds:
    the others shall not wait for them.
    """
    values: dict[str, list[Any]] = {
        name: [asked.room.id if name == "room_id" else getattr(asked, name) for asked in submitted]
        for name in _TYPES
    }
    written = set(session.scalars(_WRITE if waits else _WRITE_UNHELD, values))
    return [asked.id in written for asked in submitted]


def submit(
    session: Session,
    *,
    room_id: int,
    user_id: int,
    interval: Interval,
    description: str,
    decide_within: timedelta | None,
    request_id: str | None = None,
    in_any_room: bool = False,
) -> SubmittedReservation | None:
    """Write one request in this transaction; None where there is no such room.

    A room that may need approval counts as none, unless ``in_any_room``.
    """
    found = find_rooms(session, [room_id])[0]
    if found is None or (found.has_approvers and not in_any_room):
        return None
    new_id, room = found.reservation_id, found.room
    asked = SubmittedReservation(
        new_id, room, user_id, *interval, description, decide_within, request_id
    )
    return asked if write(session, [asked], waits=True)[0] else None


_HAS_THE_SAME = sa.select(
    sa.exists().where(
        RESERVATIONS.c.user_id == sa.bindparam("user_id"),
        RESERVATIONS.c.room_id == sa.bindparam("room_id"),
        RESERVATIONS.c.reserve_from == sa.bindparam("start"),
        RESERVATIONS.c.reserve_to == sa.bindparam("end"),
        RESERVATIONS.c.status == CONFIRMED,
    )
)


def is_closed(session: Session, asked: SubmittedReservation) -> bool:
    """Whether the room is closed then, so that nobody has to wait for that decision.

    Not so of what the same user has already: whether this is the same request, sent twice, is for
    the decision.
    """
    start, end = asked.reserve_from, asked.reserve_to
    if not closed_times.read(session, start, end).during(asked.room, start, end):
        return False
    same = {"user_id": asked.user_id, "room_id": asked.room.id, "start": start, "end": end}
    return not session.scalar(_HAS_THE_SAME, same)


_SELECT_OUTCOME = sa.select(
    RESERVATIONS.c.status, RESERVATIONS.c.status_reason, RESERVATIONS.c.repeats_id
).where(RESERVATIONS.c.id == sa.bindparam("reservation_id"), ~IS_PENDING)


def find_outcome(session: Session, reservation_id: int) -> Outcome | None:
    """What has become of a request, or None while it has still to be decided."""
    row = session.execute(_SELECT_OUTCOME, {"reservation_id": reservation_id}).first()
    return tuple(row) if row is not None else None


def is_written(session: Session, reservation_id: int, request_id: str | None) -> bool:
    """Whether this web request's row is there: the database may have broken off its commit.

    The id alone says nothing: after a crash PostgreSQL may give it to another row.
    """
    mine = sa.and_(
        RESERVATIONS.c.id == reservation_id,
        RESERVATIONS.c.request_id.is_not_distinct_from(request_id),
    )
    return bool(session.scalar(sa.select(sa.exists().where(mine))))


_WITHDRAW = counted(
    sa.update(RESERVATIONS)
    .where(RESERVATIONS.c.id == sa.bindparam("reservation_id"), IS_PENDING)
    .values(
        status=WITHDRAWN, status_reason=NOT_DECIDED, status_changed_at=sa.func.clock_timestamp()
    ),
    sa.literal_column("'withdrawn'", sa.Text),
)


def withdraw(session: Session, reservation_id: int) -> None:
    """Close a request that nobody has decided; one that is decided stays as it is."""
    session.execute(_WITHDRAW, {"reservation_id": reservation_id})
