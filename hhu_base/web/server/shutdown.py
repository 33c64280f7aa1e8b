"""Stopping waitress without losing a request: what was accepted is answered, then it ends.

Waitress' own way to stop cancels what is queued and gives the rest five seconds, while nobody
sends what was already written. Here the listening sockets are given up first, the main loop goes
on until the last answer is out, and only then the threads end.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import time
from typing import Any

from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer

from hhu_base.web.server import tuning

logger = logging.getLogger(__name__)

# Longer than anybody waits for the decision about a reservation.
STOP_TIMEOUT = 30.0
# A connection that has not asked anything by then will hardly do so.
_FIRST_REQUEST_WITHIN = 2.0
# The first descriptor that systemd hands over.
_FIRST_INHERITED = 3


def inherited_sockets() -> list[socket.socket]:
    """The listening sockets that systemd holds for us (sd_listen_fds), or none.

    While we are away, connections wait there for our successor instead of being refused.
    """
    count = int(os.environ.pop("LISTEN_FDS", "0"))
    if os.environ.pop("LISTEN_PID", "") != str(os.getpid()):
        return []
    return [socket.socket(fileno=_FIRST_INHERITED + number) for number in range(count)]


class StopSignal:
    """Set by SIGTERM or Ctrl-C; a second one is not so patient."""

    def __init__(self) -> None:
        self.is_asked_for = False
        # Written to by Python itself when a signal comes: it ends the main loop's sleep.
        self.wake_up, sender = socket.socketpair()
        for end in (self.wake_up, sender):
            end.setblocking(False)
        signal.set_wakeup_fd(sender.detach(), warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask)

    def _ask(self, number: int, _frame) -> None:
        self.is_asked_for = True
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)


class _Alarm(wasyncore.dispatcher):
    """Takes what wakes the main loop out of its socket."""

    def writable(self) -> bool:
        return False

    def handle_read(self) -> None:
        self.recv(64)


def run_until_stopped(server, sockets: dict[int, Any], *, has_successor: bool) -> None:
    """Serve until we are told to stop, then finish; ``sockets`` is the server's socket map.

    ``has_successor``: somebody else holds the listening sockets open, for the next process.
    """
    stop = StopSignal()
    alarm = _Alarm(stop.wake_up, sockets)
    adjustments = server.adj

    def turn(timeout: float) -> None:
        wasyncore.loop(timeout, adjustments.asyncore_use_poll, sockets, count=1)

    while not stop.is_asked_for:
        turn(adjustments.asyncore_loop_timeout)
        tuning.gather(sockets)
    alarm.del_channel()
    logger.info("stopping: %d connections are left", len(_channels(sockets)))
    began = time.monotonic()
    _give_up_listening(sockets, has_successor)
    while _channels(sockets) and time.monotonic() - began < STOP_TIMEOUT:
        _close_idle(sockets, is_late=time.monotonic() - began > _FIRST_REQUEST_WITHIN)
        turn(0.05)
    if left := len(_channels(sockets)):
        logger.warning("stopped with %d connections unanswered", left)
    server.task_dispatcher.shutdown(timeout=1)


def _channels(sockets: dict[int, Any]) -> list[HTTPChannel]:
    return [one for one in list(sockets.values()) if isinstance(one, HTTPChannel)]


def _give_up_listening(sockets: dict[int, Any], has_successor: bool) -> None:
    for one in list(sockets.values()):
        if isinstance(one, BaseWSGIServer):
            if not has_successor:
                _accept_all(one)
            # Not its own close(): that also closes what the threads wake the main loop with.
            wasyncore.dispatcher.close(one)


def _accept_all(server: BaseWSGIServer) -> None:
    """Take those who are connected already: closing the socket would reset their connections."""
    known = -1
    while known != len(server.active_channels):
        known = len(server.active_channels)
        server.handle_accept()


def _close_idle(sockets: dict[int, Any], is_late: bool) -> None:
    for channel in _channels(sockets):
        is_at_rest = not (channel.requests or channel.request or channel.total_outbufs_len)
        # The clock of a connection stands still until its first byte.
        has_asked = channel.last_activity != channel.creation_time
        if is_at_rest and (has_asked or is_late) and not _has_something_to_say(channel):
            channel.will_close = True


def _has_something_to_say(channel: HTTPChannel) -> bool:
    try:
        return bool(channel.socket.recv(1, socket.MSG_PEEK))
    except BlockingIOError:
        return False
    except OSError:
        return False
