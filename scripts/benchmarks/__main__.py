"""``python -m benchmarks``: run what was asked for, show it, and write it down."""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from benchmarks import (
    availability,
    board,
    clockins,
    contacts,
    decisions,
    downloads,
    figures,
    limits,
    machine,
    memory,
    pages,
    pairs,
    repairs,
    reservations,
    scrapes,
    search,
    series,
    sign_ins,
    start,
)
from benchmarks.house import PROJECT, BenchmarkFailed, House, running_house
from benchmarks.tables import Table, show
from hhu_base.cli.serve.run import say

# In this order; memory comes last, when everything has worked.
BENCHMARKS = {
    "reservations": reservations.measure,
    "decisions": decisions.measure,
    "limits": limits.measure,
    "availability": availability.measure,
    "series": series.measure,
    "contacts": contacts.measure,
    "search": search.measure,
    "board": board.measure,
    "pages": pages.measure,
    "clockins": clockins.measure,
    "sign-ins": sign_ins.measure,
    "repairs": repairs.measure,
    "downloads": downloads.measure,
    "statistics": figures.measure,
    "scrapes": scrapes.measure,
    "start": start.measure,
    "memory": memory.measure,
}


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(list(BENCHMARKS)))
@click.option("--quick", is_flag=True, help="时间短、数据少，只看能否运行。")
@click.option(
    "--json",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    default=PROJECT / "var" / "bench.json",
    help="结果写到这个文件，默认 var/bench.json。",
)
@click.option("--against", "ref", help="与这个提交、分支或标签交替测量，显示倍数。")
@click.option(
    "--pairs",
    "number",
    type=click.IntRange(min=1),
    default=3,
    help="--against 测量几对，默认 3。",
)
def main(names: tuple[str, ...], quick: bool, path: Path, ref: str | None, number: int) -> None:
    """测量整个系统：默认全部，或只测给出的几项。"""
    wanted = [name for name in BENCHMARKS if not names or name in names]
    begin = time.monotonic()
    try:
        if ref is not None:
            report = _facts() | pairs.compare(ref, wanted, quick, number)
        else:
            report = _measure(wanted, quick)
    except BenchmarkFailed as failure:
        sys.exit(f"错误：{failure}")
    except KeyboardInterrupt:
        sys.exit("已中断。")
    path.parent.mkdir(parents=True, exist_ok=True)
    report |= {"quick": quick, "seconds": round(time.monotonic() - begin, 1)}
    path.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    say(f"\n用时 {report['seconds']:.0f} 秒，结果写在 {path}")


def _measure(wanted: list[str], is_quick: bool) -> dict:
    say("启动一个临时的系统……")
    with running_house(scrapes.SETTINGS | repairs.SETTINGS) as house:
        results = {name: _run(name, house, is_quick) for name in wanted}
        with house.connect() as connection:
            version = connection.execute("SHOW server_version").fetchone()
    return _facts() | {
        "postgresql": version[0] if version else None,
        "results": {name: [asdict(table) for table in tables] for name, tables in results.items()},
    }


def _run(name: str, house: House, is_quick: bool) -> list[Table]:
    say(f"\n== {name}")
    tables = [*BENCHMARKS[name](house, is_quick), machine.measure(house, is_quick)]
    for table in tables:
        show(table)
    return tables


def _facts() -> dict:
    """What the figures depend on; they compare only with those of the same machine."""
    return {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "processors": os.cpu_count(),
        "load_average": os.getloadavg()[0],
        "python": platform.python_version(),
    }


if __name__ == "__main__":
    main()
