"""A request for a room: written, looked after while it waits for its decision, and withdrawn."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_plugins.rooms import closed_times
from hhu_plugins.rooms.closed_times import IS_CONFIGURED
from hhu_plugins.rooms.decisions import NOT_DECIDED
from hhu_plugins.rooms.intervals import Interval
from hhu_plugins.rooms.models import CONFIRMED, PENDING, WITHDRAWN
from hhu_plugins.rooms.occupancy import RESERVATIONS, ROOMS, Room
from hhu_plugins.rooms.outcomes import Outcome, counted
from hhu_plugins.rooms.wishes import IS_PENDING

UNKNOWN = "服务暂时不可用，不能确定预约是否成功。请先查看我的预约，再决定是否重试。"


@dataclass(frozen=True, slots=True)
class SubmittedReservation:
    """A request that has been written, and its room.

    To load the two as mapped objects was a fifth of the web server's work for a reservation.
    """

    id: int
    room: Room
    user_id: int
    reserve_from: datetime
    reserve_to: datetime
    description: str
    has_closed_times: bool  # whether any room is ever closed
    status: str = PENDING
    # What it has besides, as long as it waits: it is decided alone, and was never changed.
    revision: int = 0
    series: None = None
    series_index: None = None


def _write_request(*conditions: sa.ColumnElement[bool]) -> sa.Select:
    written = (
        sa.insert(RESERVATIONS)
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
                ROOMS.c.id,
                sa.bindparam("user_id", type_=sa.BigInteger),
                sa.bindparam("reserve_from", type_=sa.DateTime(timezone=True)),
                sa.bindparam("reserve_to", type_=sa.DateTime(timezone=True)),
                sa.bindparam("description", type_=sa.Text),
                sa.literal_column(f"'{PENDING}'"),
                sa.func.now() + sa.bindparam("decide_within", type_=sa.Interval),
                sa.bindparam("request_id", type_=sa.String),
            ).where(ROOMS.c.id == sa.bindparam("room_id"), *conditions),
        )
        .returning(RESERVATIONS.c.id, RESERVATIONS.c.room_id)
        .cte("written")
    )
    return sa.select(
        written.c.id,
        *(ROOMS.c[field.name].label(f"room_{field.name}") for field in fields(Room)),
        IS_CONFIGURED.label("has_closed_times"),
    ).join(ROOMS, ROOMS.c.id == written.c.room_id)


# Rooms that may need approval are looked at apart: so nobody else pays for it.
_WRITE_REQUEST = _write_request(ROOMS.c.approvers_id.is_(None))
_WRITE_REQUEST_IN_ANY_ROOM = _write_request()


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
    """Write a request, to be decided after the commit; None where there is no such room.

    A room that may need approval counts as none, unless ``in_any_room``. After ``decide_within`` it is withdrawn instead of decided; None: it waits for ever.
    """
    start, end = interval
    row = session.execute(
        _WRITE_REQUEST_IN_ANY_ROOM if in_any_room else _WRITE_REQUEST,
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
        return None
    room = Room(*row[1:-1])
    return SubmittedReservation(row[0], room, user_id, start, end, description, row[-1])


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
    if not asked.has_closed_times:
        return False
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
