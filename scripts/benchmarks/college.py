"""The data of the benchmarks: 200 rooms, a teacher who is signed in, stored reservations."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg

from benchmarks.house import House
from hhu_base.web.security import digest_of

ROOMS = 200
LARGE_ROOMS = 50
SEATS_OF_LARGE = 100
TOKEN = "benchmark"  # noqa: S105 - of a database that is thrown away
ZONE = ZoneInfo("Asia/Shanghai")

# A day of a busy college: a room is taken from 8, 10, 12 … 20 o'clock, for an hour or more.
A_DAY = 7
_FULL_DAY = ROOMS * A_DAY


def prepare(house: House, stored: int = 0, *, is_past: bool = False) -> None:
    """Empty the house, then fill it with rooms, a teacher and ``stored`` reservations.

    All days are equally busy, so that more stored means a longer history and a fuller diary, not
    a fuller day. ``is_past``: all of them have ended, the future is free.
    """
    with house.connect() as connection:
        connection.execute(
            "TRUNCATE rooms_reservations, rooms_meetingrooms, core_users, core_tokens"
            " RESTART IDENTITY CASCADE"
        )
        connection.execute(
            "INSERT INTO core_users (username, last_name, first_name, phone)"
            " VALUES ('t0001', '褚', '杰', '13800000000')"
        )
        connection.execute(
            "INSERT INTO core_tokens (digest, user_id, expires_at)"
            " VALUES (%s, 1, now() + interval '1 day')",
            [digest_of(TOKEN)],
        )
        connection.execute(
            "INSERT INTO rooms_meetingrooms (name, location, seats_count, label)"
            " SELECT 'R' || n, '楼' || n %% 8, CASE WHEN n <= %s THEN %s ELSE 20 END, '投影'"
            " FROM generate_series(1, %s) AS n",
            [LARGE_ROOMS, SEATS_OF_LARGE, ROOMS],
        )
        if stored:
            _store(connection, stored, is_past)
        connection.execute("VACUUM ANALYZE")
        # The benchmark that follows shall not pay for writing this.
        connection.execute("CHECKPOINT")


def set_closed_times(house: House) -> None:
    """Hours for all rooms, others for a fifth of them, and 500 closures, most of them another day."""
    week, other = ("|".join([day] * 7) for day in ("07:00-22:30", "08:00-12:00,13:30-21:30"))
    with house.connect() as connection:
        connection.execute(
            "INSERT INTO rooms_opening_hours (room_id, week, zone)"
            " SELECT nullif(n, 0), CASE n WHEN 0 THEN %s ELSE %s END, %s"
            " FROM generate_series(0, %s, 5) AS n",
            [week, other, ZONE.key, ROOMS],
        )
        connection.execute(
            "INSERT INTO rooms_closures (room_id, location, starts, ends, reason)"
            " SELECT CASE WHEN n %% 10 > 1 THEN n %% %(rooms)s + 1 END,"
            " CASE WHEN n %% 10 = 1 THEN '楼' || n %% 8 END, start,"
            " CASE WHEN n %% 50 <> 2 THEN start + interval '3 hours' END, '期末考试'"
            " FROM generate_series(1, 500) AS n,"
            " LATERAL (SELECT %(day)s + n / 2 * interval '1 day' + interval '21 hours') AS at(start)",
            {"rooms": ROOMS, "day": midnight(-30)},
        )
        connection.execute("ANALYZE rooms_opening_hours, rooms_closures")


def clear_closed_times(house: House) -> None:
    with house.connect() as connection:
        connection.execute("DELETE FROM rooms_opening_hours")
        connection.execute("DELETE FROM rooms_closures")


def midnight(days_ahead: int) -> datetime:
    """When that day begins for the college, in UTC."""
    today = datetime.now(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    return (today + timedelta(days=days_ahead)).astimezone(UTC)


def get(path: str) -> bytes:
    """A request of the teacher's."""
    return (
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Token {TOKEN}\r\n\r\n"
    ).encode()


def _store(connection: psycopg.Connection, stored: int, is_past: bool) -> None:
    days = -(-stored // _FULL_DAY)
    first_day = midnight(-days if is_past else -(days // 2))
    # The constraint checks each row as it comes: a million take minutes, built afterwards one.
    with connection.transaction():
        (name, definition) = _overlap_constraint(connection)
        connection.execute(f"ALTER TABLE rooms_reservations DROP CONSTRAINT {name}")
        connection.execute(
            """
            INSERT INTO rooms_reservations
                (room_id, user_id, reserve_from, reserve_to, description, status)
            SELECT n %% %(rooms)s + 1, 1, start,
                   start + interval '30 minutes' * (2 + n %% 3), '组会', 'confirmed'
            FROM generate_series(0, %(stored)s - 1) AS n,
                 LATERAL (SELECT %(first_day)s + n / %(full_day)s * interval '1 day'
                     + (8 + 2 * (n / %(rooms)s %% %(a_day)s)) * interval '1 hour') AS at(start)
            """,
            {
                "stored": stored,
                "rooms": ROOMS,
                "a_day": A_DAY,
                "full_day": _FULL_DAY,
                "first_day": first_day,
            },
        )
        connection.execute("SET LOCAL maintenance_work_mem = '256MB'")
        connection.execute(f"ALTER TABLE rooms_reservations ADD CONSTRAINT {name} {definition}")


def _overlap_constraint(connection: psycopg.Connection) -> tuple[str, str]:
    found = connection.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid = 'rooms_reservations'::regclass AND contype = 'x'"
    ).fetchone()
    assert found is not None, "rooms_reservations has lost its exclusion constraint"  # noqa: S101
    return found
