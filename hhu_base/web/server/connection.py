"""One client's connection: waitress's channel, gone on with by any thread that is free."""

from __future__ import annotations

import json
import select
import socket
import threading
import time

from waitress.channel import ClientDisconnected, HTTPChannel
from waitress.task import ErrorTask

from hhu_base.web.errors import detail_for
from hhu_base.web.server.parser import Parser

# Of a body that comes as fast as it is read, so much at once; then it is the turn of others.
_PIECES = 16
_BROKEN = select.POLLHUP | select.POLLERR


class Refusal(ErrorTask):
    """What is wrong with a request that the application never sees, as the application says it."""

    def execute(self) -> None:
        error = self.request.error
        body = json.dumps({"detail": detail_for(error.code)}, ensure_ascii=False).encode()
        self.status = f"{error.code} {error.reason}"
        self.response_headers.append(("Content-Type", "application/json; charset=utf-8"))
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class Connection(HTTPChannel):
    """Whoever has ``guard`` may read, answer, send and close; nobody else touches it meanwhile.

    No thread waits for a client here: what has come is read, what can be sent is sent, and the rest
    is done when the client goes on, maybe by another thread.
    """

    parser_class = Parser
    error_task_class = Refusal

    def __init__(self, server, sock, address, adjustments):
        self.guard = threading.Lock()
        super().__init__(server, sock, address, adjustments, map=server.active_channels)

    def go_on(self) -> None:
        """Do what can be done now, without waiting for the client."""
        with self.guard:
            if self._fileno is None:
                return  # closed, before it was our turn
            try:
                if self.total_outbufs_len:
                    self.handle_write()
                else:
                    self.handle_read()
                while self.requests and self.connected:
                    self.service()
                if self.connected and self.writable():
                    self.handle_write()
            except Exception:
                self.logger.exception("a connection is closed")
                self.handle_close()
            if self._fileno is not None:
                self.server.watch(self)

    def handle_read(self) -> None:
        for _ in range(_PIECES):
            try:
                data = self.socket.recv(self.adj.recv_bytes)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                self.handle_close()
                return
            self.last_activity = time.time()
            self.received(data)
            if self.request is None or self.request.body_rcv is None:
                return  # all of it is there, or it is not a body that comes

    def close_if_silent_since(self, when: float) -> None:
        """Nothing has come and nothing was sent since, and no request is being answered."""
        if self.guard.acquire(blocking=False):
            try:
                if self._fileno is not None and not self.requests and self.last_activity < when:
                    self.handle_close()
            finally:
                self.guard.release()

    def close_if_at_rest(self, is_late: bool) -> None:
        """Nothing was asked that is not answered; ``is_late``: nor does anybody begin any more."""
        if self.guard.acquire(blocking=False):
            try:
                if self._fileno is not None and self._is_at_rest(is_late):
                    self.handle_close()
            finally:
                self.guard.release()

    def _is_at_rest(self, is_late: bool) -> bool:
        if self.requests or self.request or self.total_outbufs_len:
            return False
        # The clock of a connection stands still until its first byte.
        if self.last_activity == self.creation_time and not is_late:
            return False
        try:
            return not self.socket.recv(1, socket.MSG_PEEK)
        except OSError:
            return True  # nothing has come, or the client has gone

    def _flush_outbufs_below_high_watermark(self) -> None:
        # Waitress has its main loop send, and waits. Here nobody else would.
        while self.connected and self.total_outbufs_len > self.adj.outbuf_high_watermark:
            is_sent, has_failed = self._flush_exception(self._flush_some, do_close=False)
            if has_failed or not (is_sent or self._can_send_soon()):
                self.will_close = True
                raise ClientDisconnected

    def _can_send_soon(self) -> bool:
        waiting = select.poll()
        waiting.register(self.socket, select.POLLOUT)
        events = waiting.poll(self.adj.channel_timeout * 1000)
        return bool(events) and not events[0][1] & _BROKEN
