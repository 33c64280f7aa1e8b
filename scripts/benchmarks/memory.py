"""What every process holds in memory once it has worked."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from pathlib import Path

from benchmarks.house import House
from benchmarks.reservations import warm_up
from benchmarks.tables import Table

DATABASE = "postgres"


def measure(house: House, is_quick: bool) -> list[Table]:
    warm_up(house)
    held: dict[str, float] = defaultdict(float)
    number: Counter[str] = Counter()
    for pid, name in house.processes().items():
        if (held_here := megabytes(pid)) is not None:
            held[name] += held_here
            number[name] += 1
    table = Table("内存（PSS，MB）", ["程序", "进程", "MB"])
    for name in sorted(held, key=lambda name: (name == DATABASE, -held[name])):
        table.rows.append([name, number[name], held[name]])
    total = sum(share for name, share in held.items() if name != DATABASE)
    table.rows.append(["合计，不含数据库", None, total])
    table.at_most("所有进程，不含数据库", total, 400, "MB")
    return [table]


def megabytes(pid: int) -> float | None:
    """Its proportional share; where the kernel doesn't tell, all that is resident; None: ended."""
    for file, field in (("smaps_rollup", "Pss"), ("status", "VmRSS")):
        try:
            found = re.search(
                rf"^{field}:\s+(\d+) kB", Path(f"/proc/{pid}/{file}").read_text(), re.MULTILINE
            )
        except OSError:
            continue
        if found:
            return int(found[1]) / 1024
    return None
