"""A real mail server that takes every mail and remembers its Message-ID."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from aiosmtpd.controller import Controller
from benchmarks.house import HOST, free_port

_KEY = re.compile(rb"^Message-ID:\s*<([^@>]+)@", re.IGNORECASE | re.MULTILINE)


class Mailbox:
    """``arrived``: how often a mail with this key (the stable half of its Message-ID) came."""

    def __init__(self) -> None:
        self.port = free_port()
        self.arrived: Counter[str] = Counter()
        self._guard = threading.Lock()

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802 - aiosmtpd's name
        found = _KEY.search(envelope.content[:8192])
        with self._guard:
            self.arrived[found[1].decode() if found else "?"] += 1
        return "250 OK"


@contextmanager
def open_mailbox() -> Iterator[Mailbox]:
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname=HOST, port=mailbox.port)
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()
