"""Cables are cut and a host dies while teachers reserve: every answer is true, and a spare goes on."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.database import lock
from hhu_plugins.rooms.decisions import LOCK
from hhu_plugins.rooms.models import CONFIRMED, Reservation

from . import hosts, rabbitmq
from .college import TAKEN, Asked, Client, Crowd, Wish, at, until
from .hosts import BACK, CABLES
from .three_hosts import RESERVATIONS, Machine, ThreeHosts, run_three_hosts

CLIENTS = 24
# Whatever happens to a host, this is how long an answer of another may take; docs/deploy.md says it.
LONGEST = 30
WHY_NOT = hosts.why_not()

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT),
    pytest.mark.timeout(600),
]


@pytest.fixture(scope="module", params=["rabbitmq", "valkey"])
def running(request) -> Iterator[ThreeHosts]:
    if request.param == "rabbitmq" and not rabbitmq.is_there():
        pytest.skip("no RabbitMQ on this machine")
    with run_three_hosts(request.param) as three:
        yield three


@pytest.fixture
def three(running: ThreeHosts) -> ThreeHosts:
    running.until_ready()
    return running


class Teachers(Crowd):
    """Those with even numbers reserve at one host, the others at the other."""

    def __init__(self, three: ThreeHosts):
        super().__init__(three.east.site, CLIENTS)
        self.three = three
        self.asked: dict[Machine, list[Asked]] = {machine: [] for machine in three.machines}
        self._rooms = [three.add_room() for _ in range(8)]

    def client(self, number: int) -> Client:
        return self._machine(number).site.client(number)

    def act(self, client: Client, chance: random.Random, number: int) -> None:
        start = at(chance.randint(1, 300), 8) + timedelta(minutes=30 * chance.randrange(24))
        wish = Wish(chance.choice(self._rooms), start, start + timedelta(minutes=30))
        self.asked[self._machine(number)].append(client.ask(wish))
        self.pause(0.3)

    def until_more(self, machine: Machine, more: int = 30) -> None:
        """So many more that got a room there."""
        before = self._granted(machine)
        until(lambda: self._granted(machine) >= before + more, 120, f"more at {machine.host.name}")

    @property
    def everything(self) -> list[Asked]:
        return [asked for each in self.asked.values() for asked in each]

    def _machine(self, number: int) -> Machine:
        return self.three.machines[number % 2]

    def _granted(self, machine: Machine) -> int:
        return sum(asked.answer.status == 201 for asked in list(self.asked[machine]))


@contextmanager
def teachers(three: ThreeHosts) -> Iterator[Teachers]:
    """They reserve while this lasts; afterwards all that they were told is true."""
    with Teachers(three) as crowd:
        for machine in three.machines:
            crowd.until_more(machine)
        yield crowd
        for machine in three.machines:
            crowd.until_more(machine)
    three.east.site.until_nothing_is_pending(timeout=15)
    three.east.site.assert_truthful(crowd.everything)
    # A connection that broke was waited for by the client.
    assert max(each.answer.seconds for each in crowd.everything if each.answer.status) < LONGEST


def assert_nobody_noticed(asked: list[Asked]) -> None:
    """Whoever asked got the room, unless somebody else has it."""
    for answer in (each.answer for each in asked):
        assert answer.status == 201 or (answer.status, answer.sentence) == (400, TAKEN), answer


def assert_the_schedule_goes_on(three: ThreeHosts) -> None:
    """Nobody sends a message for this row."""
    site = three.east.site
    wish = Wish(three.add_room(), at(1, 10), at(1, 11))
    row_id = site.insert(wish, decide_before=datetime.now(UTC) + timedelta(minutes=5))
    site.until_nothing_is_pending(timeout=60)
    assert site.status(row_id) == CONFIRMED


@contextmanager
def worker_with_the_lock(three: ThreeHosts) -> Iterator[tuple[Machine, int]]:
    """A worker is in the midst of deciding this row, with the lock in its hand; it gets on afterwards."""
    site = three.east.site
    wish = Wish(three.add_room(), at(1, 10), at(1, 11))
    with Session(three.engine) as row_lock, row_lock.begin():
        with Session(three.engine) as queue, queue.begin():
            lock(queue, LOCK)
            row_id = site.insert(wish, decide_before=datetime.now(UTC) + timedelta(minutes=5))
            row_lock.execute(
                sa.select(Reservation.id).where(Reservation.id == row_id).with_for_update()
            )
        until(three.holder_of_the_lock, 30, "a worker is at it")
        machine = three.holder_of_the_lock()
        assert machine is not None
        yield machine, row_id


@pytest.mark.parametrize("misfortune", ["cut", "kill"])
def test_a_spare_takes_over_from_a_worker_that_is_lost_with_the_lock(three, misfortune):
    with worker_with_the_lock(three) as (lost, row_id):
        if misfortune == "cut":
            lost.host.cut()
        else:
            lost.host.kill(RESERVATIONS[0])
    try:
        site = three.other(lost).site
        room = three.add_room()
        asked = site.ask_at_once([Wish(room, at(day, 9), at(day, 10)) for day in range(1, 21)])
        assert {each.answer.status for each in asked} == {201}
        site.assert_truthful(asked)
        assert site.status(row_id) == CONFIRMED
        if misfortune == "cut":
            until(lambda: three.connections_of(lost) == 0, 30, "the database has given it up")
    finally:
        if misfortune == "cut":
            lost.host.heal()
        else:
            lost.start(RESERVATIONS)


@pytest.mark.parametrize(("name", "cables"), [("east", CABLES), ("west", (BACK,))])
def test_a_host_that_is_cut_off_harms_nobody_else(three, name, cables):
    """From everybody, or only from its database and broker; in the west is what there is one of."""
    lost: Machine = getattr(three, name)
    other = three.other(lost)
    with teachers(three) as crowd:
        begin = len(crowd.asked[other])
        lost.host.cut(*cables)
        until(lambda: three.connections_of(lost) == 0, 30, "the database has given it up")
        crowd.until_more(other)
        until(lambda: not lost.has_worker(), 30, "its worker is known to be away")
        if cables == (BACK,):
            answer = lost.site.readiness()
            assert (answer.status, answer.json["missing"][:2]) == (503, ["database", "broker"])
        lost.host.heal()
        # Without a restart.
        three.until_ready()
        assert_nobody_noticed(crowd.asked[other][begin:])
    assert_the_schedule_goes_on(three)


def test_while_the_host_with_the_data_is_cut_off_nobody_is_told_what_is_not_so(three):
    with teachers(three) as crowd:
        three.data.cut()
        for machine in three.machines:
            until(lambda m=machine: m.site.readiness().status == 503, 60, "it says so")
        count = len(crowd.everything)
        until(lambda: len(crowd.everything) > count + CLIENTS, 90, "they are answered")
        three.data.heal()
        three.until_ready()
    assert_the_schedule_goes_on(three)


def test_a_host_that_dies_harms_nobody_else_and_comes_back(three):
    lost, other = three.east, three.west
    with teachers(three) as crowd:
        begin = len(crowd.asked[other])
        lost.host.die()
        until(lambda: three.connections_of(lost) == 0, 30, "the database has given it up")
        crowd.until_more(other)
        lost.host.come_back()
        lost.start()
        three.until_ready()
        assert_nobody_noticed(crowd.asked[other][begin:])
