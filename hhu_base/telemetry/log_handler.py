"""A log handler that keeps nobody waiting: a thread of its own writes the lines.

The ini file names it (``class = hhu_base.telemetry.log_handler.BackgroundHandler``, ``args =
(sys.stderr,)``). With ``StreamHandler`` a thread holds the handler's lock while it waits for the
system to write, and then for its turn to compute; the others that have something to log wait
behind it. At 32 clients that was a tenth of the web server's time.
"""

from __future__ import annotations

import logging
import os
import queue
import threading
import time
from typing import TextIO

# Lines that may wait to be written. Who logs while there are more waits with them.
_MOST_WAITING = 10_000
# Seconds that the end of the process waits for a stream that takes nothing any more.
_PATIENCE = 5.0


class BackgroundHandler(logging.Handler):
    """Writes what is logged to ``stream``, in order, and all of it before the process ends.

    What a ``kill -9`` catches in between, some thousandths of a second, is lost.
    """

    def __init__(self, stream: TextIO):
        super().__init__()
        self._stream = stream
        # Lines, and events to set when all before them is written.
        self._waiting: queue.SimpleQueue[str | threading.Event] = queue.SimpleQueue()
        self._start()
        # Threads do not survive a fork.
        os.register_at_fork(after_in_child=self._start)

    def handle(self, record: logging.LogRecord) -> bool:
        """As every handler does it, but without its lock: the queue has its own."""
        found = self.filter(record)
        if found:
            # From Python 3.12 on a filter may put another record in the place of this one.
            self.emit(found if isinstance(found, logging.LogRecord) else record)
        return bool(found)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            # Here and not in the thread: it tells which request this is about.
            line = self.format(record) + "\n"
        except Exception:
            self.handleError(record)
            return
        while self._waiting.qsize() > _MOST_WAITING:
            time.sleep(0.01)
        self._waiting.put(line)

    def flush(self) -> None:
        """Wait until all that was logged is written."""
        is_written = threading.Event()
        self._waiting.put(is_written)
        is_written.wait(_PATIENCE)

    def close(self) -> None:
        self.flush()
        super().close()

    def _start(self) -> None:
        threading.Thread(target=self._write, name="log", daemon=True).start()

    def _write(self) -> None:
        while True:
            found = [self._waiting.get()]
            while not self._waiting.empty():
                found.append(self._waiting.get())
            try:
                self._stream.write("".join(one for one in found if isinstance(one, str)))
                self._stream.flush()
            except (OSError, ValueError):
                pass  # a full disk, a closed terminal: nowhere to tell it
            for one in found:
                if isinstance(one, threading.Event):
                    one.set()
