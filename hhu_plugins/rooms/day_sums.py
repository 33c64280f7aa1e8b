"""Sums of each day: kept for what is long past, made on the spot for the rest.

A task makes all that are kept anew, several times a day: whoever corrects the past changes the figures of
it within hours. The last ``FRESH_DAYS`` days, and what is to come, are read from the reservations themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.database import lock

LOCK = "rooms.day_sums"
FRESH_DAYS = 2
_BEGINNING = date(1970, 1, 1)
_HOURS = range(24)

# Two statuses are in one index, two in the other: together one index of both would be no longer small.
_FOUND = """
    SELECT room_id, user_id, status,
           reserve_from AT TIME ZONE :zone AS begins, reserve_to AT TIME ZONE :zone AS ends
      FROM rooms_reservations
     WHERE reserve_from >= :start AND reserve_from < :end AND status IN ('confirmed', 'held')
       AND status = 'confirmed'
    UNION ALL
    SELECT room_id, user_id, status,
           reserve_from AT TIME ZONE :zone, reserve_to AT TIME ZONE :zone
      FROM rooms_reservations
     WHERE reserve_from >= :start AND reserve_from < :end AND status IN ('cancelled', 'released')
"""
_COUNTS = ", ".join(
    f"count(*) FILTER (WHERE status = '{status}')::int AS {status}"
    for status in ("confirmed", "cancelled", "released")
)
_IN_HOURS = ", ".join(
    f"coalesce(sum(minutes) FILTER (WHERE hour = {hour}), 0)::int" for hour in _HOURS
)
_MINUTES = (
    "coalesce(sum(extract(epoch FROM ends - begins) / 60) FILTER (WHERE status = 'confirmed'), 0)::int"
    " AS minutes"
)
_ROOM_DAYS = f"""
    SELECT begins::date AS day, room_id, {_COUNTS}, {_MINUTES} FROM ({_FOUND}) AS found GROUP BY 1, 2
"""  # noqa: S608 - of constants
_DEPARTMENT_DAYS = f"""
    SELECT begins::date AS day, department_id, {_COUNTS}, {_MINUTES}
      FROM ({_FOUND}) AS found JOIN core_users ON core_users.id = user_id
     GROUP BY 1, 2
"""  # noqa: S608
_HOUR_SUMS = f"""
    SELECT day, ARRAY[{_IN_HOURS}] AS minutes
      FROM (SELECT begins::date AS day, extract(hour FROM at)::int AS hour,
                   extract(epoch FROM least(ends, at + interval '1 hour') - greatest(begins, at)) / 60
                       AS minutes
              FROM ({_FOUND}) AS found, generate_series(
                       date_trunc('hour', begins), ends - interval '1 microsecond', interval '1 hour'
                   ) AS at
             WHERE status = 'confirmed') AS pieces
     GROUP BY 1
"""  # noqa: S608
_SUMS = "sum(confirmed)::int AS confirmed, sum(cancelled)::int AS cancelled, sum(released)::int AS released"


def _kept_and_fresh(columns: str, table: str, fresh: str) -> str:
    return (
        f"(SELECT {columns} FROM {table} WHERE day BETWEEN :first AND :last"  # noqa: S608
        f" UNION ALL SELECT {columns} FROM ({fresh}) AS fresh) AS days"
    )


_BY_ROOM = sa.text(
    f"SELECT room_id, {_SUMS}, sum(minutes)::int AS minutes FROM"  # noqa: S608
    f" {_kept_and_fresh('room_id, confirmed, cancelled, released, minutes', 'rooms_days', _ROOM_DAYS)}"
    " GROUP BY 1"
)
_BY_DEPARTMENT = sa.text(
    f"SELECT department_id, {_SUMS}, sum(minutes)::bigint AS minutes FROM"  # noqa: S608
    + _kept_and_fresh(
        "department_id, confirmed, cancelled, released, minutes",
        "rooms_department_days",
        _DEPARTMENT_DAYS,
    )
    + " GROUP BY 1"
)
_BY_HOUR = sa.text(
    "SELECT extract(isodow FROM day)::int AS weekday,"  # noqa: S608
    f" ARRAY[{', '.join(f'sum(minutes[{hour + 1}])::int' for hour in _HOURS)}] AS minutes FROM"
    f" {_kept_and_fresh('day, minutes', 'rooms_hours', _HOUR_SUMS)} GROUP BY 1"
)
_TABLES = {
    "rooms_days": ("day, room_id, confirmed, cancelled, released, minutes", _ROOM_DAYS),
    "rooms_department_days": (
        "day, department_id, confirmed, cancelled, released, minutes",
        _DEPARTMENT_DAYS,
    ),
    "rooms_hours": ("day, minutes", _HOUR_SUMS),
}


def by_room(session: Session, first: date, last: date, zone: tzinfo) -> Sequence[Any]:
    """A row for each room: how many were confirmed, cancelled and released, and for how many minutes."""
    return session.execute(_BY_ROOM, _parameters(session, first, last, zone)).all()


def by_department(session: Session, first: date, last: date, zone: tzinfo) -> Sequence[Any]:
    """The same for each department of the holders; null: of none."""
    return session.execute(_BY_DEPARTMENT, _parameters(session, first, last, zone)).all()


def by_hour(session: Session, first: date, last: date, zone: tzinfo) -> Sequence[Any]:
    """A row for each weekday (1 is Monday): minutes of all rooms in each of the 24 hours."""
    return session.execute(_BY_HOUR, _parameters(session, first, last, zone)).all()


def refresh(session: Session, now: datetime, zone: tzinfo) -> None:
    """Make all sums anew, up to ``FRESH_DAYS`` days ago."""
    lock(session, LOCK)
    until = now.astimezone(zone).date() - timedelta(days=FRESH_DAYS)
    parameters = _interval(_BEGINNING, until, zone)
    for table, (columns, sums) in _TABLES.items():
        # Those who look meanwhile see the sums of before, and wait for nothing.
        session.execute(sa.text(f"DELETE FROM {table}"))  # noqa: S608
        session.execute(sa.text(f"INSERT INTO {table} ({columns}) {sums}"), parameters)  # noqa: S608


def _parameters(session: Session, first: date, last: date, zone: tzinfo) -> dict[str, Any]:
    # Whatever is after the last sum is read as it is: also before the task has ever run.
    kept = session.scalar(sa.text("SELECT max(day) FROM rooms_days")) or _BEGINNING
    fresh = max(first, kept + timedelta(days=1))
    days = {"first": first, "last": min(last, kept)}
    return days | _interval(fresh, max(last + timedelta(days=1), fresh), zone)


def _interval(first: date, end: date, zone: tzinfo) -> dict[str, Any]:
    start, end_ = (datetime.combine(day, time(), zone).astimezone(UTC) for day in (first, end))
    return {"start": start, "end": end_, "zone": str(zone)}
