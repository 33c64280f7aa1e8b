"""Ports of this machine for servers that the tests start."""

from __future__ import annotations

import random
import socket


def free_port() -> int:
    """One where nobody listens, and that the system gives to no client.

    What the system itself chooses for port 0 it also chooses for clients. One that asks again and
    again whether a server is there yet is then connected to itself sooner or later: it reads its
    own request, and the server finds its port taken.
    """
    for _ in range(1000):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            port = random.randrange(20_000, first_of_clients())
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no port is free")


def first_of_clients() -> int:
    """The first port that the system gives to clients."""
    try:
        with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as range_:
            return max(int(range_.read().split()[0]), 20_100)
    except OSError:
        return 32_768
