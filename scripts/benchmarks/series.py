"""How long it takes to plan sixty dates over all rooms, and how long the worker to decide them."""

from __future__ import annotations

import json
import statistics
import time
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from benchmarks import college, load
from benchmarks.house import BenchmarkFailed, House
from benchmarks.tables import Table
from hhu_base.cli.serve.run import say
from hhu_base.database import make_engine
from hhu_plugins.rooms import decisions, groups
from hhu_plugins.rooms.groups import ChangedReservation, NewReservation, Wish
from hhu_plugins.rooms.models import CONFIRMED, Reservation

DATES = 60
# Half of them are ahead: more days than are planned.
STORED = 200_000
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def measure(house: House, is_quick: bool) -> list[Table]:
    rounds = 10 if is_quick else 50
    say(f"  准备 {STORED:,} 条预约……")
    college.prepare(house, STORED)
    table = Table(
        f"系列预约，{DATES} 次，{college.ROOMS} 间（毫秒）",
        ["", "中位", "p95", "web CPU"],
    )
    for name, hour in (("计划，全部空闲", 22), ("计划，全部被占用", 10)):
        result, processor = _plan(house, hour, rounds)
        median = result.percentile(0.5)
        table.rows.append([name, median, result.percentile(0.95), processor])
        table.at_most(name, median, 60, "ms")
    engine = make_engine({"sqlalchemy.url": house.locations.database_url})
    for name, wishes in (("决定新的一组", _new), ("决定一组改动", _moved)):
        seconds = sorted(_decide(engine, wishes, number) for number in range(rounds))
        median = statistics.median(seconds) * 1000
        table.rows.append([name, median, seconds[int(0.95 * len(seconds))] * 1000, None])
        table.at_most(name, median, 40, "ms")
    engine.dispose()
    return [table]


def _plan(house: House, hour: int, rounds: int) -> tuple[load.Result, float]:
    start = college.midnight(1) + hour * HOUR
    body = json.dumps(
        {
            "meetingroom": 1,
            "reserve_from": start.isoformat(),
            "reserve_to": (start + HOUR).isoformat(),
            "rule": {"every": 1, "unit": "day", "count": DATES},
        }
    ).encode()
    head = (
        "POST /reservations/series/plan/ HTTP/1.1\r\n"
        "Host: localhost\r\n"
        f"Authorization: Token {college.TOKEN}\r\n"
        "Content-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    before = house.processor_seconds()["web"]
    result = load.send(house.port, 1, [head.encode() + body] * (2 * rounds), rounds, 60)
    used = house.processor_seconds()["web"] - before
    if set(result.statuses) != {"200"}:
        raise BenchmarkFailed(f"计划失败：{result.statuses}")
    return result, used * 1000 / (len(result.latencies) + rounds)


def _new(session: Session, number: int) -> list[Wish]:
    start = college.midnight(1) + 22 * HOUR
    return [
        NewReservation(
            1, number % college.ROOMS + 1, (start + n * DAY, start + n * DAY + HOUR), "组会"
        )
        for n in range(DATES)
    ]


def _moved(session: Session, number: int) -> list[Wish]:
    """What ``_new`` made of the same number, a day later: each into what the next gives up."""
    rows = session.execute(
        sa.select(Reservation.id, Reservation.reserve_from).where(
            Reservation.room_id == number % college.ROOMS + 1,
            Reservation.description == "组会",
            Reservation.status == CONFIRMED,
            Reservation.group_id.is_not(None),
        )
    ).all()
    if len(rows) != DATES:
        raise BenchmarkFailed(f"只有 {len(rows)} 次。")
    return [
        ChangedReservation(row.id, interval=(row.reserve_from + DAY, row.reserve_from + DAY + HOUR))
        for row in rows
    ]


def _decide(engine: sa.Engine, wishes, number: int) -> float:
    """Seconds of what the worker does for a group, the commit included."""
    with Session(engine) as session:
        group_id = groups.submit(session, wishes(session, number), by_user_id=1, decide_within=None)
        session.commit()
        begin = time.perf_counter()
        decisions.decide_pending(session)
        session.commit()
        passed = time.perf_counter() - begin
        outcome = groups.find_outcome(session, group_id)
        if outcome is None or outcome[0] != CONFIRMED:
            raise BenchmarkFailed(f"没有约到：{outcome}")
    return passed
