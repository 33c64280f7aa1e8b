"""A full hall scans the code on the projector; and the filter over 100,000 registrations."""

from __future__ import annotations

import json
import statistics
import time
from datetime import UTC, datetime

import psycopg
import sqlalchemy as sa
from sqlalchemy.orm import Session

from benchmarks import college, load
from benchmarks.house import BenchmarkFailed, House
from benchmarks.tables import Table
from hhu_base.web.security import digest_of
from hhu_plugins.activities import enrollment_search
from hhu_plugins.activities.clockin_codes import SECRET, ClockinCodes
from hhu_plugins.activities.enrollment_search import Filters
from hhu_plugins.activities.expressions import parse

PEOPLE = 500
CODES = ClockinCodes(SECRET.default.encode(), interval=25, grace=5)
LABELS = ("签到", "签退", "午餐", "晚餐")
EXPRESSIONS = ("签到", "签到了但未签退", "（签到或签退）且未午餐")
CLIENTS = 32
REGISTRATIONS = 100_000


def measure(house: House, is_quick: bool) -> list[Table]:
    college.prepare(house)
    with house.connect() as connection:
        connection.execute("TRUNCATE activities_activities RESTART IDENTITY CASCADE")
        _fill(connection)
        clockins = _measure_clockins(house)
        _fill_registrations(connection, REGISTRATIONS // 20 if is_quick else REGISTRATIONS)
    return [clockins, _measure_filter(house)]


def _measure_clockins(house: House) -> Table:
    table = Table("打卡（500 人扫同一个二维码）", ["打卡项", "每秒", "中位（毫秒）", "p99（毫秒）"])
    # The first item warms everything up.
    for item, label in enumerate(LABELS, 1):
        key = CODES.make(item, datetime.now(UTC))
        requests = [_request(number, key) for number in range(1, PEOPLE + 1)]
        result = load.send(house.port, CLIENTS, requests, 0, CODES.grace)
        if result.statuses != {"200": PEOPLE}:
            raise BenchmarkFailed(f"不是每个人都打了卡：{result.statuses}")
        table.rows.append([label, result.a_second, result.percentile(0.5), result.percentile(0.99)])
    table.at_least("打卡，最慢的一项", min(row[1] for row in table.rows[1:]), 200, "次/秒")  # type: ignore[type-var]
    return table


def _measure_filter(house: House) -> Table:
    table = Table("筛选十万条报名记录（毫秒）", ["表达式", "计数", "一页"])
    engine = sa.create_engine(
        house.locations.database_url.replace("postgresql:", "postgresql+psycopg:")
    )
    slowest = 0.0
    with Session(engine) as session:
        for text in EXPRESSIONS:
            found = enrollment_search.find(Filters(expression=parse(text, LABELS)))
            count = sa.select(sa.func.count()).select_from(found.order_by(None).subquery())
            times = [
                _median_milliseconds(session, statement) for statement in (count, found.limit(20))
            ]
            slowest = max(slowest, *times)
            table.rows.append([text, *times])
    engine.dispose()
    table.at_most("最慢的一次", slowest, 50, "ms")
    return table


def _median_milliseconds(session: Session, statement) -> float:
    times = []
    for _ in range(9):
        begin = time.perf_counter()
        session.execute(statement).all()
        times.append((time.perf_counter() - begin) * 1000)
    return statistics.median(times)


def _fill(connection: psycopg.Connection) -> None:
    """One activity with four items, and all who are enrolled in it, signed in."""
    connection.execute(
        "INSERT INTO activities_activities (name, time_start, time_end)"
        " VALUES ('大会', now(), now() + interval '1 hour')"
    )
    connection.execute(
        "INSERT INTO activities_clockin_items (activity_id, label, from_time, to_time)"
        " SELECT 1, label, now() - interval '1 hour', now() + interval '1 hour'"
        " FROM unnest(%s::text[]) WITH ORDINALITY AS l(label, n) ORDER BY n",
        [list(LABELS)],
    )
    connection.execute(
        "INSERT INTO core_users (username) SELECT 'c' || n FROM generate_series(1, %s) AS n",
        [PEOPLE],
    )
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO core_tokens (digest, user_id, expires_at)"
            " SELECT %s, id, now() + interval '1 day' FROM core_users WHERE username = %s",
            [(digest_of(f"c{number}"), f"c{number}") for number in range(1, PEOPLE + 1)],
        )
    connection.execute(
        "INSERT INTO activities_enrollments (activity_id, user_id)"
        " SELECT 1, id FROM core_users WHERE username LIKE 'c%'"
    )
    connection.execute("VACUUM ANALYZE")


def _fill_registrations(connection: psycopg.Connection, number: int) -> None:
    """The same people in so many other activities, of which they attend most."""
    activities = number // PEOPLE
    connection.execute(
        "INSERT INTO activities_activities (name, time_start, time_end)"
        " SELECT '活动 ' || n, now(), now() FROM generate_series(1, %s) AS n",
        [activities],
    )
    connection.execute(
        "INSERT INTO activities_clockin_items (activity_id, label, from_time, to_time)"
        " SELECT id, label, now(), now() + interval '1 hour'"
        " FROM activities_activities, unnest(%s::text[]) AS label WHERE id > 1",
        [list(LABELS[:3])],
    )
    connection.execute(
        "INSERT INTO activities_enrollments (activity_id, user_id, participating_metas)"
        """ SELECT a.id, u.id, '{"姓名": "褚杰", "人数": 1, "备注": "无"}'"""
        " FROM activities_activities AS a, core_users AS u"
        " WHERE a.id > 1 AND u.username LIKE 'c%'"
    )
    # All at once: the trigger would do it person by person, for minutes.
    connection.execute("ALTER TABLE activities_clockins DISABLE TRIGGER note_clockin")
    connection.execute(
        "INSERT INTO activities_clockins (item_id, user_id)"
        " SELECT i.id, e.user_id FROM activities_enrollments AS e"
        " JOIN activities_clockin_items AS i USING (activity_id)"
        " WHERE e.activity_id > 1 AND (e.id * 31 + i.id * 17) % 10 < 7"
    )
    connection.execute("ALTER TABLE activities_clockins ENABLE TRIGGER note_clockin")
    connection.execute(
        "UPDATE activities_enrollments AS e SET attended = there.labels FROM ("
        "  SELECT i.activity_id, c.user_id, array_agg(i.label::text) AS labels"
        "  FROM activities_clockins AS c JOIN activities_clockin_items AS i ON i.id = c.item_id"
        "  GROUP BY i.activity_id, c.user_id"
        ") AS there WHERE there.activity_id = e.activity_id AND there.user_id = e.user_id"
    )
    connection.execute("VACUUM FULL activities_enrollments")
    connection.execute("VACUUM ANALYZE")
    connection.execute("CHECKPOINT")


def _request(number: int, key: str) -> bytes:
    body = json.dumps({"key": key}).encode()
    head = (
        "POST /activities/clockins/ HTTP/1.1\r\n"
        "Host: localhost\r\n"
        f"Authorization: Token c{number}\r\n"
        "Content-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
