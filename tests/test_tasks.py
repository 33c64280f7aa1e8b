"""Messages that go out, and those that are shared."""

import threading
import time
from pathlib import Path

import pytest
from celery import Celery
from kombu.exceptions import OperationalError

from hhu_base.embedded.programs import our_programs
from hhu_base.tasks import Sender, configure_celery, queues


class SlowCelery:
    """A broker that takes its time, and remembers when each message began to be sent."""

    def __init__(self, pause: float = 0.05, fails: bool = False):
        self.began: list[float] = []
        self._pause = pause
        self._fails = fails

    def send_task(self, name, args):
        self.began.append(time.monotonic())
        time.sleep(self._pause)
        if self._fails:
            raise OperationalError("away")


def wake_from_threads(sender: Sender, count: int) -> list[tuple[float, bool]]:
    """When each of ``count`` threads asked, and what it was told."""
    results: list[tuple[float, bool]] = []

    def ask() -> None:
        asked = time.monotonic()
        results.append((asked, sender.wake("t")))

    threads = [threading.Thread(target=ask) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    return results


def test_those_who_ask_at_the_same_time_share_messages_sent_after_they_asked():
    celery = SlowCelery()
    results = wake_from_threads(Sender(celery), 50)
    assert len(results) == 50
    assert all(is_sent for _, is_sent in results)
    assert len(celery.began) < 10
    # Whoever asked is served by a message that began to be sent later than his commit.
    assert max(celery.began) >= max(asked for asked, _ in results)


def test_the_more_wait_the_longer_a_message_is_shared_and_one_alone_has_his_at_once():
    now = 100.0
    pauses: list[float] = []
    sender = Sender(SlowCelery(pause=0), clock=lambda: now, pause=pauses.append)
    for waiting in (1, 1, 8, 16, 1000):
        sender.wake("t", waiting)
        now += 0.005
    assert len(pauses) == 3
    assert sorted(pauses) == pauses
    assert pauses[-1] < 0.05


def test_all_who_share_a_message_learn_that_it_could_not_be_sent():
    results = wake_from_threads(Sender(SlowCelery(fails=True)), 20)
    assert [is_sent for _, is_sent in results] == [False] * 20


def test_a_broker_that_did_not_answer_is_left_alone_until_one_finds_it_back():
    now = 100.0
    celery = SlowCelery(pause=0, fails=True)
    sender = Sender(celery, clock=lambda: now)
    assert [sender.send("t") for _ in range(5)] == [False] * 5
    assert len(celery.began) == 1
    now += 1.9
    assert not sender.send("t")
    assert len(celery.began) == 1
    now += 0.2
    assert not sender.send("t")
    assert len(celery.began) == 2
    now += 2.1
    celery._fails = False
    assert [sender.send("t") for _ in range(3)] == [True] * 3
    assert len(celery.began) == 5


def test_while_one_asks_a_broker_that_was_away_the_others_do_not_wait_for_it():
    now = 100.0
    celery = SlowCelery(pause=0, fails=True)
    sender = Sender(celery, clock=lambda: now)
    sender.send("t")
    now += 2.1
    others = []

    def send_task(name, args):
        others.append(sender.send("t"))

    celery.send_task = send_task  # type: ignore[method-assign]
    assert sender.send("t")
    assert others == [False]


def test_a_broker_that_is_away_is_no_error_for_the_sender(app):
    assert app.registry["sender"].send("rooms.decide") is False


def test_each_task_goes_to_its_queue_and_the_periodic_ones_do_not_pile_up(app):
    conf = configure_celery(Celery("test", set_as_current=False), app.registry).conf
    assert conf.task_routes["rooms.decide"] == {"queue": "reservations"}
    assert conf.beat_schedule["rooms.decide"]["options"] == {"expires": 5}
    assert {queue.name for queue in conf.task_queues} >= {"default", "reservations"}


@pytest.mark.parametrize("is_committed", [True, False])
def test_a_message_is_sent_after_the_commit_or_not_at_all(app, is_committed, monkeypatch):
    from pyramid.scripting import prepare

    sent = []
    monkeypatch.setattr(app.registry["sender"], "send", lambda name, *args: sent.append(args))
    with prepare(registry=app.registry) as env:
        request = env["request"]
        request.tm.begin()
        request.enqueue("rooms.decide", 5)
        assert sent == []
        (request.tm.commit if is_committed else request.tm.abort)()
    assert sent == ([(5,)] if is_committed else [])


def test_each_queue_has_a_worker_in_serve_and_a_unit(app, services):
    """What no worker takes waits for ever."""
    _, workers = our_programs(Path("x.ini"), services, "127.0.0.1", 1, {})
    root = Path(__file__).parents[1]
    units = [path.read_text() for path in (root / "deploy/systemd").glob("*.service")]
    for queue in queues(app.registry):
        commands = [worker.command for worker in workers if queue in worker.command]
        assert [command[command.index("-Q") + 1] for command in commands] == [queue]
        assert sum(f" -Q {queue} " in unit for unit in units) == 1
