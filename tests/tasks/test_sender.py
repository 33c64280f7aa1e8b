"""The thread that talks to the broker, with brokers that are slow, away, or real."""

import os
import socket
import threading
import time

import pytest
from celery import Celery
from kombu.exceptions import EncodeError, OperationalError

from hhu_base.tasks.broker import PROBE, CeleryBroker, Message
from hhu_base.tasks.broker_options import connection_options, transport_options
from hhu_base.tasks.sender import TaskSender
from hhu_base.telemetry import request_ids

SECONDS = 10


class FakeBroker:
    """Takes its time, or is away; remembers what it was given and when that began."""

    def __init__(self, pause: float = 0.0):
        self.is_away = False
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.began: list[float] = []
        self.taken: list[Message] = []
        self._pause = pause

    def deliver(self, message: Message) -> None:
        self.began.append(time.monotonic())
        time.sleep(self._pause)
        assert self.may_go_on.wait(SECONDS)
        if self.is_away:
            raise OperationalError("away")
        self.taken.append(message)

    def close(self) -> None:
        pass


class Clock:
    """A clock that only pauses move on."""

    def __init__(self):
        self.now = 100.0
        self.pauses: list[float] = []

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds
        time.sleep(0.001)


def until(condition) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_those_who_ask_at_the_same_time_share_messages_sent_after_they_asked():
    broker = FakeBroker(pause=0.02)
    sender = TaskSender(broker)
    asked: list[float] = []

    def ask() -> None:
        asked.append(time.monotonic())
        assert sender.wake("t")

    threads = [threading.Thread(target=ask) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    assert sender.flush(SECONDS)
    assert len(asked) == 50
    assert len(broker.taken) < 10
    # Whoever asked is served by a message that began to be sent later than his commit.
    assert max(broker.began) >= max(asked)


def test_the_more_wait_the_longer_a_message_is_shared_and_one_alone_has_his_at_once():
    clock = Clock()
    sender = TaskSender(FakeBroker(), clock, clock.pause)
    for waiting in (1, 1, 8, 16, 1000):
        sender.wake("t", waiting)
        assert sender.flush(SECONDS)
        clock.now += 0.005
    assert len(clock.pauses) == 3
    assert sorted(clock.pauses) == clock.pauses
    assert clock.pauses[-1] < 0.05


@pytest.mark.parametrize("waiting", [2, 1000])
def test_each_of_four_processes_sends_a_quarter_of_the_wake_ups(waiting):
    pauses = []
    for processes in (1, 4):
        clock = Clock()
        sender = TaskSender(FakeBroker(), clock, clock.pause, processes=processes)
        for _ in range(2):
            sender.wake("t", waiting)
            assert sender.flush(SECONDS)
        pauses += clock.pauses
    assert pauses[1] == pytest.approx(4 * pauses[0])


def test_nobody_waits_for_a_broker_that_hangs_and_it_is_not_relied_on():
    clock = Clock()
    broker = FakeBroker()
    broker.may_go_on.clear()
    sender = TaskSender(broker, clock, clock.pause)
    assert sender.wake("t")
    until(lambda: broker.began)
    clock.now += 0.3
    assert not sender.wake("t")
    assert not sender.answers(0.01)
    broker.may_go_on.set()
    assert sender.flush(SECONDS)
    assert sender.is_relied_on


def test_what_is_put_down_while_the_broker_is_away_is_sent_when_it_is_back():
    clock = Clock()
    broker = FakeBroker()
    broker.is_away = True
    woken = []
    sender = TaskSender(broker, clock, clock.pause)
    sender.when_silent = lambda: woken.append(clock.now)
    sender.wake("t")
    until(lambda: sender.problem)
    until(lambda: woken)
    for number in range(3):
        sender.send("u", number)
    assert not sender.wake("t")
    assert not sender.flush(0.01)
    broker.is_away = False
    until(lambda: len(broker.taken) == 4)
    assert [(one.task, one.args) for one in broker.taken] == [
        ("t", ()),  # for both who asked
        ("u", (0,)),
        ("u", (1,)),
        ("u", (2,)),
    ]
    assert len(woken) == 1
    assert sender.flush(SECONDS)


def test_the_requests_of_a_whole_absence_share_a_message():
    clock = Clock()
    broker = FakeBroker()
    broker.is_away = True
    sender = TaskSender(broker, clock, clock.pause)
    for number in range(5):
        with request_ids.following(f"request-{number}"):
            sender.send("t")
        # Twice, since the first may have met an old connection.
        until(lambda: len(broker.began) >= 2)
    broker.is_away = False
    until(lambda: broker.taken)
    until(lambda: sender.flush(SECONDS))
    # One, and perhaps the one with which the thread was just trying again.
    assert broker.taken in ([Message("t")], [Message("t")] * 2)


def test_a_broker_that_is_back_is_relied_on_only_when_its_workers_had_time_to_come_back():
    clock = Clock()
    broker = FakeBroker()
    sender = TaskSender(broker, clock, clock.pause)
    broker.is_away = True
    sender.send("t")
    until(lambda: sender.problem)
    broker.is_away = False
    until(lambda: broker.taken)
    until(lambda: sender.flush(SECONDS))
    assert not sender.wake("t")
    clock.now += 10
    assert sender.wake("t")


def test_a_flood_during_a_long_absence_is_bounded():
    broker = FakeBroker()
    broker.may_go_on.clear()
    sender = TaskSender(broker)
    for number in range(3000):
        sender.send("t", number)
    broker.may_go_on.set()
    assert sender.flush(SECONDS)
    assert 900 < len(broker.taken) < 1100


def test_a_message_that_cannot_be_written_does_not_hold_up_the_next(monkeypatch):
    broker = FakeBroker()
    deliver = broker.deliver

    def refuse(message: Message) -> None:
        if message.task == "bad":
            raise EncodeError("no JSON")
        deliver(message)

    monkeypatch.setattr(broker, "deliver", refuse)
    sender = TaskSender(broker)
    sender.send("bad")
    sender.send("good")
    assert sender.flush(SECONDS)
    assert [one.task for one in broker.taken] == ["good"]


def test_a_forked_process_sends_its_own_messages():
    broker = FakeBroker()
    sender = TaskSender(broker)
    sender.send("before")
    assert sender.flush(SECONDS)
    child = os.fork()
    if child == 0:
        sender.send("after")
        os._exit(0 if sender.flush(SECONDS) and len(broker.taken) == 2 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_messages_reach_a_real_broker_and_it_answers(services):
    celery = Celery("test", broker=services.broker_url, set_as_current=False)
    celery.conf.broker_transport_options = transport_options(services.broker_url)
    celery.conf.task_default_queue = "sender-test"
    sender = TaskSender(CeleryBroker(celery))
    assert sender.answers(SECONDS)
    sender.send("t", 7)
    assert sender.flush(SECONDS)
    with celery.connection_for_read() as connection:
        message = connection.SimpleQueue("sender-test").get(timeout=SECONDS)
        assert (message.headers["task"], message.payload[0]) == ("t", [7])
        message.ack()


def test_a_broker_that_is_away_is_no_error_for_who_sends(app):
    sender = app.registry["sender"]
    sender.send("rooms.decide")
    until(lambda: not sender.is_relied_on)
    assert not sender.answers(SECONDS)
    assert sender.wake("rooms.decide") is False


@pytest.mark.parametrize(
    "url", ["redis://h/0", "valkey://h", "sentinel://h", "amqp://h//", "pyamqp://h//"]
)
def test_no_wait_for_a_broker_is_without_a_limit(url):
    options = transport_options(url)
    assert any(name.endswith("timeout") and value <= 1 for name, value in options.items())


@pytest.mark.parametrize("url", ["redis://h/0", "rediss://h", "sentinel://h", "amqp://h//"])
def test_a_host_that_vanishes_is_given_up_in_seconds(url):
    [limits] = [each for each in connection_options(url).values() if isinstance(each, dict)]
    assert limits[socket.TCP_KEEPIDLE] + limits[socket.TCP_KEEPINTVL] * 3 < 10


def test_a_probe_is_no_task():
    assert not PROBE.task
