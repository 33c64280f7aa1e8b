"""What is there for measured speed only. No option of waitress or Python's gives these.

The figures are those of `scripts/bench` at 32 clients on a small machine; without one of these the
server does the same, more slowly.
"""

from __future__ import annotations

import gc
import socket
import sys

from waitress.adjustments import Adjustments

from hhu_base.telemetry import memory

_SEND_BUFFER = 256 * 1024
_TOGETHER = 18_000
_PIECE = 64 * 1024
_TURN = 0.02
_GARBAGE = 20_000


def adjust(adjustments: Adjustments) -> None:
    """What moves data in fewer pieces.

    The kernel takes no more than 256 KB of an answer at once: waitress reads as much of a file at
    once as the kernel would take, and keeps what did not fit for the next time, and with the
    kernel's own choice that is megabytes for each download. The head of an answer waits for what
    comes after it, so that a small one is a single packet.
    """
    adjustments.socket_options = [
        *adjustments.socket_options,
        (socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER),
    ]
    adjustments.send_bytes = _TOGETHER
    adjustments.recv_bytes = _PIECE


def tune_python() -> None:
    """How often Python looks for garbage, and lets another thread have its turn.

    What is loaded stays until the end. To look through it for garbage stops every thread, for
    60 ms on a small machine; without that the p99 fell by a third. A request leaves next to no
    cyclic garbage: with Python's own threshold of 700 objects it looks several times in each.
    Each turn costs, too: with Python's own 5 ms the web server made 5 % fewer reservations a
    second.
    """
    memory.give_back()
    gc.set_threshold(_GARBAGE)
    sys.setswitchinterval(_TURN)
