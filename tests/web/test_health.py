"""``/healthz`` and ``/readyz``."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from redis.exceptions import ResponseError
from webtest import TestApp

from hhu_base import configure
from hhu_base.tasks.heartbeat import Description, SignOfLife, living_workers
from hhu_base.tasks.models import Worker
from hhu_base.web import health
from hhu_base.web.health import Readiness
from tests.flows.college import until


def test_a_process_that_answers_lives(app):
    assert TestApp(app).get("/healthz").json == {"status": "ok"}


def test_what_is_missing_is_named(app):
    """The tests' broker is none; the real one is looked at in the flows."""
    answer = TestApp(app).get("/readyz", status=503)
    assert answer.json["status"] == "unavailable"
    assert answer.json["missing"] == ["broker", "worker:reservations"]


def test_a_broker_that_refuses_us_is_missing_like_one_that_is_away(settings, engine, monkeypatch):
    """As Redis does with an account that may not do enough."""
    app = configure(dict(settings)).make_wsgi_app()

    def refuse(*_):
        raise ResponseError("NOPERM this user has no permissions")

    monkeypatch.setattr("hhu_base.tasks.broker.CeleryBroker.deliver", refuse)
    answer = TestApp(app).get("/readyz", status=503)
    assert "broker" in answer.json["missing"]
    app.registry["engine"].dispose()


class Finder:
    """Finds out what is missing, when it is let."""

    def __init__(self):
        self.asked = 0
        self.may_answer = threading.Event()
        self.may_answer.set()

    def __call__(self) -> list[str]:
        self.asked += 1
        assert self.may_answer.wait(60)
        return [f"thing {self.asked}"]


def test_one_finds_out_and_two_hundred_who_ask_meanwhile_share_the_answer(monkeypatch):
    # To start so many threads takes its time on a busy machine.
    monkeypatch.setattr(health, "_PATIENCE", 60)
    finder = Finder()
    finder.may_answer.clear()
    readiness = Readiness(finder, ["everything"])
    with ThreadPoolExecutor(200) as threads:
        asking = [threads.submit(readiness.missing) for _ in range(200)]
        finder.may_answer.set()
        assert [one.result(60) for one in asking] == [["thing 1"]] * 200
    assert finder.asked == 1


def test_what_is_known_is_told_at_once_while_something_newer_is_found_out():
    now = 100.0
    finder = Finder()
    readiness = Readiness(finder, ["everything"], clock=lambda: now)
    assert readiness.missing() == ["thing 1"]
    now += 0.9
    assert readiness.missing() == ["thing 1"]
    assert finder.asked == 1
    now += 0.2
    finder.may_answer.clear()
    assert readiness.missing() == ["thing 1"]
    finder.may_answer.set()
    until(lambda: readiness.missing() == ["thing 2"], 10, "the news")


def test_whoever_finds_out_and_does_not_come_back_keeps_nobody_waiting(monkeypatch):
    """As with a database that hangs: the last answer gets too old, and then it is no."""
    monkeypatch.setattr("hhu_base.web.health._PATIENCE", 0.01)
    now = 100.0
    finder = Finder()
    readiness = Readiness(finder, ["everything"], clock=lambda: now)
    assert readiness.missing() == ["thing 1"]
    finder.may_answer.clear()
    now += 6
    assert readiness.missing() == ["everything"]
    finder.may_answer.set()
    until(lambda: readiness.missing() == ["thing 2"], 10, "the news")


def test_readiness_that_fails_is_no(monkeypatch):
    def fail() -> list[str]:
        raise RuntimeError

    assert Readiness(fail, ["everything"]).missing() == ["everything"]


def test_who_asks_holds_no_connection_to_the_database(house):
    pool = house.registry["engine"].pool
    held = []

    def look(*_) -> bool:
        held.append(pool.checkedout())
        return True

    house.registry["sender"] = SimpleNamespace(answers=look)
    answer = TestApp(house).get("/readyz", status=503)
    assert answer.json["missing"] == ["worker:reservations"]
    assert held == [0]


@pytest.fixture
def worker(house):
    sign = SignOfLife(
        house.registry["engine"], Description("reservations@here", ["reservations"], 1, ["t"])
    )
    sign.start()
    return sign


def listening(house) -> list[str]:
    with house.registry["engine"].connect() as connection:
        return [each.name for each in living_workers(connection)]


def test_a_worker_lives_as_long_as_it_says_so(house, worker):
    until(lambda: listening(house) == ["reservations@here"], 10, "the first sign")
    with house.registry["engine"].begin() as connection:
        connection.execute(sa.update(Worker).values(at=Worker.at - timedelta(minutes=1)))
    assert listening(house) == []
    worker.renew()
    until(lambda: listening(house) == ["reservations@here"], 10, "another sign")
    worker.end()
    assert listening(house) == []
    with house.registry["engine"].begin() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(Worker)) == 0


def test_one_that_ends_while_it_gives_a_sign_leaves_nothing(house, worker):
    until(lambda: listening(house) == ["reservations@here"], 10, "the first sign")
    endings = []

    def end_meanwhile(connection, cursor, statement, *_):
        if statement.startswith("INSERT") and not endings:
            endings.append(threading.Thread(target=worker.end))
            endings[0].start()
            until(lambda: worker._is_over, 10, "it is told to end")

    engine = house.registry["engine"]
    sa.event.listen(engine, "before_cursor_execute", end_meanwhile)
    try:
        worker.renew()
        until(lambda: endings, 10, "another sign")
        endings[0].join(10)
        assert listening(house) == []
    finally:
        sa.event.remove(engine, "before_cursor_execute", end_meanwhile)


def test_workers_that_were_killed_long_ago_are_forgotten(house, worker):
    with house.registry["engine"].begin() as connection:
        old = sa.func.clock_timestamp() - timedelta(hours=2)
        connection.execute(
            sa.insert(Worker).values(name="old", at=old, queues=[], concurrency=1, tasks=[])
        )

    def names() -> list[str]:
        with house.registry["engine"].begin() as connection:
            return list(connection.scalars(sa.select(Worker.name)))

    worker.renew()
    until(lambda: names() == ["reservations@here"], 10, "the sweep")
    worker.end()
