"""The queue as events: requests arrive, a worker of their shard decides all that wait, and commits.

Each shard has a worker with a lock of its own. What they share is the disk: PostgreSQL lets only one
transaction at a time commit that has sent a NOTIFY, whatever lock it held. Milliseconds throughout.
"""

from __future__ import annotations

import heapq
import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Costs:
    """``once``: of a transaction that decides, whatever it finds; ``each``: of a request in it;
    ``commit``: to make it durable and announce it; ``beside``: of what else a request takes.
    """

    once: float
    each: float
    commit: float
    beside: float


@dataclass(frozen=True)
class Outcome:
    """``waits`` in order of size, of the requests that were answered while the simulation ran."""

    waits: list[float]
    transactions: int
    left: int

    def percentile(self, share: float) -> float:
        return self.waits[min(len(self.waits) - 1, int(len(self.waits) * share))]

    @property
    def is_stable(self) -> bool:
        """Whether all are answered in time: what is left is no more than what was on its way."""
        return self.left <= max(100, len(self.waits) // 20)


def simulate(
    costs: Costs, a_second: float, shards: int, *, seconds: float = 20, seed: int = 1
) -> Outcome:
    """Requests come at random, on average so many a second, each for a room of some shard."""
    chance = random.Random(seed)  # noqa: S311 - guards nothing
    end = seconds * 1000
    waiting: list[list[float]] = [[] for _ in range(shards)]
    deciding: list[list[float]] = [[] for _ in range(shards)]
    # (when, in which order, what, shard); the disk is free from ``disk_free`` on.
    events: list[tuple[float, int, str, int]] = [(chance.expovariate(a_second / 1000), 0, "in", 0)]
    disk_free, number, transactions = 0.0, 0, 0
    waits: list[float] = []

    def put(when: float, what: str, shard: int) -> None:
        nonlocal number
        number += 1
        heapq.heappush(events, (when, number, what, shard))

    def begin(now: float, shard: int) -> None:
        deciding[shard], waiting[shard] = waiting[shard], []
        put(now + costs.once + len(deciding[shard]) * costs.each, "decided", shard)

    while events and events[0][0] <= end:
        now, _, what, shard = heapq.heappop(events)
        if what == "in":
            shard = chance.randrange(shards)
            waiting[shard].append(now)
            if not deciding[shard]:
                begin(now, shard)
            put(now + chance.expovariate(a_second / 1000), "in", 0)
        elif what == "decided":
            disk_free = max(disk_free, now) + costs.commit
            put(disk_free, "committed", shard)
        else:
            transactions += 1
            waits += [now - since + costs.beside for since in deciding[shard]]
            deciding[shard] = []
            if waiting[shard]:
                begin(now, shard)
    left = sum(map(len, (*waiting, *deciding)))
    return Outcome(sorted(waits), transactions, left)


def most_a_second(costs: Costs, shards: int, within: float) -> int:
    """The most requests a second of which 99 in 100 are answered within so many milliseconds."""
    least, most = 0, 16
    while _holds(costs, most, shards, within) and most < 2**20:
        least, most = most, most * 2
    while most - least > max(1, least // 50):
        middle = (least + most) // 2
        if _holds(costs, middle, shards, within):
            least = middle
        else:
            most = middle
    return least


def _holds(costs: Costs, a_second: int, shards: int, within: float) -> bool:
    # Ten thousand requests are enough to see a queue that grows.
    found = simulate(costs, a_second, shards, seconds=max(2.0, min(20.0, 10_000 / a_second)))
    return bool(found.waits) and found.is_stable and found.percentile(0.99) <= within
