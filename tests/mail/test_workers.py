"""Workers side by side, and one that is killed: with real commits."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import Counter

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.mail import allowance, dispatch, outbox
from hhu_base.mail.models import QUEUED, SENT, Mail
from hhu_base.mail.outbox import Recipient
from hhu_base.rest import TooManyRequests

from .conftest import transport_to, until


@pytest.fixture
def post(engine):
    """``post(5)``: so many mails, committed; all are gone after the test."""

    def post(count: int) -> None:
        with Session(engine) as session, session.begin():
            for number in range(count):
                outbox.put(session, [Recipient("a@hhu.example")], f"{number}", "正文")

    yield post
    with engine.begin() as connection:
        connection.execute(sa.delete(Mail))


def statuses(engine) -> Counter:
    with engine.connect() as connection:
        return Counter(connection.scalars(sa.select(Mail.status)))


def work(engine, port, writer, rules) -> None:
    """What the task does, on a connection of its own."""
    with transport_to(port).connect() as connection, Session(engine) as session:
        while dispatch.send_next(session, connection, writer, rules) != dispatch.NOTHING_DUE:
            session.commit()


def test_who_asks_many_times_at_once_is_counted_as_if_one_after_the_other(engine, post):
    """A mail bomb comes in parallel: no two of its requests may see the same count."""
    to = Recipient("a@hhu.example")
    refused = []
    start = threading.Barrier(8)

    def ask() -> None:
        start.wait(10)
        for _ in range(3):
            with Session(engine) as session, session.begin():
                try:
                    allowance.check_another(session, to, "guides", 5)
                except TooManyRequests as refusal:
                    refused.append(int(refusal.headers["Retry-After"]))
                else:
                    outbox.put(session, [to], "主题", "正文", kind="guides")

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert statuses(engine) == {QUEUED: 5}
    assert len(refused) == 19
    assert all(3500 < seconds <= 3600 for seconds in refused)


def test_workers_side_by_side_send_each_mail_once(engine, post, server, writer, rules):
    post(40)
    server.handler.pause = 0.002
    args = (engine, server.port, writer, rules)
    threads = [threading.Thread(target=work, args=args) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(server.subjects, key=int) == [str(number) for number in range(40)]
    assert statuses(engine) == {SENT: 40}


WORKER = """
import sys
from email.headerregistry import Address
from zoneinfo import ZoneInfo
from sqlalchemy.orm import Session
from hhu_base.database import make_engine
from hhu_base.mail import dispatch
from hhu_base.mail.transports import SmtpTransport
from hhu_base.mail.messages import MessageBuilder
url, port = sys.argv[1], int(sys.argv[2])
engine = make_engine({"sqlalchemy.url": url})
transport = SmtpTransport("127.0.0.1", port, "none", "", "", 30, 60)
writer = MessageBuilder(Address(addr_spec="noreply@hhu.example"), ZoneInfo("Asia/Shanghai"), {})
with transport.connect() as connection, Session(engine) as session:
    dispatch.send_next(session, connection, writer, dispatch.RetryPolicy(5, 60))
    print("sent", flush=True)
    sys.stdin.readline()
    session.commit()
"""


@pytest.fixture
def start_worker(settings, server):
    """A worker in a process of its own, which sends one mail and waits before it commits."""
    processes = []

    def start() -> subprocess.Popen:
        program = [sys.executable, "-c", WORKER, settings["sqlalchemy.url"], str(server.port)]
        process = subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def test_nobody_else_takes_a_mail_that_is_being_sent(
    engine, post, server, writer, rules, start_worker
):
    post(1)
    worker = start_worker()
    until(lambda: worker.stdout.readline() == b"sent\n")
    work(engine, server.port, writer, rules)
    assert server.subjects == ["0"]
    worker.communicate(b"\n", timeout=30)
    assert statuses(engine) == {SENT: 1}


def test_a_worker_killed_between_taking_and_sending_loses_nothing(
    engine, post, server, writer, rules, start_worker
):
    post(1)
    server.handler.pause = 5
    worker = start_worker()
    # Not by a look at the row, which locks it for a moment: a worker that comes to it in this
    # moment takes it for somebody else's, and finds nothing to do.
    until(lambda: server.handler.has_been_spoken_to, 30)
    assert _somebody_is_sending(engine)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait(10)
    server.handler.pause = 0
    until(lambda: not _somebody_is_sending(engine))
    work(engine, server.port, writer, rules)
    assert server.subjects == ["0"]
    assert statuses(engine) == {SENT: 1}


def test_a_worker_killed_between_the_servers_word_and_the_commit_is_the_only_double(
    engine, post, server, writer, rules, start_worker
):
    post(2)
    worker = start_worker()
    until(lambda: worker.stdout.readline() == b"sent\n", 20)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait(10)
    assert statuses(engine) == {QUEUED: 2}
    until(lambda: not _somebody_is_sending(engine))
    work(engine, server.port, writer, rules)
    assert server.subjects == ["0", "0", "1"]
    assert len({mail["Message-ID"] for mail in server.handler.mails}) == 2


def _somebody_is_sending(engine) -> bool:
    """Whether any mail's row is locked."""
    with engine.connect() as connection:
        free = connection.scalars(sa.select(Mail.id).with_for_update(skip_locked=True)).all()
        return len(free) < connection.scalar(sa.select(sa.func.count(Mail.id)))
