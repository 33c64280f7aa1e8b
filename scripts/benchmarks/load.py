"""A lean HTTP client for many connections: ``python -m benchmarks.load`` runs one order.

A process of its own, with one thread, requests that were put together before, and sockets
that stay open, so that it takes as little as it can of the processors it shares with the server.
Each connection sends its next request when the answer to the last one is complete.
"""

from __future__ import annotations

import json
import selectors
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from benchmarks.house import PROJECT


@dataclass(frozen=True)
class Result:
    """Latencies are in milliseconds, in order of size; ``statuses`` counts the answers."""

    seconds: float
    latencies: list[float]
    statuses: dict[str, int]
    processor_seconds: float

    @property
    def a_second(self) -> float:
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        return self.latencies[min(len(self.latencies) - 1, int(len(self.latencies) * share))]


def send(
    port: int, clients: int, requests: Sequence[bytes], warm_up: int, seconds: float
) -> Result:
    """Send ``warm_up`` requests that don't count, then the others until ``seconds`` are over."""
    order = {
        "port": port,
        "clients": clients,
        "requests": [request.decode("latin-1") for request in requests],
        "warm_up": warm_up,
        "seconds": seconds,
    }
    finished = subprocess.run(
        [sys.executable, "-m", "benchmarks.load"],
        input=json.dumps(order).encode(),
        stdout=subprocess.PIPE,
        check=True,
        cwd=PROJECT,
    )
    return Result(**json.loads(finished.stdout))


class _Client:
    """One connection: the request on its way, and what has come of its answer."""

    def __init__(self, port: int):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sent = 0.0

    def start(self, request: bytes) -> None:
        self._received = b""
        self._wanted = -1
        self.sent = time.perf_counter()
        self.socket.sendall(request)

    def is_complete(self) -> bool:
        """Read what is there; whether that was the last of the answer."""
        data = self.socket.recv(1 << 18)
        if not data:
            raise ConnectionError("the server has closed the connection")
        self._received += data
        if self._wanted < 0:
            end = self._received.find(b"\r\n\r\n")
            if end < 0:
                return False
            head = self._received[:end].lower()
            start = head.index(b"content-length:") + len(b"content-length:")
            self._wanted = end + 4 + int(head[start:].split(b"\r\n", 1)[0])
        return len(self._received) >= self._wanted

    @property
    def status(self) -> str:
        return self._received[9:12].decode()


def _run(order: dict) -> Result:
    requests = iter([request.encode("latin-1") for request in order["requests"]])
    selector = selectors.DefaultSelector()
    clients = [_Client(order["port"]) for _ in range(order["clients"])]
    for client in clients:
        selector.register(client.socket, selectors.EVENT_READ, client)
    _round(selector, clients, requests, most=order["warm_up"])
    processor = time.process_time()
    begin = time.perf_counter()
    latencies, statuses = _round(selector, clients, requests, until=begin + order["seconds"])
    return Result(
        seconds=time.perf_counter() - begin,
        latencies=sorted(latencies),
        statuses=statuses,
        processor_seconds=time.process_time() - processor,
    )


def _round(selector, clients, requests, *, most=sys.maxsize, until=float("inf")):
    """Keep all clients busy until so many are sent or it is so late; all answers are awaited."""
    latencies: list[float] = []
    statuses: Counter[str] = Counter()
    sent = busy = 0

    def start(client: _Client) -> None:
        nonlocal sent, busy
        request = next(requests, None) if sent < most and time.perf_counter() < until else None
        if request is not None:
            sent += 1
            busy += 1
            client.start(request)

    for client in clients:
        start(client)
    while busy:
        for key, _ in selector.select():
            client = key.data
            if client.is_complete():
                latencies.append((time.perf_counter() - client.sent) * 1000)
                statuses[client.status] += 1
                busy -= 1
                start(client)
    return latencies, dict(statuses)


if __name__ == "__main__":
    json.dump(asdict(_run(json.load(sys.stdin))), sys.stdout)
