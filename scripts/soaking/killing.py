"""kill -9 for a random process every few seconds; ``serve`` starts the next one."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter

from benchmarks.house import House

# The periodic tasks are sent by a thread of the worker.
VICTIMS = ("web", "reservations", "files", "worker", "valkey", "postgres")
# Seconds between two kills.
_PAUSES = (3.0, 7.0)
# ``serve`` waits longer and longer before it restarts what dies soon after its start. Most victims
# have lived longer than that, so that the load meets a running system; some have not.
_GROWN_UP = 31.0
_RUTHLESS = 0.15


class Killer(threading.Thread):
    """Kills until told to stop; ``kills`` counts by name."""

    def __init__(self, house: House, seed: str):
        super().__init__(name=seed, daemon=True)
        self.kills: Counter[str] = Counter()
        self.has_to_stop = threading.Event()
        self._house = house
        self._chance = random.Random(seed)
        self._killed_at: dict[str, float] = {}

    def run(self) -> None:
        while not self.has_to_stop.wait(self._chance.uniform(*_PAUSES)):
            victim = self._choose()
            pid = self._house.children().get(victim) if victim else None
            if pid is not None:
                os.kill(pid, signal.SIGKILL)
                self.kills[victim] += 1
                self._killed_at[victim] = time.monotonic()

    def _choose(self) -> str | None:
        now = time.monotonic()
        grown_up = [
            name for name in VICTIMS if now - self._killed_at.get(name, -_GROWN_UP) >= _GROWN_UP
        ]
        if self._chance.random() < _RUTHLESS:
            return self._chance.choice(VICTIMS)
        return self._chance.choice(grown_up) if grown_up else None
