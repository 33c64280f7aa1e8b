"""kill -9 while reservations are changed, series made and rooms closed: each is whole, as was told."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from hhu_plugins.rooms.models import CANCELLED, CONFIRMED, Closure
from tests.sampling import first

from .college import (
    RESERVATION_TIMEOUT,
    ZONE,
    Client,
    College,
    Office,
    Wish,
    assert_no_overlap,
    at,
)
from .load import UNKNOWN, Load, kill_under

CLIENTS = 8
DATES = 4
CHANGE, SERIES, CLOSURE = "change", "series", "closure"
GRANTED = {CHANGE: 200, SERIES: 201, CLOSURE: 303}


@dataclass
class Told:
    """What was asked for in one go, and told; ``descriptions`` tell the rows."""

    kind: str
    status: int
    descriptions: tuple[
        str, ...
    ]  # of a change the old one and the new one, of a closure its reason
    seconds: float = 0.0


class Changes(Load):
    """Clients that reserve, change what they have and make series, and an office that closes rooms."""

    KINDS = tuple(GRANTED)

    def __init__(self, college: College, rooms: list[int]):
        super().__init__(college, CLIENTS, rooms)
        self._office = Office(college.port)

    def __exit__(self, *_) -> None:
        super().__exit__()
        self._office.close()

    def is_granted(self, told: Told) -> bool:
        return told.status == GRANTED[told.kind]

    def act(self, client: Client, chance: random.Random, number: int) -> None:
        wish = self._wish(chance)
        if number == 0:
            self._close(wish)
        elif number % 2:
            self._make_series(client, wish)
        else:
            self._change(client, wish, self._wish(chance))
        self.pause(0.02)

    def _wish(self, chance: random.Random) -> Wish:
        start = at(chance.randint(1, 60), 8) + timedelta(minutes=30 * chance.randrange(20))
        return Wish(chance.choice(self.rooms), start, start + timedelta(minutes=30))

    def _change(self, client: Client, wish: Wish, other: Wish) -> None:
        made = client.ask(wish).answer
        # Not if it was answered with an earlier one, for the same: that was told of before.
        if made.status == 201 and made.json["description"] == wish.description:
            path = f"/reservations/{made.json['id']}/"
            answer = client.request("PATCH", path, other.body)
            names = (wish.description, other.description)
            self.told.append(Told(CHANGE, answer.status, names, answer.seconds))

    def _make_series(self, client: Client, wish: Wish) -> None:
        rule = {"every": 1, "unit": "day", "count": DATES}
        plan = client.request("POST", "/reservations/series/plan/", wish.body | {"rule": rule})
        if plan.status == 200:
            body = wish.body | {"rule": rule, "digest": plan.json["digest"]}
            answer = client.request("POST", "/reservations/series/", body)
            self.told.append(Told(SERIES, answer.status, (wish.description,), answer.seconds))

    def _close(self, wish: Wish) -> None:
        """Half an hour; whoever has it loses it."""
        status = self._office.post(
            "/admin/rooms/closures/add",
            room_id=str(wish.room_id),
            starts=_entered(wish.start),
            ends=_entered(wish.end),
            reason=wish.description,
            rest="cancel",
        )
        self.told.append(Told(CLOSURE, status, (wish.description,)))
        self.pause(0.2)


def _entered(moment: datetime) -> str:
    return f"{moment.astimezone(ZONE):%Y-%m-%dT%H:%M}"


def check(told: Told, stored: dict[str, int]) -> None:
    """``stored``: how many reservations and closures came about that have which description."""
    counts = [stored.get(name, 0) for name in told.descriptions]
    allowed = {
        CHANGE: {200: [[0, 1]], 400: [[1, 0]], 409: [[1, 0]]},
        SERIES: {201: [[DATES]], 400: [[0]], 409: [[0]]},
        CLOSURE: {303: [[1]], 400: [[0]]},
    }[told.kind]
    whatever = [counts for each in allowed.values() for counts in each]
    assert told.status in (*allowed, *UNKNOWN), told
    assert counts in allowed.get(told.status, whatever), (told, counts)


@pytest.mark.parametrize("name", first(1, ["reservations", "web", "postgres", "valkey"]))
def test_a_kill_leaves_changes_series_and_closures_whole(college, name):
    rooms = [college.add_room() for _ in range(4)]
    load = Changes(college, rooms)
    kill_under(load, college, name)
    rows = college.rows(*rooms)
    assert_no_overlap(rows)
    with college.engine.connect() as connection:
        closures = list(connection.execute(sa.select(Closure.__table__)))
    stored: dict[str, int] = defaultdict(int)
    for closure in closures:
        stored[closure.reason] += 1
        assert not any(
            row.status == CONFIRMED
            and row.room_id == closure.room_id
            and row.reserve_from < closure.ends
            and closure.starts < row.reserve_to
            for row in rows
        ), closure
    for row in rows:
        # Nobody but the office cancels, and each of them says why.
        if row.status == CONFIRMED or (row.status == CANCELLED and row.status_reason):
            stored[row.description] += 1
    for told in load.told:
        check(told, stored)
    assert max(told.seconds for told in load.told) < RESERVATION_TIMEOUT + 20
