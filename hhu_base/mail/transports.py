"""Handing messages over: to a mail server, or into a folder while there is none.

Whatever goes wrong becomes one of three errors, which are all that the rules have to know.
"""

from __future__ import annotations

import os
import smtplib
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import ClassVar, Protocol

from hhu_base.mail.models import SENT, STORED

NONE, STARTTLS, TLS = "none", "starttls", "tls"
PORTS = {NONE: 25, STARTTLS: 587, TLS: 465}

_CLOSING = 421  # "service not available, closing": about the server, not about the mail


class Rejected(Exception):
    """The mail server will not take this mail, however often it is asked."""


class Deferred(Exception):
    """It did not take this mail now; later it may."""


class ServerUnavailable(Exception):
    """It can't be reached, or sends us away whatever we bring."""


class Connection(Protocol):
    """``done`` is the status of a mail that was handed over."""

    done: ClassVar[str]

    def deliver(self, name: str, message: EmailMessage) -> None:
        """Hand a message over. Raises Refusal, Delay or ServerAway."""


class Transport(Protocol):
    @property
    def patience(self) -> float:
        """Seconds that a mail may take in all."""

    def connect(self) -> _Connecting:
        """A connection, as long as the block lasts. Raises ServerAway."""


class _Connecting(Protocol):
    def __enter__(self) -> Connection: ...

    def __exit__(self, *_) -> bool | None: ...


@dataclass(frozen=True)
class SmtpTransport:
    """``timeout``: seconds for each answer of the server; ``patience``: for a mail as a whole."""

    host: str
    port: int
    security: str
    user: str
    password: str = field(repr=False)
    timeout: float
    patience: float

    @contextmanager
    def connect(self) -> Iterator[SmtpConnection]:
        with ExitStack() as stack:
            try:
                with _at_most(self.patience) as watch:
                    smtp = self._open()
                    stack.callback(smtp.close)
                    watch(smtp)
                    if self.security == STARTTLS:
                        smtp.starttls(context=ssl.create_default_context())
                    if self.user:
                        smtp.login(self.user, self.password)
            except (OSError, smtplib.SMTPException) as error:
                raise ServerUnavailable(_told(error)) from None
            yield SmtpConnection(smtp, self.patience)
            # All that matters has been said: how the server takes leave does not.
            with suppress(OSError, smtplib.SMTPException):
                smtp.quit()

    def _open(self) -> smtplib.SMTP:
        if self.security == TLS:
            return smtplib.SMTP_SSL(
                self.host, self.port, timeout=self.timeout, context=ssl.create_default_context()
            )
        return smtplib.SMTP(self.host, self.port, timeout=self.timeout)


class SmtpConnection:
    done: ClassVar[str] = SENT

    def __init__(self, smtp: smtplib.SMTP, patience: float):
        self._smtp = smtp
        self._patience = patience

    def deliver(self, name: str, message: EmailMessage) -> None:
        sender = message["From"].addresses[0].addr_spec
        to = [address.addr_spec for address in message["To"].addresses]
        try:
            with _at_most(self._patience) as watch:
                watch(self._smtp)
                self._smtp.sendmail(sender, to, message.as_bytes())
        except smtplib.SMTPRecipientsRefused as error:
            [(code, text)] = error.recipients.values()
            raise _answer(code, text) from None
        except smtplib.SMTPResponseException as error:
            raise _answer(error.smtp_code, error.smtp_error) from None
        except smtplib.SMTPNotSupportedError as error:
            raise Rejected(_told(error)) from None
        except (OSError, smtplib.SMTPException) as error:
            raise ServerUnavailable(_told(error)) from None


@dataclass(frozen=True)
class FolderTransport:
    """Mails as ``.eml`` files, for trying out: any mail program opens them."""

    done: ClassVar[str] = STORED
    folder: Path
    patience: float = 10

    @contextmanager
    def connect(self) -> Iterator[FolderTransport]:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ServerUnavailable(_told(error)) from None
        yield self

    def deliver(self, name: str, message: EmailMessage) -> None:
        unfinished = self.folder / f".{name}.part"
        try:
            unfinished.write_bytes(message.as_bytes())
            os.replace(unfinished, self.folder / f"{name}.eml")
        except OSError as error:
            raise ServerUnavailable(_told(error)) from None


@contextmanager
def _at_most(seconds: float):
    """Cut the watched connection after so many seconds in all.

    A time-out of a socket only counts from one byte to the next: a server that sends one now and
    then would hold a worker, and the mail's row, for as long as it likes.
    """
    watched: list[smtplib.SMTP] = []

    def cut() -> None:
        for smtp in watched:
            with suppress(OSError):
                if smtp.sock is not None:
                    smtp.sock.shutdown(2)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield watched.append
    finally:
        timer.cancel()


def _answer(code: int, text: bytes | str) -> Exception:
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    sentence = f"{code} {' '.join(said.split())}"[:500]
    if code == _CLOSING:
        return ServerUnavailable(sentence)
    return Rejected(sentence) if 500 <= code < 600 else Deferred(sentence)


def _told(error: Exception) -> str:
    """What an administrator should read of it; a password is in none of these errors."""
    if isinstance(error, smtplib.SMTPResponseException):
        return str(_answer(error.smtp_code, error.smtp_error))
    # smtplib makes a broken connection of some time-outs, and keeps their text.
    if isinstance(error, TimeoutError) or str(error).endswith("timed out"):
        return "邮件服务器没有及时应答。"
    text = " ".join(str(error).split())[:400]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
