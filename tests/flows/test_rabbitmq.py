"""With RabbitMQ as the broker: whatever becomes of it, nobody waits for it, and all come back."""

from __future__ import annotations

import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.mail.models import STORED, Mail
from hhu_plugins.repairs.models import NotificationRecipient
from hhu_plugins.rooms.models import CONFIRMED

from . import rabbitmq
from .college import Answer, Asked, College, Wish, at, run_college, until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not rabbitmq.is_there(), reason="no RabbitMQ on this machine"),
]

ADDRESS = "flows@hhu.example"
# It was two seconds in every four; without a broker it should be 0.2, and what the machine itself takes.
STANDSTILL = 1.5
CLIENTS = 8


@dataclass
class Installation:
    college: College
    broker: rabbitmq.RabbitMQ

    def restart(self) -> None:
        self.broker.stop()
        self.broker.start()

    def kill(self) -> None:
        self.broker.stop(signal.SIGKILL)
        self.broker.start()

    def be_away(self) -> None:
        self.broker.stop()
        time.sleep(60)
        self.broker.start()

    def hang(self) -> None:
        with self.broker.hanging():
            time.sleep(10)


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    with tempfile.TemporaryDirectory(prefix="hhu-rabbit-", dir="/tmp") as folder:  # noqa: S108
        broker = rabbitmq.RabbitMQ(Path(folder))
        try:
            broker.start()
            # One address gets them all, more than the twenty an hour that others are put off for.
            own = {"HHU_CELERY_BROKER_URL": broker.url, "HHU_MAIL_A_PERSON_AN_HOUR": "0"}
            with run_college(**own) as college:
                with Session(college.engine) as session, session.begin():
                    session.add(NotificationRecipient(name="值班", address=ADDRESS))
                yield Installation(college, broker)
        finally:
            broker.close()


@contextmanager
def pulse(college: College) -> Iterator[list[float]]:
    """Seconds that the machine takes, in the same moments, for what no broker has to do with."""
    seconds: list[float] = []
    is_over = threading.Event()

    def beat() -> None:
        with college.client() as client:
            while not is_over.wait(0.05):
                begin = time.monotonic()
                assert client.get("/healthz").status == 200
                with college.engine.begin() as connection:  # a commit that waits for the disk
                    connection.execute(sa.text("SELECT pg_logical_emit_message(true, 'test', '')"))
                seconds.append(time.monotonic() - begin)

    with ThreadPoolExecutor(1) as thread:
        beating = thread.submit(beat)
        try:
            yield seconds
        finally:
            is_over.set()
            beating.result(60)


@contextmanager
def clients(college: College) -> Iterator[tuple[list[Asked], list[Answer]]]:
    """Who reserve and read all the time; what they asked and read so far."""
    asked: list[Asked] = []
    read: list[Answer] = []
    is_over = threading.Event()

    def go_on(number: int) -> None:
        room = college.add_room()
        with college.client(number) as client:
            for count in range(10_000):
                if is_over.wait(0.1):
                    return
                day, hour = divmod(count, 12)
                start = at(1 + day % 80, 8 + hour)
                asked.append(client.ask(Wish(room, start, start + timedelta(hours=1))))
                read.append(client.get("/departments/"))

    with ThreadPoolExecutor(CLIENTS) as threads:
        going = [threads.submit(go_on, number) for number in range(CLIENTS)]
        try:
            yield asked, read
        finally:
            is_over.set()
            for one in going:
                one.result(60)


def until_mails_are_sent(college: College, locations: list[str]) -> None:
    def is_sent() -> bool:
        with Session(college.engine) as session:
            sent = session.scalars(sa.select(Mail.subject).where(Mail.status == STORED)).all()
        return all(any(location in subject for subject in sent) for location in locations)

    until(is_sent, 60, "what was put out is sent")


@pytest.mark.parametrize("misfortune", ["restart", "kill", "hang", "be_away"])
def test_nobody_waits_for_rabbitmq_and_all_come_back(installation, misfortune):
    college, befall = installation.college, getattr(installation, misfortune)
    college.until_ready()
    with pulse(college) as beats, clients(college) as (asked, read):
        until(lambda: len(asked) > 20, 30, "they are at it")
        locations = befallen(college, befall, misfortune)
        until_mails_are_sent(college, locations)
        before = len(asked)
        until(lambda: len(asked) > before + 50, 60, "they still are")
    assert {answer.status for answer in read} == {200}
    assert {one.answer.status for one in asked} == {201}
    college.assert_truthful(asked)
    slowest = max(answer.seconds for answer in [*read, *(one.answer for one in asked)])
    assert slowest < STANDSTILL + max(beats)
    college.until_ready()
    # Nobody sends a message for this row: beat has come back, too.
    wish = Wish(college.add_room(), at(1, 10), at(1, 11))
    row_id = college.insert(wish, decide_before=datetime.now(UTC) + timedelta(minutes=5))
    college.until_nothing_is_pending()
    assert college.status(row_id) == CONFIRMED


def befallen(college: College, befall: Callable[[], None], name: str) -> list[str]:
    """While the misfortune lasts somebody reports faults; where these are."""
    locations: list[str] = []
    is_over = threading.Event()

    def report() -> None:
        while not is_over.is_set():
            locations.append(f"{name} {len(locations)}.")
            with college.client(len(locations)) as client:
                body = {"location": locations[-1], "description": "坏了"}
                assert client.request("POST", "/repairs/", body).status == 201
            is_over.wait(1)

    with ThreadPoolExecutor(1) as thread:
        reporting = thread.submit(report)
        try:
            # In this thread: a child gets its death signal when the thread that started it ends.
            befall()
        finally:
            is_over.set()
        reporting.result(60)
    return locations
