"""One web process: threads that wait for any connection's client to go on, and one that accepts.

Each thread takes what comes next from the system (epoll), reads it, answers it and sends the answer:
nothing is handed from one to another, and a connection that is silent costs nothing. Waitress's own
main loop looks at all sockets at each turn, and hands over each request: with it an answer from
nothing but the server took nearly three times the processor's time, and a reservation an eighth
more (docs/http-server.md).
"""

from __future__ import annotations

import logging
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from waitress.adjustments import Adjustments
from waitress.proxy_headers import proxy_headers_middleware

from hhu_base.web.server.connection import Connection
from hhu_base.web.server.stop_signal import StopSignal

logger = logging.getLogger(__name__)

# Longer than anybody waits for the decision about a reservation.
STOP_TIMEOUT = 30.0
# A connection that has not asked anything by then will hardly do so.
_FIRST_REQUEST_WITHIN = 2.0
_LOOK_EVERY = 1.0
_FULL_LOOK_EVERY = 0.1
# Without it the first to wake would take all of many connections that come at once.
_TURN_OF_OTHERS = 0.0005
# Of the processes that share a socket the one that waits longest is woken for a connection.
_ONE_OF_US = select.EPOLLIN | select.EPOLLEXCLUSIVE


class WebProcess:
    """Serves ``application`` on ``listening``; what waitress's channels want of a server."""

    def __init__(
        self, application, adjustments: Adjustments, listening: Sequence[socket.socket]
    ) -> None:
        self.adj = adjustments
        self.application = proxy_headers_middleware(
            application,
            trusted_proxy=adjustments.trusted_proxy,
            trusted_proxy_count=adjustments.trusted_proxy_count,
            trusted_proxy_headers=adjustments.trusted_proxy_headers,
            clear_untrusted=adjustments.clear_untrusted_proxy_headers,
            log_untrusted=adjustments.log_untrusted_proxy_headers,
        )
        self.server_name = adjustments.server_name
        self.effective_host, self.effective_port = socket.getnameinfo(
            listening[0].getsockname(), socket.NI_NUMERICHOST | socket.NI_NUMERICSERV
        )
        self.active_channels: dict[int, Connection] = {}
        self._listening = {one.fileno(): one for one in listening}
        for one in listening:
            one.setblocking(False)
        self._is_accepting = False
        # As many elements as threads wait: to append and to pop is one step each.
        self._at_rest: deque[None] = deque()
        self._threads = 0
        self._guard = threading.Lock()
        self._clients: select.epoll
        self._accepting: select.epoll

    def add_task(self, _connection: Connection) -> None:
        """Nobody needs to be told: who has read a request answers it."""

    def pull_trigger(self) -> None:
        """Nor what is to be sent: who has answered sends."""

    def watch(self, connection: Connection) -> None:
        """Whoever is free goes on with it when its client does. By its guard's owner only."""
        wanted = select.EPOLLOUT if connection.total_outbufs_len else select.EPOLLIN
        self._clients.modify(connection.socket, wanted | select.EPOLLONESHOT)

    def run(
        self,
        stop: StopSignal,
        say_ready: Callable[[], None],
        *,
        has_successor: bool,
        is_alone: bool = True,
    ) -> None:
        """Serve until we are told to stop, then finish what was accepted.

        ``has_successor``: somebody else holds the listening sockets open, for the next process.
        ``is_alone``: no other process accepts from them now.
        """
        # Made here: what is made before a fork belongs to all processes together.
        self._clients, self._accepting = select.epoll(), select.epoll()
        self._begin_thread()
        say_ready()
        self._accepting.register(stop.wake_up, select.EPOLLIN)
        next_look = 0.0
        while not stop.is_asked_for:
            self._open_or_close()
            pause = _LOOK_EVERY if self._is_accepting else _FULL_LOOK_EVERY
            for file, _ in self._accepting.poll(pause):
                if file in self._listening:
                    self._accept(self._listening[file])
                    if not is_alone:
                        self._queue_again(file)
            if time.monotonic() > next_look:
                next_look = time.monotonic() + _LOOK_EVERY
                self._close_silent()
        self._finish(has_successor)

    def _open_or_close(self) -> None:
        """Above the limit of connections nobody is accepted: they wait, or find another process."""
        is_room = len(self.active_channels) < self.adj.connection_limit
        if is_room == self._is_accepting:
            return
        self._is_accepting = is_room
        for file in self._listening:
            if is_room:
                self._accepting.register(file, _ONE_OF_US)
            else:
                self._accepting.unregister(file)
        if not is_room:
            logger.warning("%d connections: no more are accepted", len(self.active_channels))

    def _queue_again(self, file: int) -> None:
        """Behind the other processes: the next connection is theirs, if they come in time."""
        time.sleep(_TURN_OF_OTHERS)
        self._accepting.unregister(file)
        self._accepting.register(file, _ONE_OF_US)

    def _accept(self, listening: socket.socket) -> bool:
        try:
            client, address = listening.accept()
            for level, option, value in self.adj.socket_options:
                client.setsockopt(level, option, value)
        except BlockingIOError:
            return False  # another process was faster
        except OSError as error:
            logger.warning("a connection was lost before it began: %s", error)
            return True
        Connection(self, client, address, self.adj)  # which is among our channels now
        self._clients.register(client, select.EPOLLIN | select.EPOLLONESHOT)
        return True

    def _begin_thread(self) -> None:
        """Each has a stack and connections of its own to warm up: no more than are needed."""
        with self._guard:
            if self._threads < self.adj.threads:
                self._threads += 1
                self._at_rest.append(None)
                name = f"web-{self._threads}"
                threading.Thread(target=self._serve, name=name, daemon=True).start()

    def _serve(self) -> None:
        while True:
            [(file, _)] = self._clients.poll(maxevents=1)
            self._at_rest.pop()
            if not self._at_rest:
                self._begin_thread()
            connection = self.active_channels.get(file)
            if connection is not None:
                connection.go_on()
            self._at_rest.append(None)

    def _close_silent(self) -> None:
        limit = time.time() - self.adj.channel_timeout
        for connection in list(self.active_channels.values()):
            connection.close_if_silent_since(limit)

    def _finish(self, has_successor: bool) -> None:
        logger.info("stopping: %d connections are left", len(self.active_channels))
        began = time.monotonic()
        for one in self._listening.values():
            if not has_successor:
                # Those who are connected already: closing the socket would reset their connections.
                while self._accept(one):
                    pass
            one.close()
        while self.active_channels and time.monotonic() - began < STOP_TIMEOUT:
            is_late = time.monotonic() - began > _FIRST_REQUEST_WITHIN
            for connection in list(self.active_channels.values()):
                connection.close_if_at_rest(is_late)
            time.sleep(0.02)
        if left := len(self.active_channels):
            logger.warning("stopped with %d connections unanswered", left)
