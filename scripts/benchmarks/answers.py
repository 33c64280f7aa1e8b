"""``ask``: a benchmark's requests, held against the status they must get, with what each has cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks import load
from benchmarks.house import HOST, BenchmarkFailed, House

PROGRAMS = ("web", "postgres")


@dataclass(frozen=True)
class Answers:
    """``processor``: what each program has used for one request, in milliseconds."""

    result: load.Result
    processor: dict[str, float]

    @property
    def median(self) -> float:
        return self.result.percentile(0.5)

    @property
    def p95(self) -> float:
        return self.result.percentile(0.95)


def ask(
    house: House,
    requests: Sequence[bytes],
    *,
    seconds: float,
    clients: int = 1,
    warm_up: int = 20,
    status: int = 200,
) -> Answers:
    """Send the requests until ``seconds`` are over. Raises BenchmarkFailed for another status."""
    before = house.processor_seconds()
    result = load.send(house.port, clients, requests, warm_up, seconds)
    after = house.processor_seconds()
    if set(result.statuses) != {str(status)}:
        first = requests[0].split(b"\r\n", 1)[0].decode()
        raise BenchmarkFailed(f"不是每个回答都是 {status}：{first}：{result.statuses}")
    number = len(result.latencies) + warm_up
    used = {name: (after[name] - before.get(name, 0.0)) * 1000 / number for name in after}
    return Answers(result, used)


def page(path: str, cookie: str) -> bytes:
    """The request for a page, from who is signed in with this cookie."""
    return f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nCookie: {cookie}\r\n\r\n".encode()
