"""Tells systemd that a process has started: ``Type=notify`` in a unit (sd_notify(3)).

So ``systemctl restart`` returns when the new process serves, and an upgrade goes on only then.
"""

from __future__ import annotations

import logging
import os
import socket

logger = logging.getLogger(__name__)


def tell_ready() -> None:
    """Say so once, if it was systemd that started us; a child of ours is not asked."""
    address = os.environ.pop("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):  # a name without a file (unix(7))
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.sendto(b"READY=1", address)
    except OSError as error:
        # It would be wrong to end for it: systemd does that when it has waited long enough.
        logger.warning("systemd can't be told that this process is ready: %s", error)
