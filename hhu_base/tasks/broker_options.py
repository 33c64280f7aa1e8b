"""How long each kind of broker is waited for, as its library wants to be told."""

from __future__ import annotations

import socket

from hhu_base.database import TCP_LIMITS

# Seconds that who sends has for connecting, and for each answer of the broker.
PATIENCE = 1.0


def connection_options(url: str) -> dict:
    """By which everybody learns that the host of this kind of broker has vanished, in some seconds."""
    names = {"TCP_KEEPIDLE": "idle", "TCP_KEEPINTVL": "interval", "TCP_KEEPCNT": "count"}
    options = {
        getattr(socket, name): TCP_LIMITS[f"keepalives_{limit}"]
        for name, limit in names.items()
        if hasattr(socket, name)
    }
    if url.startswith(("redis", "valkey", "sentinel")):
        return {"socket_keepalive": True, "socket_keepalive_options": options}
    if url.startswith(("amqp", "pyamqp")):
        return {"socket_settings": options}
    return {}


def transport_options(url: str) -> dict:
    """What limits every wait for this kind of broker, and makes it say that it has a message.

    Only for those who send: a worker that listens must not give up after a second.
    """
    if url.startswith(("redis", "valkey", "sentinel")):
        return {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE, "max_retries": 0}
    if url.startswith(("amqp", "pyamqp")):
        # Without the confirmation a message to a broker that hangs counts as sent.
        return {"read_timeout": PATIENCE, "write_timeout": PATIENCE, "confirm_publish": True}
    return {}
