"""What ``/metrics`` costs the web server, as the number of stored reservations grows."""

from __future__ import annotations

from benchmarks import college, load
from benchmarks.house import BenchmarkFailed, House
from benchmarks.tables import Table

_TOKEN = "benchmark-0123456789"  # noqa: S105 - of a system that is thrown away
# The others are measured with metrics on, as production runs.
SETTINGS = {"HHU_METRICS_TOKEN": _TOKEN}
_REQUEST = (
    f"GET /metrics HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {_TOKEN}\r\n\r\n"
).encode()


def measure(house: House, is_quick: bool) -> list[Table]:
    table = Table("抓取指标（毫秒）", ["已存预约", "中位", "p95", "web CPU"])
    for stored in (10_000,) if is_quick else (10_000, 1_000_000):
        college.prepare(house, stored)
        warm_up = 20
        before = house.processor_seconds()["web"]
        result = load.send(house.port, 1, [_REQUEST] * 5000, warm_up, 1 if is_quick else 4)
        used = house.processor_seconds()["web"] - before
        if set(result.statuses) != {"200"}:
            raise BenchmarkFailed(f"抓取指标没有得到 200：{result.statuses}")
        processor = used * 1000 / (len(result.latencies) + warm_up)
        table.rows.append(
            [f"{stored:,}", result.percentile(0.5), result.percentile(0.95), processor]
        )
    table.at_most(f"抓取，{stored:,} 条预约，中位", result.percentile(0.5), 20, "ms")
    return [table]
