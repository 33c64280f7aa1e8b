"""What is there for measured speed only. No option of waitress or Python's gives these.

The figures are those of `scripts/bench` at 32 clients on a small machine; without one of these the
server does the same, more slowly.
"""

from __future__ import annotations

import gc
import socket
import sys
import time
from collections.abc import Sized

from waitress.adjustments import Adjustments
from waitress.task import ThreadedTaskDispatcher

_SEND_BUFFER = 256 * 1024
_TURN = 0.02
_GARBAGE = 20_000
_MANY = 10
_GATHERING = 0.002


def make_dispatcher(most: int):
    """Waitress's threads, up to ``most``, but each begun only when a request finds none at rest.

    All of them take turns, and each has a stack and connections of its own to warm up: with 96
    threads for 32 clients the web server made 6 % fewer reservations a second than with 40.
    """

    class Dispatcher(ThreadedTaskDispatcher):
        def add_task(self, task) -> None:
            # Only the main loop adds tasks: nobody begins a thread between the two.
            with self.lock:
                number = len(self.threads)
                at_rest = number - self.active_count
                needs_another = len(self.queue) >= at_rest and number < most
            if needs_another:
                self.set_thread_count(number + 1)
            super().add_task(task)

    return Dispatcher()


def limit_send_buffers() -> None:
    """Let the kernel take no more than 256 KB of an answer at once.

    Waitress reads as much of a file at once as the kernel would take, and keeps what did not fit
    for the next time: with the kernel's own choice that is megabytes for each download.
    """
    Adjustments.socket_options = [
        *Adjustments.socket_options,
        (socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER),
    ]


def tune_python() -> None:
    """How often Python looks for garbage, and lets another thread have its turn.

    What is loaded stays until the end. To look through it for garbage stops every thread, for
    60 ms on a small machine; without that the p99 fell by a third. A request leaves next to no
    cyclic garbage: with Python's own threshold of 700 objects it looks several times in each.
    Each turn costs, too: with Python's own 5 ms the web server made 5 % fewer reservations a
    second.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GARBAGE)
    sys.setswitchinterval(_TURN)


def gather(sockets: Sized) -> None:
    """Before each turn of the main loop, which looks at all sockets, let more of them get ready.

    With more than ten open it saves a tenth of the web server's work.
    """
    if len(sockets) > _MANY:
        time.sleep(_GATHERING)
