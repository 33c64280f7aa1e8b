"""Bytes to a port, and what comes back; no client library that would mend or refuse them."""

from __future__ import annotations

import http.client
import socket
import time
from dataclasses import dataclass, field

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Answer:
    """Status 0: the server has closed without a word; -1: there was no answer in time."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


CLOSED = Answer(0)
SILENCE = Answer(-1)


def exchange(port: int, data: bytes, seconds: float) -> Answer:
    """Send all of it, and read the first answer to its end."""
    deadline = time.monotonic() + seconds
    try:
        connection = socket.create_connection((HOST, port), timeout=seconds)
    except OSError:
        return CLOSED
    with connection:
        try:
            connection.sendall(data)
        except TimeoutError:
            return SILENCE
        except OSError:
            pass  # It has seen enough, and may have said why.
        response = http.client.HTTPResponse(_Deadlined(connection, deadline))
        try:
            response.begin()
            body = response.read()
        except TimeoutError:
            return SILENCE
        except http.client.IncompleteRead as broken:
            body = broken.partial
        except (OSError, http.client.HTTPException):
            return CLOSED
        headers = {name.title(): value for name, value in response.getheaders()}
        return Answer(response.status, headers, body)


class _Deadlined:
    """The socket with one deadline for all that is read, not one for each piece."""

    def __init__(self, connection: socket.socket, deadline: float):
        self._connection = connection
        self._deadline = deadline

    def makefile(self, mode: str):
        left = self._deadline - time.monotonic()
        self._connection.settimeout(max(0.001, left))
        return self._connection.makefile(mode)


def request(method: str, target: str, headers: list[tuple[str, str]], body: bytes = b"") -> bytes:
    """A request whose framing is right, whatever is in it."""
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
    names = {name.lower() for name, _ in headers}
    if "host" not in names:
        lines.append(f"Host: {HOST}")
    if body or method in ("POST", "PUT"):
        lines.append(f"Content-Length: {len(body)}")
    lines += ["Connection: close", "", ""]
    return b"\r\n".join(map(_bytes, lines)) + body


def _bytes(line: str) -> bytes:
    # As it is where that can be: \xff is to arrive as one byte.
    try:
        return line.encode("latin-1")
    except UnicodeEncodeError:
        return line.encode()
