"""The office's page of statistics, with a million reservations: a term, a year, and from sums or not."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from benchmarks import college, load
from benchmarks.house import HOST, BenchmarkFailed, House
from benchmarks.search import make_administrator, sign_in
from benchmarks.tables import Table
from hhu_base.cli.serve.run import say
from hhu_plugins.rooms import day_sums

STORED = 1_000_000
_LIMIT = 200
_WARM_UP = 5
_DAYS = {"一个月": 30, "一个学期": 140, "一年": 365}


def measure(house: House, is_quick: bool) -> list[Table]:
    stored = STORED // 20 if is_quick else STORED
    say(f"  准备 {stored:,} 条预约……")
    college.prepare(house, stored)
    with house.connect() as connection:
        # The first of them in ten becomes one that was given back.
        connection.execute("UPDATE rooms_reservations SET status = 'cancelled' WHERE id % 10 = 0")
        make_administrator(connection)
        connection.execute("TRUNCATE rooms_days, rooms_department_days, rooms_hours")
        connection.execute("VACUUM ANALYZE")
    seconds = refresh(house)
    table = Table(
        f"统计，{stored:,} 条预约，1 个客户端（毫秒）", ["日期", "最快", "中位", "p95", "CPU"]
    )
    cookie = sign_in(house)
    today = datetime.now(college.ZONE).date()
    medians = []
    for name, days in _DAYS.items():
        path = f"/admin/statistics/?from={today - timedelta(days=days)}&to={today}"
        request = f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nCookie: {cookie}\r\n\r\n".encode()
        before = sum(house.processor_seconds().values())
        result = load.send(house.port, 1, [request] * 2000, _WARM_UP, 1 if is_quick else 4)
        if set(result.statuses) != {"200"}:
            raise BenchmarkFailed(f"统计没有得到 200：{result.statuses}")
        medians.append(result.percentile(0.5))
        # Of the web server and the database: what it takes on a machine with nothing else to do.
        used = sum(house.processor_seconds().values()) - before
        each = used * 1000 / (len(result.latencies) + _WARM_UP)
        table.rows.append([name, result.percentile(0), medians[-1], result.percentile(0.95), each])
    table.rows.append(["重新合计全部", None, seconds * 1000, None, None])
    table.at_most("统计，最慢的日期", max(medians), _LIMIT, "ms")
    return [table]


def refresh(house: House) -> float:
    engine = sa.create_engine(house.locations.database_url)
    begin = time.monotonic()
    with Session(engine) as session, session.begin():
        day_sums.refresh(session, datetime.now(UTC), college.ZONE)
    engine.dispose()
    return time.monotonic() - begin
