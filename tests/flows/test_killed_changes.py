"""kill -9 while reservations are changed and series made: each is whole, as its client was told."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass
from datetime import timedelta

import pytest

from hhu_plugins.rooms.models import CONFIRMED
from tests.sampling import first

from .college import RESERVATION_TIMEOUT, College, Wish, assert_no_overlap, at, until

CLIENTS = 8
DATES = 4
UNKNOWN = (0, 503)  # the connection broke, or nobody knows: it may be so or not


@dataclass
class Told:
    """What a client asked for in one go, and was told; ``descriptions`` tell the rows."""

    status: int
    descriptions: tuple[str, ...]  # of a change the old one and the new one
    is_series: bool
    seconds: float


class Load:
    """Clients that reserve, change what they have, and make series, as long as the block lasts."""

    def __init__(self, college: College, rooms: list[int]):
        self.told: list[Told] = []
        self._college = college
        self._rooms = rooms
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(n,)) for n in range(CLIENTS)]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def until_more(self, more: int = 5) -> None:
        """So many more changes and series that were granted."""
        before = self.counts()
        wanted = [count + more for count in before]
        until(
            lambda: all(now >= least for now, least in zip(self.counts(), wanted, strict=True)),
            90,
            "more changes and series",
        )

    def counts(self) -> list[int]:
        told = list(self.told)
        return [
            sum(one.status in (200, 201) and one.is_series is kind for one in told)
            for kind in (False, True)
        ]

    def _run(self, number: int) -> None:
        chance = random.Random(number)
        with self._college.client(number) as client:
            while not self._is_over.is_set():
                wish = self._wish(chance)
                if number % 2:
                    self._make_series(client, wish)
                else:
                    self._change(client, wish, self._wish(chance))
                self._is_over.wait(0.02)

    def _wish(self, chance: random.Random) -> Wish:
        start = at(chance.randint(1, 60), 8) + timedelta(minutes=30 * chance.randrange(20))
        return Wish(chance.choice(self._rooms), start, start + timedelta(minutes=30))

    def _change(self, client, wish: Wish, other: Wish) -> None:
        made = client.ask(wish).answer
        if made.status == 201:
            path = f"/reservations/{made.json['id']}/"
            answer = client.request("PATCH", path, other.body)
            names = (wish.description, other.description)
            self.told.append(Told(answer.status, names, False, answer.seconds))

    def _make_series(self, client, wish: Wish) -> None:
        rule = {"every": 1, "unit": "day", "count": DATES}
        plan = client.request("POST", "/reservations/series/plan/", wish.body | {"rule": rule})
        if plan.status == 200:
            body = wish.body | {"rule": rule, "digest": plan.json["digest"]}
            answer = client.request("POST", "/reservations/series/", body)
            self.told.append(Told(answer.status, (wish.description,), True, answer.seconds))


def check(told: Told, confirmed: dict[str, int]) -> None:
    """``confirmed``: how many confirmed reservations have which description."""
    counts = [confirmed.get(name, 0) for name in told.descriptions]
    if told.is_series:
        allowed = {201: [[DATES]], 400: [[0]], 409: [[0]]}
    else:
        allowed = {200: [[0, 1]], 400: [[1, 0]], 409: [[1, 0]]}
    whatever = [counts for each in allowed.values() for counts in each]
    assert told.status in (*allowed, *UNKNOWN), told
    assert counts in allowed.get(told.status, whatever), (told, counts)


@pytest.mark.parametrize("name", first(1, ["reservations", "web", "postgres", "valkey"]))
def test_a_kill_leaves_changes_and_series_whole(college, name):
    rooms = [college.add_room() for _ in range(4)]
    with Load(college, rooms) as load:
        load.until_more()
        college.kill(name)
        college.until_ready()
        load.until_more()
    college.until_nothing_is_pending()
    rows = college.rows(*rooms)
    assert_no_overlap(rows)
    confirmed: dict[str, int] = {}
    for row in rows:
        if row.status == CONFIRMED:
            confirmed[row.description] = confirmed.get(row.description, 0) + 1
    for told in load.told:
        check(told, confirmed)
    assert max(told.seconds for told in load.told) < RESERVATION_TIMEOUT + 20
