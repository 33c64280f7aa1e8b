"""The listening sockets: systemd's, or our own."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable

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


def listening_sockets(addresses: Iterable[tuple], backlog: int) -> list[socket.socket]:
    """Sockets of our own for waitress's ``listen``; all our processes share them."""
    found = []
    for family, kind, protocol, address in addresses:
        one = socket.socket(family, kind, protocol)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        one.bind(address)
        one.listen(backlog)
        found.append(one)
    return found
