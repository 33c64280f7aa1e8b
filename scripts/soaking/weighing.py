"""Whether the memory of the processes grows.

A process that is killed starts from nothing, so it is judged in the calm at the end, when nobody
is killed any more and the load goes on: after a warm-up, the median of the last third of the
samples against that of the first. ``serve`` itself lives all the time and is judged over the whole.
PostgreSQL is shown and not judged: its processes share the buffers, and hold more of them the
more of the database they have read, up to ``shared_buffers``.
"""

from __future__ import annotations

import statistics
import threading
import time
from collections import defaultdict

from benchmarks.house import House
from benchmarks.memory import DATABASE, megabytes

from soaking.killing import VICTIMS

EVERY = 5.0
# Until the caches of statements and templates are full, and every thread has worked.
WARM_UP = 60.0
# A calm shorter than this says nothing.
SHORTEST = 180.0
_LARGEST_GROWTH_MB = 8.0
_LARGEST_SHARE = 0.10
ALWAYS_ALIVE = "serve"
_JUDGED = {ALWAYS_ALIVE, *VICTIMS} - {DATABASE}


class Scale(threading.Thread):
    """Weighs all processes every few seconds, by program, in MB of PSS."""

    def __init__(self, house: House):
        super().__init__(name="scale", daemon=True)
        self.has_to_stop = threading.Event()
        self._house = house
        self._samples: dict[str, list[tuple[float, float]]] = defaultdict(list)

    def run(self) -> None:
        while not self.has_to_stop.wait(EVERY):
            self.weigh()

    def weigh(self) -> None:
        held: dict[str, float] = defaultdict(float)
        for pid, name in self._house.processes().items():
            if (share := megabytes(pid)) is not None:
                held[name] += share
        for name, total in held.items():
            self._samples[name].append((time.monotonic(), total))

    def grown(self, calm_since: float, end: float) -> list[tuple[str, float, float, bool | None]]:
        """Program, MB at first and at last, and whether that is no growth; None: not judged."""
        rows: list[tuple[str, float, float, bool | None]] = []
        for name, samples in sorted(self._samples.items()):
            start = samples[0][0] if name == ALWAYS_ALIVE else calm_since
            judged = [held for at, held in samples if start + WARM_UP <= at <= end]
            is_long_enough = end - start >= SHORTEST and len(judged) >= 6
            if not is_long_enough:
                judged = [held for at, held in samples if at <= end][-6:]
            third = max(1, len(judged) // 3)
            first, last = (statistics.median(part) for part in (judged[:third], judged[-third:]))
            limit = max(_LARGEST_GROWTH_MB, first * _LARGEST_SHARE)
            is_judged = is_long_enough and name in _JUDGED
            rows.append((name, first, last, last - first <= limit if is_judged else None))
        return rows
