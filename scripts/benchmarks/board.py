"""A day of all rooms as teachers see it (排期), the day they search, and the back office's calendar."""

from __future__ import annotations

from datetime import datetime, timedelta

from benchmarks import college
from benchmarks.answers import PROGRAMS, ask, page
from benchmarks.house import House
from benchmarks.search import make_administrator, sign_in
from benchmarks.tables import Table
from hhu_base.cli.serve.run import say

STORED = 100_000
_LIMIT = 50


def measure(house: House, is_quick: bool) -> list[Table]:
    stored = STORED // 10 if is_quick else STORED
    say(f"  准备 {stored:,} 条预约……")
    college.prepare(house, stored)
    with house.connect() as connection:
        make_administrator(connection)
    cookie = sign_in(house)
    table = Table(
        f"{college.ROOMS} 间会议室，每间每天 {college.A_DAY} 个预约，1 个客户端（毫秒）",
        ["页面", "中位", "p95", "web CPU", "数据库 CPU"],
    )
    for name, path in _paths().items():
        answers = ask(house, [page(path, cookie)] * 5000, seconds=1 if is_quick else 4)
        used = [answers.processor[program] for program in PROGRAMS]
        table.rows.append([name, answers.median, answers.p95, *used])
    table.at_most("排期，一天", float(table.rows[0][1] or 0), _LIMIT, "ms")
    return [table]


def _paths() -> dict[str, str]:
    today = datetime.now(college.ZONE).date()
    day, week = today + timedelta(days=1), today + timedelta(days=7)
    return {
        "排期，一天": f"/app/rooms/board/?day={day}",
        "找会议室": f"/app/rooms/?day={day}&from=10:00&length=60",
        "预约日历，一天": f"/admin/rooms/calendar/events.json?start={today}T00:00&end={day}T00:00",
        "预约日历，一周": f"/admin/rooms/calendar/events.json?start={today}T00:00&end={week}T00:00",
    }
