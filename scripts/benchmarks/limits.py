"""Where one machine ends: what the worker, the lock, NOTIFY, the commits and the broker allow a second."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable

import psycopg
import sqlalchemy as sa
from celery import Celery
from sqlalchemy.orm import Session

from benchmarks import college
from benchmarks.house import House
from benchmarks.tables import Table
from hhu_base.cli.serve.run import say
from hhu_base.database import make_engine
from hhu_plugins.rooms import decisions

BATCHES = (1, 10, 100, 1000)
CONNECTIONS = (1, 4, 16)
_INSERT = "INSERT INTO bench_limits (number) VALUES (1)"
_LOCK = "SELECT pg_advisory_xact_lock(4711)"
_NOTIFY = "SELECT pg_notify('bench', '[1]')"
_TRANSACTIONS = {
    "写一行": (_INSERT,),
    "写一行，NOTIFY": (_INSERT, _NOTIFY),
    "锁，写一行": (_LOCK, _INSERT),
    "锁，写一行，NOTIFY": (_LOCK, _INSERT, _NOTIFY),
}


def measure(house: House, is_quick: bool) -> list[Table]:
    return [
        _measure_batches(house, 3 if is_quick else 15),
        _measure_commits(house, 0.5 if is_quick else 3.0),
        _measure_broker(house, 200 if is_quick else 5000),
    ]


def _measure_batches(house: House, rounds: int) -> Table:
    """How long a decision transaction takes by the number of requests that it finds."""
    say("  决定……")
    college.prepare(house, 100_000, is_past=True)
    engine = make_engine({"sqlalchemy.url": house.locations.database_url})
    table = Table("一次事务决定多少个请求（毫秒）", ["请求", "中位", "每个请求", "每秒决定"])
    day = 2
    for number in BATCHES:
        passed = []
        for _ in range(rounds):
            with Session(engine) as session:
                session.execute(_REQUESTS, {"number": number, "first": college.midnight(day)})
                session.commit()
                begin = time.perf_counter()
                decisions.decide_pending(session)
                session.commit()
                passed.append((time.perf_counter() - begin) * 1000)
            day += 1
        median = statistics.median(passed)
        table.rows.append([f"{number:,}", median, median / number, number * 1000 / median])
    engine.dispose()
    return table


# Each in a half hour of its own. The worker is not woken, and comes by itself only every few seconds.
_REQUESTS = sa.text(f"""
    INSERT INTO rooms_reservations (room_id, user_id, reserve_from, reserve_to, description)
    SELECT n % {college.ROOMS} + 1, 1, start, start + interval '30 minutes', '组会'
    FROM generate_series(0, :number - 1) AS n,
         LATERAL (SELECT :first + interval '30 minutes' * (n / {college.ROOMS})) AS at(start)
""")  # noqa: S608 - of a number


def _measure_commits(house: House, seconds: float) -> Table:
    say("  提交……")
    table = Table("每秒提交多少个事务", ["事务", *(f"{number} 个连接" for number in CONNECTIONS)])
    with house.connect() as connection:
        connection.execute("DROP TABLE IF EXISTS bench_limits")
        connection.execute("CREATE TABLE bench_limits (number integer)")
        for name, statements in _TRANSACTIONS.items():

            def commit(of: psycopg.Connection, statements=statements) -> None:
                with of.pipeline(), of.transaction():
                    for statement in statements:
                        of.execute(statement)

            rates = [_rate(house, number, seconds, commit) for number in CONNECTIONS]
            table.rows.append([name, *rates])
        connection.execute("DROP TABLE bench_limits")
    return table


def _rate(
    house: House, number: int, seconds: float, do: Callable[[psycopg.Connection], None]
) -> float:
    """How often a second so many connections do it, each one after the other."""
    connections = [house.connect(prepare_threshold=0) for _ in range(number)]
    counts = [0] * number
    until = time.perf_counter() + seconds

    def work(place: int) -> None:
        while time.perf_counter() < until:
            do(connections[place])
            counts[place] += 1

    threads = [threading.Thread(target=work, args=[place]) for place in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for connection in connections:
        connection.close()
    return sum(counts) / seconds


def _measure_broker(house: House, messages: int) -> Table:
    say("  消息……")
    celery = Celery("bench", broker=house.locations.broker_url, set_as_current=False)
    celery.conf.update(task_ignore_result=True)
    begin = time.perf_counter()
    # To a queue that nobody works on.
    for _ in range(messages):
        celery.send_task("bench.nothing", queue="bench-limits")
    passed = time.perf_counter() - begin
    with celery.connection() as connection:
        connection.default_channel.queue_purge("bench-limits")
    celery.close()
    table = Table("一个进程每秒发送多少条唤醒消息", ["", "每秒", "每条毫秒"])
    table.rows.append(["Celery，Valkey", messages / passed, passed * 1000 / messages])
    return table
