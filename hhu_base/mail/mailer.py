"""What a process knows about sending mail, read from the settings once."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from hhu_base.mail.dispatch import RetryPolicy
from hhu_base.mail.messages import MessageBuilder
from hhu_base.mail.transports import FolderTransport, Transport

# Shorter than the period of the task: each period tries to reach the server once.
_CLOSED_FOR = 20.0


@dataclass
class Mailer:
    """The way out, who writes, and how often a mail is tried."""

    transport: Transport
    writer: MessageBuilder
    rules: RetryPolicy
    _closed_until: float = 0.0

    def pause(self) -> None:
        """The server was away: tasks that come now should not all wait for it in vain."""
        self._closed_until = time.monotonic() + _CLOSED_FOR

    def is_closed(self) -> bool:
        return time.monotonic() < self._closed_until

    @property
    def folder(self) -> Path | None:
        """Where mails land instead of being sent, or None where there is a mail server."""
        return self.transport.folder if isinstance(self.transport, FolderTransport) else None
