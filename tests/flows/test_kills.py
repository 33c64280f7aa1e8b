"""kill -9 in mid-load: whatever dies, what was answered is true, and nothing stays undecided."""

import random
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.sampling import first

from .college import RESERVATION_TIMEOUT, Asked, Client, College, Crowd, Wish, at, until

CLIENTS = 16
ALL_CONNECTIONS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE application_name = 'hhu' AND pid <> pg_backend_pid()
"""


class Load(Crowd):
    """Clients that reserve without a pause."""

    def __init__(self, college: College, rooms: list[int]):
        super().__init__(college, CLIENTS)
        self.asked: list[Asked] = []
        self._rooms = rooms

    def count(self, status: int) -> int:
        return sum(one.answer.status == status for one in list(self.asked))

    def until_more(self, status: int, more: int = 20) -> None:
        before = self.count(status)
        until(lambda: self.count(status) >= before + more, 60, f"{more} more answers {status}")

    def act(self, client: Client, chance: random.Random, number: int) -> None:
        start = at(chance.randint(1, 60), 8) + timedelta(minutes=30 * chance.randrange(20))
        end = start + timedelta(minutes=30 * chance.randint(1, 6))
        asked = client.ask(Wish(chance.choice(self._rooms), start, end))
        self.asked.append(asked)
        if asked.answer.status not in (201, 400):
            self.pause(0.05)  # as a client would, before it tries again


@pytest.mark.parametrize(
    "name", first(4, ["reservations", "web", "valkey", "postgres", "connections", "serve"])
)
def test_a_kill_in_mid_load_makes_no_answer_untrue(college, name):
    rooms = [college.add_room() for _ in range(4)]
    with Load(college, rooms) as load:
        load.until_more(201)
        if name == "serve":
            college.kill_serve()
            college.start()
        elif name == "connections":
            with college.engine.connect() as connection:
                connection.execute(sa.text(ALL_CONNECTIONS))
        else:
            college.kill(name)
            college.until_ready()
        load.until_more(201)
        # The load was a real one: rooms were also taken.
        load.until_more(400, 1 - load.count(400))
    college.until_nothing_is_pending()
    college.assert_truthful(load.asked)
    assert max(one.answer.seconds for one in load.asked) < RESERVATION_TIMEOUT + 20
