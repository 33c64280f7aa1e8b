"""Being told to stop: patiently the first time."""

from __future__ import annotations

import signal
import socket


class StopSignal:
    """Set by SIGTERM or Ctrl-C, or only by ``numbers``; a second one is not so patient.

    ``wake_up`` can be read when any signal has come: Python would go on sleeping.
    """

    def __init__(self, *numbers: signal.Signals) -> None:
        self.is_asked_for = False
        self._numbers = numbers or (signal.SIGTERM, signal.SIGINT)
        self.wake_up, self._sender = socket.socketpair()
        for end in (self.wake_up, self._sender):
            end.setblocking(False)
        signal.set_wakeup_fd(self._sender.fileno(), warn_on_full_buffer=False)
        for number in self._numbers:
            signal.signal(number, self._ask)

    def _ask(self, _number: int, _frame) -> None:
        self.is_asked_for = True
        for each in self._numbers:
            signal.signal(each, signal.SIG_DFL)

    def close(self) -> None:
        """Hear nothing any more: a child has a signal of its own."""
        signal.set_wakeup_fd(-1)
        self.wake_up.close()
        self._sender.close()
