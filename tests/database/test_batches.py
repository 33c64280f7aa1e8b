"""Trips to the database that requests share."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import sessionmaker

from hhu_base.database import batches
from hhu_base.database.batches import Batches


@pytest.fixture
def request_(engine):
    autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")
    return SimpleNamespace(environ={}, registry={"autocommit_sessions": sessionmaker(autocommit)})


class Database:
    """Doubles numbers; the first trip lasts until ``let_go``."""

    def __init__(self, request):
        self._request = request
        self.trips: list[list[int]] = []
        self.is_there = threading.Event()
        self.let_go = threading.Event()
        self.batches = Batches(self.run)

    def run(self, session, items):
        self.trips.append(list(items))
        if len(self.trips) == 1:
            self.is_there.set()
            assert self.let_go.wait(30)
        return self.answer(session, items)

    def answer(self, session, items):
        doubled = sa.func.unnest(sa.bindparam("items", type_=sa.ARRAY(sa.Integer)))
        return [2 * number for number in session.scalars(sa.select(doubled), {"items": items})]

    def ask(self, item: int) -> int:
        return self.batches(self._request, item)

    def ask_all(self, pool: ThreadPoolExecutor, first: int, *others: int) -> list[Future]:
        """The others come while the first is at the database."""
        futures = [pool.submit(self.ask, first)]
        assert self.is_there.wait(30)
        futures += [pool.submit(self.ask, other) for other in others]
        while len(self.batches._waiting) < len(others):
            threading.Event().wait(0.001)
        return futures


@pytest.fixture
def pool():
    with ThreadPoolExecutor(8) as pool:
        yield pool


@pytest.fixture
def patient(monkeypatch) -> None:
    monkeypatch.setattr(batches, "_PATIENCE", 60)


def test_who_is_alone_goes_at_once(request_):
    database = Database(request_)
    database.let_go.set()
    assert [database.ask(1), database.ask(2)] == [2, 4]
    assert database.trips == [[1], [2]]


def test_who_comes_while_one_is_there_goes_with_the_others(request_, pool, patient):
    database = Database(request_)
    futures = database.ask_all(pool, 1, 2, 3, 4)
    database.let_go.set()
    assert [future.result(30) for future in futures] == [2, 4, 6, 8]
    assert [sorted(trip) for trip in database.trips] == [[1], [2, 3, 4]]
    assert database.ask(5) == 10


def test_an_error_is_nobody_elses(request_, pool, patient):
    class OneIsWrong(Database):
        def answer(self, session, items):
            if 3 in items:
                raise ValueError("three")
            return super().answer(session, items)

    database = OneIsWrong(request_)
    one, two, three, four = database.ask_all(pool, 1, 2, 3, 4)
    database.let_go.set()
    assert [future.result(30) for future in (one, two, four)] == [2, 4, 8]
    with pytest.raises(ValueError, match="three"):
        three.result(30)
    assert sorted(map(len, database.trips)) == [1, 1, 1, 1, 3]


def test_what_may_be_done_already_is_not_done_again(request_, pool, patient):
    class BreaksOff(Database):
        def answer(self, session, items):
            gone = OperationalError("INSERT", {}, Exception("server closed the connection"))
            gone.connection_invalidated = True
            raise gone

    database = BreaksOff(request_)
    futures = database.ask_all(pool, 1, 2, 3)
    database.let_go.set()
    for future in futures:
        with pytest.raises(OperationalError):
            future.result(30)
    assert [sorted(trip) for trip in database.trips] == [[1], [2, 3]]


def test_who_has_waited_long_goes_alone_whatever_holds_the_others_up(request_, pool):
    database = Database(request_)
    first = pool.submit(database.ask, 1)
    assert database.is_there.wait(30)
    assert database.ask(2) == 4
    assert database.trips == [[1], [2]]
    database.let_go.set()
    assert first.result(30) == 2


def test_many_at_once_all_get_their_own_answer(request_, pool):
    database = Database(request_)
    database.let_go.set()
    assert list(pool.map(database.ask, range(500))) == [2 * number for number in range(500)]
    assert sorted(sum(database.trips, [])) == list(range(500))
