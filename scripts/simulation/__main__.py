"""``python -m simulation``: how many reservations a second, by the number of shards."""

from __future__ import annotations

import click
from benchmarks.tables import Table, show

from simulation.queue import Costs, most_a_second, simulate

SHARDS = (1, 4, 16)
RATES = (50, 500, 2000, 5000)


@click.command()
@click.option("--once", type=float, default=1.5, help="一次决定的事务，不论多少个请求，毫秒。")
@click.option("--each", type=float, default=0.067, help="其中每一个请求，毫秒。")
@click.option("--commit", type=float, default=0.5, help="提交和 NOTIFY，毫秒。")
@click.option("--web", type=float, default=1.7, help="网站进程为一个请求所用，毫秒。")
@click.option("--database", type=float, default=0.6, help="数据库为一个请求所用，毫秒。")
@click.option("--within", type=float, default=100, help="99% 的请求应该在多少毫秒内得到答复。")
def main(
    once: float, each: float, commit: float, web: float, database: float, within: float
) -> None:
    """模拟预约队列：一个或几个分片，每秒多少个预约，等多久。"""
    costs = Costs(once, each, commit, web + database)
    waits = Table("等待的毫秒，中位 / p99", ["每秒预约", *(f"{n} 个分片" for n in SHARDS)])
    for rate in RATES:
        cells: list[str] = []
        for shards in SHARDS:
            found = simulate(costs, rate, shards, seconds=10)
            text = f"{found.percentile(0.5):.1f} / {found.percentile(0.99):.1f}"
            cells.append(text if found.is_stable else "来不及")
        waits.rows.append([f"{rate:,}", *cells])
    show(waits)
    most = Table(f"99% 在 {within:g} 毫秒内", ["分片", "每秒预约", "网站的核", "数据库的核"])
    for shards in SHARDS:
        rate = most_a_second(costs, shards, within)
        most.rows.append([str(shards), rate, rate * web / 1000, rate * database / 1000])
    show(most)


if __name__ == "__main__":
    main()
