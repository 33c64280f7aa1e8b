"""Both availability queries of one day, beside the bare SQL, as the number of stored rows grows."""

from __future__ import annotations

import statistics
import time
from datetime import timedelta
from urllib.parse import urlencode

from benchmarks import college, load
from benchmarks.house import BenchmarkFailed, House
from benchmarks.tables import Table
from hhu_base.cli.serve.run import say

GROWTH = 1.5

# What both generations need of the database: the rooms, and what takes their time that day.
_SELECT_ROOMS = (
    "SELECT id, name, location, seats_count, label, description FROM rooms_meetingrooms"
    " WHERE seats_count >= %(seats)s ORDER BY seats_count, name, id"
)
_SELECT_TAKEN = (
    "SELECT room_id, reserve_from, reserve_to FROM rooms_reservations"
    " WHERE status = 'confirmed' AND reserve_from > %(start)s - interval '24 hours'"
    " AND reserve_from < %(end)s AND reserve_to > %(start)s"
    " AND room_id = ANY(%(rooms)s) ORDER BY reserve_from"
)


def measure(house: House, is_quick: bool) -> list[Table]:
    sizes = (10_000, 100_000) if is_quick else (10_000, 100_000, 1_000_000)
    table = Table(
        "空闲查询，一天，1 个客户端（毫秒）",
        ["已存预约", "会议室", "查询", "中位", "p95", "web CPU", "纯 SQL"],
    )
    medians: dict[tuple[int, int, str], float] = {}
    for stored in sizes:
        say(f"  准备 {stored:,} 条预约……")
        college.prepare(house, stored)
        for rooms, seats in ((college.LARGE_ROOMS, college.SEATS_OF_LARGE), (college.ROOMS, 0)):
            bare = _measure_bare_sql(house, seats, 50 if is_quick else 300)
            for name, path in _paths(seats).items():
                result, processor = _ask(house, path, 1.0 if is_quick else 4.0)
                medians[stored, rooms, name] = median = result.percentile(0.5)
                table.rows.append(
                    [f"{stored:,}", rooms, name, median, result.percentile(0.95), processor, bare]
                )
    for name in _paths(0):
        at = {stored: medians[stored, college.LARGE_ROOMS, name] for stored in sizes}
        table.at_most(f"{name}，50 间，100,000 条", at[100_000], 8, "ms")
        if 1_000_000 in at:
            growth = at[1_000_000] / at[100_000]
            table.at_most(f"{name}，50 间，1,000,000 条 ÷ 100,000 条", growth, GROWTH, "倍")
    return [table, _measure_closed_times(house, sizes[-1], is_quick)]


def _measure_closed_times(house: House, stored: int, is_quick: bool) -> Table:
    """The same with opening hours and closures, and without, in pairs."""
    table = Table(
        f"空闲查询，200 间，{stored:,} 条，有开放时间和 500 个停用（毫秒）",
        ["查询", "没有", "有", "倍"],
    )
    seconds, pairs = (1.0, 2) if is_quick else (3.0, 3)
    say("  有开放时间和停用……")
    passed: dict[str, list[tuple[float, float]]] = {name: [] for name in _paths(0)}
    for _ in range(pairs):
        without = {name: _median(house, path, seconds) for name, path in _paths(0).items()}
        college.set_closed_times(house)
        for name, path in _paths(0).items():
            passed[name].append((without[name], _median(house, path, seconds)))
        college.clear_closed_times(house)
    for name, found in passed.items():
        without_rules, with_rules = (min(each) for each in zip(*found, strict=True))
        table.rows.append([name, without_rules, with_rules, with_rules / without_rules])
        table.at_most(f"{name}，有开放时间和停用", with_rules / without_rules, GROWTH, "倍")
    return table


def _median(house: House, path: str, seconds: float) -> float:
    return _ask(house, path, seconds)[0].percentile(0.5)


def _paths(seats: int) -> dict[str, str]:
    """Both generations, of tomorrow; with so many seats at least."""
    start, end = college.midnight(1), college.midnight(2)
    first = {"time_from": start, "time_to": end, "length": 60, "people_count": seats}
    second = {"query_from": start, "query_to": end, "people_count": seats}
    return {
        "第一代": "/meetingrooms/available/?" + urlencode(_as_text(first)),
        "第二代": "/meetingrooms/available/?" + urlencode(_as_text(second)),
    }


def _as_text(parameters: dict) -> dict[str, str]:
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else str(value)
        for name, value in parameters.items()
    }


def _ask(house: House, path: str, seconds: float) -> tuple[load.Result, float]:
    """The latencies, and the web server's processor time of a request in milliseconds."""
    warm_up = 50
    before = house.processor_seconds()["web"]
    result = load.send(house.port, 1, [college.get(path)] * int(seconds * 2000), warm_up, seconds)
    used = house.processor_seconds()["web"] - before
    if set(result.statuses) != {"200"}:
        raise BenchmarkFailed(f"空闲查询没有得到 200：{result.statuses}")
    return result, used * 1000 / (len(result.latencies) + warm_up)


def _measure_bare_sql(house: House, seats: int, rounds: int) -> float:
    """Milliseconds (median) of the two statements that an answer is made of."""
    window = {"start": college.midnight(1), "end": college.midnight(1) + timedelta(days=1)}
    passed = []
    with house.connect(prepare_threshold=0) as connection:
        for _ in range(rounds):
            begin = time.perf_counter()
            rooms = connection.execute(_SELECT_ROOMS, {"seats": seats}).fetchall()
            ids = [room[0] for room in rooms]
            taken = connection.execute(_SELECT_TAKEN, window | {"rooms": ids}).fetchall()
            passed.append((time.perf_counter() - begin) * 1000)
        if len(taken) != len(rooms) * college.A_DAY:
            raise BenchmarkFailed(
                f"那一天应该每间有 {college.A_DAY} 个预约，共有 {len(taken)} 个。"
            )
    return statistics.median(passed)
