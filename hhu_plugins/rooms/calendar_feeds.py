"""The reservations as calendars: one's own, and those of a room.

Confirmed ones of the last weeks and all that are ahead; cancelled ones stay for a while, marked,
so that a calendar program which knows them takes them off instead of keeping them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import MAXYEAR, UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base import calendars
from hhu_base.calendars import Entry, Feed
from hhu_base.models import User
from hhu_plugins.rooms import closed_times, closures, display, occupancy
from hhu_plugins.rooms.models import (
    CANCELLED,
    CONFIRMED,
    PENDING,
    Closure,
    Meetingroom,
    Reservation,
)
from hhu_plugins.rooms.opening_hours import outside, read_week

# How far back the feeds reach, and for how long they tell of what was cancelled.
PAST = timedelta(days=60)
PAST_OF_ROOM = timedelta(days=14)
CANCELLED_FOR = timedelta(days=30)
# Users who reserve and cancel all day must not make everybody's feed of the room endless.
MOST_CANCELLED = 500
# Nights are not news: enough of them to find free time next week.
HOURS_AHEAD = timedelta(days=14)

GONE = "已取消"
_STATUS = {
    CONFIRMED: calendars.CONFIRMED,
    PENDING: calendars.TENTATIVE,
    CANCELLED: calendars.CANCELLED,
}
_COLUMNS = (
    Reservation.id,
    Reservation.reserve_from,
    Reservation.reserve_to,
    Reservation.description,
    Reservation.status,
    Reservation.status_reason,
    Reservation.requested_at,
    Reservation.revision,
    Reservation.series_id,
    sa.func.greatest(Reservation.status_changed_at, Reservation.changed_at).label("changed"),
)


def of_person(session: Session, user_id: int, now: datetime) -> Feed:
    """The user's own."""
    statement = (
        sa.select(*_COLUMNS, Meetingroom)
        .join(Reservation.room)
        .where(Reservation.user_id == user_id, Reservation.reserve_to > now - PAST)
    )
    rows = _rows(session, statement, now, CONFIRMED, PENDING)
    return Feed(
        "我的会议室预约",
        [
            _entry(row, row.description, display.full_name(row.Meetingroom), _with_reason(row))
            for row in rows
        ],
    )


def of_room(session: Session, room_id: int, now: datetime) -> Feed | None:
    """Who has the room, as everybody may see it by the availability query, and when it is closed.

    None: no such room.

    That query tells nobody of cancelled ones: of those there is no more than the time.
    """
    room = session.get(Meetingroom, room_id)
    if room is None:
        return None
    statement = (
        sa.select(*_COLUMNS, User.username, User.fullname.label("fullname"), User.phone)
        .join(Reservation.user)
        .where(Reservation.room_id == room_id, occupancy.not_over(now - PAST_OF_ROOM))
    )
    rows = _rows(session, statement, now, CONFIRMED)
    place = display.full_name(room)
    entries = [_entry(row, *_public(row, place)) for row in rows]
    return Feed(f"{place} 预约", [*entries, *_closed(session, room, now)])


def _rows(session: Session, statement: sa.Select, now: datetime, *statuses: str) -> list[Any]:
    """Those of these statuses and those cancelled lately, in the order of time."""
    # Not in one statement: only the cancelled ones are limited.
    rows = session.execute(statement.where(Reservation.status.in_(statuses))).all()
    gone = session.execute(
        statement.where(
            Reservation.status == CANCELLED,
            Reservation.status_changed_at > now - CANCELLED_FOR,
            Reservation.hold_until.is_(None),  # nobody knew of what was only held
        )
        .order_by(Reservation.status_changed_at.desc())
        .limit(MOST_CANCELLED)
    ).all()
    return sorted([*rows, *gone], key=lambda row: (row.reserve_from, row.id))


def _entry(row: Any, summary: str, location: str, description: str) -> Entry:
    is_gone = row.status == CANCELLED and summary != GONE
    return Entry(
        name=f"reservation-{row.id}",
        start=row.reserve_from,
        end=row.reserve_to,
        # Many programs show no status.
        summary=f"{GONE}：{summary}" if is_gone else summary,
        location=location,
        description=description,
        created=row.requested_at,
        changed=row.changed,
        revision=row.revision,
        status=_STATUS[row.status],
        series=None if row.series_id is None else f"series-{row.series_id}",
    )


def _public(row: Any, place: str) -> tuple[str, str, str]:
    if row.status == CANCELLED:
        return GONE, place, ""
    holder = f"{row.username}-{row.fullname}"
    lines = [f"预约人：{holder}", *([f"电话：{row.phone}"] if row.phone else []), row.description]
    return f"{holder}：{row.description}", place, "\n".join(lines)


def _closed(session: Session, room: Meetingroom, now: datetime) -> Iterator[Entry]:
    """When everybody finds the room closed: by closures, and for some days by its opening hours."""
    place = display.full_name(room)
    is_told = Closure.ends.is_(None) | (Closure.ends > now - PAST_OF_ROOM)
    for row in session.scalars(
        sa.select(Closure).where(closures.at(room), is_told).order_by(Closure.starts, Closure.id)
    ):
        yield Entry(
            name=f"closure-{row.id}-{room.id}",
            start=row.starts,
            # No program knows one without an end; this one is far away, and the same for a year.
            end=row.ends or datetime(min(max(row.starts, now).year + 2, MAXYEAR), 1, 1, tzinfo=UTC),
            summary=f"不开放：{row.reason}",
            location=place,
            description="" if row.ends else "结束时间未定。",
            created=row.created_at,
            changed=row.changed_at,
            revision=row.revision,
        )
    own, of_all = closures.hours_of(session, room)
    table = own or of_all
    if table is None:
        return
    zone = ZoneInfo(table.zone)
    start = datetime.combine(now.astimezone(zone).date(), time(), zone).astimezone(UTC)
    for opens, closes in outside(read_week(table.week), zone, (start, start + HOURS_AHEAD)):
        yield Entry(
            name=f"outside-hours-{room.id}-{opens:%Y%m%dT%H%M}",
            start=opens,
            end=closes,
            summary=closed_times.OUTSIDE,
            location=place,
            description="",
            created=table.changed_at,
            changed=table.changed_at,
            revision=table.revision,
        )


def _with_reason(row: Any) -> str:
    if row.status == CANCELLED and row.status_reason:
        return f"{row.description}\n取消原因：{row.status_reason}"
    return row.description


def of_reservation(session: Session, user_id: int, reservation_id: int) -> Feed | None:
    """One of the user's own, to be put into a calendar; None where there is none."""
    row = session.execute(
        sa.select(*_COLUMNS, Meetingroom)
        .join(Reservation.room)
        .where(
            Reservation.id == reservation_id,
            Reservation.user_id == user_id,
            Reservation.status.in_(tuple(_STATUS)),
        )
    ).first()
    if row is None:
        return None
    entry = _entry(row, row.description, display.full_name(row.Meetingroom), _with_reason(row))
    return Feed(row.description, [entry])
