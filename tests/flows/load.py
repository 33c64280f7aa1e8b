"""Clients that note what they were told, while something is killed under them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from .college import College, Crowd, until

UNKNOWN = (0, 503)  # the connection broke, or nobody knows: it may be so or not


class Load(Crowd):
    """Goes on until there is more of each of its kinds; ``told`` is what was noted, in any order."""

    KINDS: Sequence[str] = ()

    def __init__(self, college: College, clients: int, rooms: list[int]):
        super().__init__(college, clients)
        self.told: list[Any] = []
        self.rooms = rooms

    def is_granted(self, told: Any) -> bool:
        raise NotImplementedError

    def until_more(self, more: int = 5) -> None:
        """So many more of each kind that were granted."""
        before = self._granted()
        until(
            lambda: all(self._granted()[kind] >= before[kind] + more for kind in self.KINDS),
            90,
            f"{more} more of each: {', '.join(self.KINDS)}",
        )

    def _granted(self) -> Counter[str]:
        return Counter(told.kind for told in list(self.told) if self.is_granted(told))


def kill_under(load: Load, college: College, name: str) -> None:
    """``kill -9`` in the midst of the load; returns when that is over and all is decided."""
    with load:
        load.until_more()
        college.kill(name)
        college.until_ready()
        load.until_more()
    college.until_nothing_is_pending()
