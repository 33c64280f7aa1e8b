"""How many decisions a second the one worker makes when many requests wait."""

from __future__ import annotations

import statistics
import time

from celery import Celery

from benchmarks import college
from benchmarks.house import BenchmarkFailed, House
from benchmarks.tables import Table
from hhu_base.cli.serve.run import say
from hhu_base.database.pg_notify import CHANNEL

PENDING = 10_000


def measure(house: House, is_quick: bool) -> list[Table]:
    rounds = 2 if is_quick else 7
    stored = 10_000 if is_quick else 100_000
    college.prepare(house, stored, is_past=True)
    celery = Celery("bench", broker=house.locations.broker_url, set_as_current=False)
    celery.conf.update(task_ignore_result=True)
    seconds = []
    for number in range(rounds):
        say(f"  {PENDING:,} 个等待的请求，第 {number + 1} 轮，共 {rounds} 轮……")
        seconds.append(_decide_once(house, celery, number))
    celery.close()
    median = statistics.median(seconds)
    table = Table("worker 的决定", ["等待的请求", "每秒决定", "中位秒", "最快秒", "最慢秒"])
    table.rows.append([PENDING, PENDING / median, median, min(seconds), max(seconds)])
    table.at_least("worker", PENDING / median, 5000, "个决定/秒")
    return [table]


def _decide_once(house: House, celery: Celery, number: int) -> float:
    """Seconds from the wake-up to the news that all are decided, which comes with the commit."""
    with house.connect() as listening, house.connect() as connection:
        listening.execute(f"LISTEN {CHANNEL}")
        with connection.transaction():
            # Each room's half hours one after the other; each fifth wants what its neighbour has.
            connection.execute(
                """
                INSERT INTO rooms_reservations
                    (room_id, user_id, reserve_from, reserve_to, description)
                SELECT n %% %(rooms)s + 1, 1, start, start + interval '30 minutes', '组会'
                FROM generate_series(0, %(pending)s - 1) AS n,
                     LATERAL (SELECT %(first)s + interval '30 minutes'
                         * (n / %(rooms)s - (n / %(rooms)s %% 5 = 4)::int)) AS at(start)
                """,
                {
                    "rooms": college.ROOMS,
                    "pending": PENDING,
                    "first": college.midnight(2 + 2 * number),
                },
            )
            # The periodic task may come first: it would do the same.
        begin = time.perf_counter()
        celery.send_task("rooms.decide", queue="reservations")
        for _ in listening.notifies(timeout=60, stop_after=1):
            passed = time.perf_counter() - begin
            break
        else:
            raise BenchmarkFailed("worker 60 秒内没有决定。")
        left = connection.execute(
            "SELECT count(*) FROM rooms_reservations WHERE status = 'pending'"
        ).fetchone()
        if left != (0,):
            raise BenchmarkFailed(f"worker 只决定了一部分，还剩 {left}。")
        connection.execute("VACUUM ANALYZE rooms_reservations")
        return passed
