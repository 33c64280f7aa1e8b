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
FRESH_DAYS = 7
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
_ROOM_DAYS = f"""
    WITH found AS ({_FOUND}),
    counted AS (
        SELECT begins::date AS day, room_id, {_COUNTS} FROM found GROUP BY 1, 2
    ),
    pieces AS (
        SELECT begins::date AS day, room_id, extract(hour FROM hour)::int AS hour,
               extract(epoch FROM least(ends, hour + interval '1 hour') - greatest(begins, hour)) / 60
                   AS minutes
          FROM found, generate_series(
                   date_trunc('hour', begins), ends - interval '1 microsecond', interval '1 hour'
               ) AS hour
         WHERE status = 'confirmed'
    ),
    reserved AS (SELECT day, room_id, ARRAY[{_IN_HOURS}] AS hours FROM pieces GROUP BY 1, 2)
    SELECT day, room_id, confirmed, cancelled, released,
           coalesce(hours, array_fill(0, ARRAY[24])) AS hours
      FROM counted LEFT JOIN reserved USING (day, room_id)
"""  # noqa: S608 - of constants
_DEPARTMENT_DAYS = f"""
    SELECT begins::date AS day, department_id, {_COUNTS},
           coalesce(sum(extract(epoch FROM ends - begins) / 60)
                    FILTER (WHERE status = 'confirmed'), 0)::int AS minutes
      FROM ({_FOUND}) AS found JOIN core_users ON core_users.id = user_id
     GROUP BY 1, 2
"""  # noqa: S608
_HOUR_SUMS = ", ".join(f"sum(hours[{hour + 1}])::int" for hour in _HOURS)
_BY_ROOM = sa.text(f"""
    SELECT room_id, extract(isodow FROM day)::int AS weekday, sum(confirmed)::int AS confirmed,
           sum(cancelled)::int AS cancelled, sum(released)::int AS released, ARRAY[{_HOUR_SUMS}] AS hours
      FROM (SELECT day, room_id, confirmed, cancelled, released, hours FROM rooms_days
             WHERE day BETWEEN :first AND :last
             UNION ALL ({_ROOM_DAYS})) AS days
     GROUP BY 1, 2
""")  # noqa: S608
_BY_DEPARTMENT = sa.text(f"""
    SELECT department_id, sum(confirmed)::int AS confirmed, sum(cancelled)::int AS cancelled,
           sum(released)::int AS released, sum(minutes)::bigint AS minutes
      FROM (SELECT department_id, confirmed, cancelled, released, minutes FROM rooms_department_days
             WHERE day BETWEEN :first AND :last
             UNION ALL
            SELECT department_id, confirmed, cancelled, released, minutes
              FROM ({_DEPARTMENT_DAYS}) AS fresh) AS days
     GROUP BY 1
""")  # noqa: S608


def by_room(session: Session, first: date, last: date, zone: tzinfo) -> Sequence[Any]:
    """A row for each room and weekday (1 is Monday): counts, and minutes of each hour of the day."""
    return session.execute(_BY_ROOM, _parameters(session, first, last, zone)).all()


def by_department(session: Session, first: date, last: date, zone: tzinfo) -> Sequence[Any]:
    """A row for each department of the holders; null: of none."""
    return session.execute(_BY_DEPARTMENT, _parameters(session, first, last, zone)).all()


def refresh(session: Session, now: datetime, zone: tzinfo) -> None:
    """Make all sums anew, up to ``FRESH_DAYS`` days ago."""
    lock(session, LOCK)
    # Those who look meanwhile see the sums of before, and wait for nothing.
    session.execute(sa.text("DELETE FROM rooms_days"))
    session.execute(sa.text("DELETE FROM rooms_department_days"))
    until = now.astimezone(zone).date() - timedelta(days=FRESH_DAYS)
    parameters = _interval(_BEGINNING, until, zone)
    session.execute(
        sa.text(
            "INSERT INTO rooms_days (day, room_id, confirmed, cancelled, released, hours)"
            f" {_ROOM_DAYS}"
        ),
        parameters,
    )
    session.execute(
        sa.text(
            "INSERT INTO rooms_department_days"
            f" (day, department_id, confirmed, cancelled, released, minutes) {_DEPARTMENT_DAYS}"
        ),
        parameters,
    )


def _parameters(session: Session, first: date, last: date, zone: tzinfo) -> dict[str, Any]:
    # Whatever is after the last sum is read as it is: also before the task has ever run.
    kept = session.scalar(sa.text("SELECT max(day) FROM rooms_days")) or _BEGINNING
    fresh = max(first, kept + timedelta(days=1))
    days = {"first": first, "last": min(last, kept)}
    return days | _interval(fresh, max(last + timedelta(days=1), fresh), zone)


def _interval(first: date, end: date, zone: tzinfo) -> dict[str, Any]:
    start, end_ = (datetime.combine(day, time(), zone).astimezone(UTC) for day in (first, end))
    return {"start": start, "end": end_, "zone": str(zone)}
