"""kill -9 while rooms are given back to those who wait: each hold ends once, as was told."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta

import pytest
import sqlalchemy as sa

from hhu_base.notifications.models import Notice
from hhu_plugins.rooms.models import (
    CANCELLED,
    CONFIRMED,
    DONE,
    HELD,
    OFFERED,
    WAITING,
    WITHDRAWN,
    Reservation,
    WaitingRequest,
)
from tests.sampling import first

from .college import Client, College, Wish, assert_no_overlap, at
from .load import UNKNOWN, Load, kill_under

CLIENTS = 6
WAIT, CONFIRM, DECLINE = "wait", "confirm", "decline"
GRANTED = {WAIT: 201, CONFIRM: 200, DECLINE: 204}
PAGE = "/reservations/waiting/"


@dataclass
class Told:
    """What somebody did, and was told; ``id`` is the hold's, of a request its own, or what it says."""

    kind: str
    status: int
    id: int | str


class Waiters(Load):
    """Clients that reserve, wait for what is taken, give it back, and confirm what they get."""

    KINDS = tuple(GRANTED)

    def __init__(self, college: College, rooms: list[int]):
        super().__init__(college, CLIENTS, rooms)

    def is_granted(self, told: Told) -> bool:
        return told.status == GRANTED[told.kind]

    def act(self, client: Client, chance: random.Random, number: int) -> None:
        start = at(chance.randint(1, 60), 8) + timedelta(minutes=30 * chance.randrange(20))
        wish = Wish(chance.choice(self.rooms), start, start + timedelta(minutes=30))
        made = client.ask(wish).answer
        description = f"候补 {wish.description}"
        answer = client.request("POST", PAGE, wish.body | {"description": description})
        is_told = answer.status == 201
        self.told.append(Told(WAIT, answer.status, answer.json["id"] if is_told else description))
        if made.status == 201:
            client.request("DELETE", f"/reservations/{made.json['id']}/")
        mine = client.request("GET", PAGE)
        for entry in mine.json["results"] if mine.status == 200 else []:
            if entry["state"] == OFFERED:
                self._answer(client, chance, entry["reservation"]["id"])
            elif entry["state"] == WAITING and chance.random() < 0.3:
                client.request("DELETE", f"{PAGE}{entry['id']}/")
        self.pause(0.02)

    def _answer(self, client: Client, chance: random.Random, hold: int) -> None:
        path = f"/reservations/{hold}/"
        if chance.random() < 0.5:
            status = client.request("POST", f"{path}confirm/", {}).status
            self.told.append(Told(CONFIRM, status, hold))
        else:
            status = client.request("DELETE", path).status
            self.told.append(Told(DECLINE, status, hold))


@pytest.mark.slow
@pytest.mark.parametrize("name", first(4, ["reservations", "web", "postgres", "valkey"]))
def test_a_kill_leaves_each_hold_as_it_was_told(college, name):
    rooms = [college.add_room() for _ in range(4)]
    load = Waiters(college, rooms)
    kill_under(load, college, name)
    assert_no_overlap(college.rows(*rooms))
    with college.engine.connect() as connection:
        requests = list(connection.execute(sa.select(WaitingRequest.__table__)))
        rows = {row.id: row for row in connection.execute(sa.select(Reservation.__table__))}
        notices = list(connection.execute(sa.select(Notice.__table__)))
    stored = [each for request in requests for each in (request.id, request.description)]
    for told in load.told:
        check(told, stored, rows)
    for request in requests:
        if request.status in (OFFERED, DONE):
            status = rows[request.reservation_id].status
            assert status in {OFFERED: (HELD,), DONE: (CONFIRMED, CANCELLED)}[request.status]
    holds = [request.reservation_id for request in requests if request.reservation_id is not None]
    offers = [notice.cause for notice in notices if notice.subject.startswith("【请确认候补】")]
    # Everybody was told of each hold, and nobody twice.
    for hold in holds:
        assert offers.count(f"/admin/rooms/reservations/{hold}/") == 1


def check(told: Told, stored: list, rows: dict) -> None:
    if told.kind == WAIT:
        allowed = {201: (1,), 400: (0,)}
        assert stored.count(told.id) in allowed.get(told.status, (0, 1)), told
        return
    allowed_statuses = {
        (CONFIRM, 200): (CONFIRMED, CANCELLED),
        (CONFIRM, 400): (WITHDRAWN, CANCELLED),
        (DECLINE, 204): (WITHDRAWN, CANCELLED),
    }
    assert told.status in (*(200, 204, 400, 404), *UNKNOWN), told
    wanted = allowed_statuses.get((told.kind, told.status))
    assert wanted is None or rows[told.id].status in wanted, told
