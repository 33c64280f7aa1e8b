"""Ctrl-C, SIGTERM and SIGHUP: all of them mean "stop", the second one "at once"."""

import os
import select
import signal
import time
from types import FrameType

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """Somebody wants us to stop while we are still starting.

    Like KeyboardInterrupt it isn't an Exception, so that no `except Exception` swallows it.
    """


class StopSignals:
    """Counts the wishes to stop. While `raises` is set, the first one is an exception."""

    def __init__(self) -> None:
        self.count = 0
        self.is_hurried = False
        self._first = 0.0
        self.raises = True

    def install(self) -> None:
        self._read_end, write_end = os.pipe()
        os.set_blocking(self._read_end, False)
        os.set_blocking(write_end, False)
        # Python would go on sleeping after a signal: the pipe wakes pause() up.
        signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
        for number in STOP_SIGNALS:
            # `nohup scripts/serve` means what it says.
            if number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN:
                continue
            signal.signal(number, self._arrived)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def _arrived(self, _number: int, _frame: FrameType | None) -> None:
        self.count += 1
        # A terminal that is closed sends two at once: that is one wish, not impatience.
        if self.count == 1:
            self._first = time.monotonic()
        elif time.monotonic() - self._first > 0.5:
            self.is_hurried = True
        if self.raises:
            self.raises = False
            raise Stopped

    def pause(self, seconds: float) -> None:
        """Sleep, but wake up when a signal comes or a child dies."""
        if select.select([self._read_end], [], [], seconds)[0]:
            os.read(self._read_end, 4096)
