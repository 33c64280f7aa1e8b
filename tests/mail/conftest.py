"""A real SMTP server that does what it is told: take mails, refuse, be slow, hang up."""

from __future__ import annotations

import asyncio
import email
import time
from collections.abc import Iterator
from email import policy
from email.headerregistry import Address
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from sqlalchemy.orm import Session

from hhu_base.mail.dispatch import RetryPolicy
from hhu_base.mail.mailer import Mailer
from hhu_base.mail.messages import MessageBuilder
from hhu_base.mail.models import Mail
from hhu_base.mail.outbox import Recipient, put
from hhu_base.mail.transports import NONE, SmtpTransport
from tests.ports import free_port

ZONE = ZoneInfo("Asia/Shanghai")


class Handler:
    """``answers``: what is said to the next commands of a kind; ``"hang up"`` says nothing."""

    def __init__(self) -> None:
        self.mails: list = []
        self.recipients: list[str] = []
        self.answers: dict[str, list[str]] = {"MAIL": [], "RCPT": [], "DATA": []}
        self.pause = 0.0
        self.hangs_up_after_taking = False
        self.has_been_spoken_to = False

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802
        answer = await self._answer(server, "MAIL")
        if answer.startswith("250"):
            envelope.mail_from = address
        return answer

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        answer = await self._answer(server, "RCPT")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        answer = await self._answer(server, "DATA")
        if answer.startswith("250"):
            self.mails.append(email.message_from_bytes(envelope.content, policy=policy.default))
            self.recipients += envelope.rcpt_tos
            if self.hangs_up_after_taking:
                server.transport.abort()
        return answer

    async def _answer(self, server, kind: str) -> str:
        self.has_been_spoken_to = True
        await asyncio.sleep(self.pause)
        answer = self.answers[kind].pop(0) if self.answers[kind] else "250 OK"
        if answer == "hang up":
            server.transport.abort()
        return answer


class Server:
    """The handler on a port of its own; ``with server.away()`` nobody listens there."""

    def __init__(self, **options) -> None:
        self.handler = Handler()
        self._options = options
        self.port = 0
        self.start()

    def start(self) -> None:
        # Port 0 would tell nobody which one it became.
        self.port = self.port or free_port()
        self._controller = Controller(
            self.handler, hostname="127.0.0.1", port=self.port, **self._options
        )
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()

    @property
    def subjects(self) -> list[str]:
        return [str(mail["Subject"]) for mail in self.handler.mails]


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.stop()


def transport_to(port: int, **changes) -> SmtpTransport:
    values = {
        "host": "127.0.0.1",
        "port": port,
        "security": NONE,
        "user": "",
        "password": "",
        "timeout": 2,
        "patience": 5,
    }
    return SmtpTransport(**(values | changes))


@pytest.fixture
def writer() -> MessageBuilder:
    sender = Address("计信院教师服务", addr_spec="noreply@hhu.example")
    return MessageBuilder(sender, ZONE, {})


@pytest.fixture
def rules() -> RetryPolicy:
    return RetryPolicy(max_attempts=4, patience=5, chance=lambda: 0.5)


@pytest.fixture
def office(app, monkeypatch, server, writer, rules) -> Mailer:
    """The application's way out leads to the server."""
    office = Mailer(transport_to(server.port), writer, rules)
    monkeypatch.setattr(office, "pause", lambda: None)
    monkeypatch.setitem(app.registry, "mail.office", office)
    return office


@pytest.fixture
def write(session: Session):
    """``write("主题")``: a mail in the outbox."""

    def write(subject: str = "主题", body: str = "正文", **values) -> Mail:
        to = values.pop("to", Recipient("t0001@hhu.example", "褚杰"))
        [mail_id] = put(session, [to], subject, body, **values)
        return session.get_one(Mail, mail_id)

    return write


@pytest.fixture
def send(run_task, office):
    """A round of the task."""
    return lambda: run_task("core.send_mails")


@pytest.fixture
def make_due(session):
    """Let the pauses of all mails have passed."""

    def make_due() -> None:
        session.execute(sa.update(Mail).values(next_attempt_at=sa.func.now()))
        session.expire_all()

    return make_due


def until(condition, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
