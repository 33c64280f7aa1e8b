"""How many reservations a second, and how long each waits; beside plain SQL under the same lock."""

from __future__ import annotations

import json
import threading
import time
import zlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count

import psycopg

from benchmarks import college, load
from benchmarks.house import BenchmarkFailed, House
from benchmarks.tables import Table
from hhu_base.cli.serve.run import say
from hhu_plugins.rooms.decisions import LOCK

Slot = tuple[int, datetime, datetime]

HALF_HOUR = timedelta(minutes=30)
SLOTS_A_DAY = 48
DAYS = 300
# More than anybody sends in a second here.
MOST_A_SECOND = 3000


def measure(house: House, is_quick: bool) -> list[Table]:
    seconds = 2 if is_quick else 10
    stored = 10_000 if is_quick else 100_000
    say(f"  {stored:,} 条旧预约……")
    college.prepare(house, stored, is_past=True)
    slots = _free_slots()
    table = Table(
        "预约（每秒次数与等待毫秒；CPU 为每次预约的毫秒）",
        ["客户端", "HTTP/s", "中位", "p95", "p99", "web CPU", "worker CPU", "数据库 CPU"]
        + ["客户端 CPU", "纯 SQL/s", "HTTP÷SQL"],
    )
    for clients in (1, 8, 32):
        say(f"  {clients} 个客户端……")
        plain = _measure_plain_sql(house, clients, slots, seconds / 2)
        warm_up = 20 * clients
        most = warm_up + int(seconds * MOST_A_SECOND)
        requests = [_request(next(slots)) for _ in range(most)]
        before = house.processor_seconds()
        result = load.send(house.port, clients, requests, warm_up, seconds)
        after = house.processor_seconds()
        if set(result.statuses) != {"201"}:
            raise BenchmarkFailed(f"不是每个预约都得到 201：{result.statuses}")
        number = len(result.latencies)
        used = {
            name: (after[name] - before.get(name, 0.0)) * 1000 / (number + warm_up)
            for name in after
        }
        median, p95, p99 = (result.percentile(share) for share in (0.5, 0.95, 0.99))
        table.rows.append(
            [str(clients), result.a_second, median, p95, p99]
            + [used["web"], used["reservations"], used["postgres"]]
            + [result.processor_seconds * 1000 / number, plain, result.a_second / plain]
        )
        if clients == 1:
            table.at_most("1 个客户端的中位", median, 10, "ms")
        if clients == 32:
            table.at_least("32 个客户端", result.a_second, 500, "次/秒")
            table.at_most("32 个客户端的 p99", p99, 150, "ms")
    return [table]


def _free_slots() -> Iterator[Slot]:
    """Half hours that nobody has, never the same twice."""
    first = college.midnight(2)
    for number in count():
        room, slot = number % college.ROOMS + 1, number // college.ROOMS
        if slot >= DAYS * SLOTS_A_DAY:
            raise BenchmarkFailed("没有空闲的时间段了。")
        start = first + slot * HALF_HOUR
        yield room, start, start + HALF_HOUR


def _request(slot: Slot) -> bytes:
    room, start, end = slot
    body = json.dumps(
        {
            "meetingroom": room,
            "reserve_from": start.isoformat(),
            "reserve_to": end.isoformat(),
            "description": "组会",
        }
    ).encode()
    head = (
        "POST /reservations/ HTTP/1.1\r\n"
        "Host: localhost\r\n"
        f"Authorization: Token {college.TOKEN}\r\n"
        "Content-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _measure_plain_sql(house: House, clients: int, slots: Iterator[Slot], seconds: float) -> float:
    """Reservations a second, each in a transaction of its own: lock, check, insert."""
    made: list[int] = []
    problems: list[BaseException] = []
    mine = [
        [next(slots) for _ in range(int(seconds * MOST_A_SECOND / clients) + 1)]
        for _ in range(clients)
    ]
    gate = threading.Barrier(clients + 1)

    def reserve_all(connection: psycopg.Connection, own: list[Slot]) -> None:
        number = 0
        try:
            gate.wait()
            until = time.perf_counter() + seconds
            for slot in own:
                if time.perf_counter() > until:
                    break
                _reserve_plainly(connection, slot)
                number += 1
        except BaseException as error:
            problems.append(error)
        made.append(number)

    connections = [house.connect(prepare_threshold=0) for _ in range(clients)]
    threads = [
        threading.Thread(target=reserve_all, args=pair)
        for pair in zip(connections, mine, strict=True)
    ]
    for thread in threads:
        thread.start()
    gate.wait()
    begin = time.perf_counter()
    for thread in threads:
        thread.join()
    passed = time.perf_counter() - begin
    for connection in connections:
        connection.close()
    if problems:
        raise problems[0]
    return sum(made) / passed


def _reserve_plainly(connection: psycopg.Connection, slot: Slot) -> None:
    # In a pipeline: one trip to the database, so that the lock is held no longer than it must be.
    with connection.pipeline(), connection.transaction():
        connection.execute(
            "SELECT pg_advisory_xact_lock(%s, %s)",
            [0x484855, zlib.crc32(LOCK.encode()) - 2**31],
        )
        connection.execute(
            """
            INSERT INTO rooms_reservations
                (room_id, user_id, reserve_from, reserve_to, description, status)
            SELECT %(room)s, 1, %(start)s, %(end)s, '组会', 'confirmed'
            WHERE NOT EXISTS (
                SELECT FROM rooms_reservations
                WHERE status = 'confirmed' AND room_id = %(room)s
                AND reserve_from > %(start)s - interval '24 hours'
                AND reserve_from < %(end)s AND reserve_to > %(start)s
            )
            """,
            {"room": slot[0], "start": slot[1], "end": slot[2]},
        )


def warm_up(house: House) -> None:
    """Some hundreds of reservations from many clients, so that every process has worked."""
    college.prepare(house)
    slots = _free_slots()
    load.send(house.port, 32, [_request(next(slots)) for _ in range(640)], 640, 0)
