"""How long ``scripts/serve`` takes until everything is there: the first time, and again."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

from benchmarks.house import PROJECT, House, running_house
from benchmarks.tables import Table
from hhu_base.cli.serve.run import say
from hhu_base.cli.serve.throwaway import throwaway_folder

_LIMIT = 3


def measure(house: House, is_quick: bool) -> list[Table]:
    table = Table("启动（秒）", ["", "中位", "最快", "最慢"])
    again = []
    with throwaway_folder() as folder:
        say("  第一次……")
        first = _start(folder)
        for _ in range(2 if is_quick else 7):
            say("  再一次……")
            again.append(_start(folder))
    table.rows.append(["第一次，空的学院", first, None, None])
    table.rows.append(["再一次", statistics.median(again), min(again), max(again)])
    table.at_most("再一次", statistics.median(again), _LIMIT, "秒")
    return [table]


def _start(folder: Path) -> float:
    begin = time.monotonic()
    with running_house(folder=folder, command=[PROJECT / "scripts" / "serve"]):
        return time.monotonic() - begin
