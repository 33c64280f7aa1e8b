"""``Idempotency-Key``: what a POST makes, or a PATCH changes, is done once, however often it is sent.

A service whose view makes a row says so in one word, and clients may then send the header::

    @things.post(validators=(body(ThingSchema),), idempotent=True)

The answer is remembered for a day, in the transaction that makes the row, and given again to the
same person who sends the same key: no answer without the row, no row without the answer. One that
was refused made nothing, and is tried again. A view that commits midway (``hhu_base.tasks.decisions``) may
die before it is answered: then it runs again, under the request id of the first time, by which its
rule has to find what is there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, cast

import sqlalchemy as sa
from pyramid.renderers import render_to_response
from pyramid.response import Response
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from hhu_base.database import try_lock
from hhu_base.models import IdempotencyKey
from hhu_base.rest.serializers import Header
from hhu_base.telemetry import request_ids
from hhu_base.web.errors import InProgress, KeyReused

HEADER = Header(
    "Idempotency-Key",
    "客户端为这一次操作取的名字，例如一个 UUID。24 小时内以同样的名字和内容重发，不会再做一次，"
    "得到的是第一次的回答；还在进行时是 409，内容不同时是 422。",
    "8e03978e-40d5-43dd-bc93-6894a57f9324",
)
_ENVIRON_KEY = "HTTP_IDEMPOTENCY_KEY"
_LIFETIME = timedelta(hours=24)
_KEYS = cast(sa.Table, IdempotencyKey.__table__)
# Of the answer's headers; all others are made for each answer anew.
_KEPT = ("Content-Type", "Location")


def once(view: Callable) -> Callable:
    """``view``, which is run once for each key of a person."""

    @wraps(view)
    def answer_once(request):
        key = request.environ.get(_ENVIRON_KEY)
        # Who is not known has no keys.
        if not key or request.identity is None:
            return view(request)
        return _answer(request, view, hashlib.sha256(key.encode("latin-1", "replace")).digest())

    return answer_once


def delete_old(request) -> None:
    """Forget the keys that count no more."""
    request.db.execute(
        sa.delete(IdempotencyKey)
        .where(IdempotencyKey.created_at < sa.func.now() - _LIFETIME)
        .execution_options(synchronize_session=False)
    )


def _answer(request, view: Callable, key: bytes) -> Response:
    """Raises InProgress while another request has the key, KeyReused if it meant something else."""
    user_id = request.identity.user_id
    # Nobody waits here for another request: it would hold a connection as long.
    if not try_lock(request.db, f"idempotency.{user_id}.{key.hex()}"):
        raise InProgress
    wanted = _digest(request)
    known = _claim(request.db, user_id, key, wanted)
    if known.wanted != wanted:
        raise KeyReused
    if known.status is not None:
        return _given_again(request, known)
    with request_ids.following(known.request_id):
        answer = view(request)
    if not isinstance(answer, Response):
        answer = render_to_response("json", answer, request=request, response=request.response)
    # Of an error the transaction is rolled back.
    if answer.status_int < 400:
        _remember(request.db, user_id, key, answer)
    return answer


def _claim(session: Session, user_id: int, key: bytes, wanted: bytes) -> sa.Row:
    """What is known of the key, which is new if it was unknown or too old."""
    claim = insert(_KEYS).values(
        user_id=user_id, key=key, wanted=wanted, request_id=request_ids.current()
    )
    too_old = _KEYS.c.created_at < sa.func.now() - _LIFETIME
    fresh: dict[str, Any] = {
        name: claim.excluded[name] for name in ("wanted", "request_id", "created_at")
    }
    session.execute(
        claim.on_conflict_do_update(
            index_elements=["user_id", "key"],
            set_=fresh | {"status": None, "headers": None, "body": None},
            where=too_old,
        )
    )
    return session.execute(
        sa.select(
            _KEYS.c.wanted, _KEYS.c.request_id, _KEYS.c.status, _KEYS.c.headers, _KEYS.c.body
        ).where(_KEYS.c.user_id == user_id, _KEYS.c.key == key)
    ).one()


def _remember(session: Session, user_id: int, key: bytes, answer: Response) -> None:
    kept = {name: answer.headers[name] for name in _KEPT if name in answer.headers}
    session.execute(
        sa.update(IdempotencyKey)
        .where(
            IdempotencyKey.user_id == user_id,
            IdempotencyKey.key == key,
            IdempotencyKey.status.is_(None),
        )
        .values(status=answer.status_int, headers=kept, body=answer.body)
        .execution_options(synchronize_session=False)
    )


def _given_again(request, known: sa.Row) -> Response:
    response = request.response
    response.status_int = known.status
    response.body = known.body
    for name in _KEPT:
        response.headers.pop(name, None)
    response.headers.update(known.headers)
    return response


def _digest(request) -> bytes:
    """Of what is wanted, as the schema has read it: not of blanks and the order of fields."""
    parts = [request.matched_route.pattern, dict(request.matchdict), dict(request.validated)]
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def includeme(config) -> None:
    config.add_task("core.delete_old_idempotency_keys", delete_old, every=3600)
