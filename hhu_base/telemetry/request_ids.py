"""The id by which all that one request causes is found in the logs, in whatever process.

A thread follows one id at a time; every log line that it writes meanwhile has it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

# Under which a web request brings it along and takes it home, and under which a message does.
HTTP_HEADER = "X-Request-ID"
MESSAGE_HEADER = "hhu_request_id"
LONGEST = 64

# Whatever a proxy makes: hexadecimal, a UUID, … Nothing that could pretend to be a line of a log.
_SAFE = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{LONGEST - 1}}}", re.ASCII)
_followed: ContextVar[str | None] = ContextVar("hhu_request_id", default=None)


def current() -> str | None:
    """The id that this thread follows, if any."""
    return _followed.get()


def new() -> str:
    # No secret; and asking the system for chance lets other threads go first.
    return f"{random.getrandbits(64):016x}"  # noqa: S311


def chosen(sent: str | None) -> str:
    """The id that was sent, if it looks like one; else a new one."""
    return sent if sent and _SAFE.fullmatch(sent) else new()


def follow(request_id: str | None) -> None:
    """Follow this id from now on; None: none."""
    _followed.set(request_id)


@contextmanager
def following(request_id: str | None) -> Iterator[None]:
    """Follow this id as long as the block lasts."""
    before = _followed.set(request_id)
    try:
        yield
    finally:
        _followed.reset(before)
