"""Whether an answer is one: no 500, no hang, no traceback, and JSON where it is the API's."""

from __future__ import annotations

import json

from .attacks import Attack
from .targets import Target
from .wire import Answer, exchange

_TRACES = (b"Traceback (most recent call last)", b'File "/', b"psycopg.", b"sqlalchemy.")
# Waitress's own, to what it does not speak.
_OF_THE_SERVER = (501, 505)


# So long it is waited for an answer to half a request.
_IMPATIENCE = 0.2


def throw(port: int, attack: Attack, target: Target, seconds: float) -> tuple[Answer, str | None]:
    """Send it; what came back, and what is wrong with that."""
    if attack.is_unfinished:
        answer = exchange(port, attack.data, _IMPATIENCE)
        if answer.status == -1:
            return answer, None
    else:
        answer = exchange(port, attack.data, seconds)
    return answer, complaint(answer, is_page=target.is_page, is_broken=attack.is_broken)


def complaint(answer: Answer, *, is_page: bool = False, is_broken: bool = False) -> str | None:
    """What is wrong with it, in a few words."""
    if answer.status == -1:
        return "no answer in time"
    if answer.status == 0:
        return None if is_broken else "closed without an answer"
    if answer.status >= 500 and not (is_broken and answer.status in _OF_THE_SERVER):
        return f"status {answer.status}"
    if any(trace in answer.body for trace in _TRACES):
        return "a traceback in the answer"
    kind = answer.headers.get("Content-Type", "")
    if answer.status >= 400 and answer.body and not is_page and not is_broken:
        if kind != "application/json":
            return f"an error of the type {kind!r}"
        try:
            json.loads(answer.body)
        except ValueError:
            return "an error that is no JSON"
    return None
