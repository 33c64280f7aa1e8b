"""Tokens: opaque, one per device, known to the database by their digests only."""

from __future__ import annotations

import secrets
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.models import Token
from hhu_base.web.security import digest_of


def issue(session: Session, user_id: int, lifetime: timedelta, device: str = "") -> str:
    """A new token for this user; it is shown once, here. ``device`` is what its owner knows it by."""
    token = secrets.token_urlsafe(32)
    session.add(
        Token(
            digest=digest_of(token),
            user_id=user_id,
            expires_at=sa.func.now() + lifetime,
            device=device,
        )
    )
    session.flush()
    return token


def delete_expired(session: Session) -> None:
    """Delete the tokens that have expired."""
    session.execute(sa.delete(Token).where(Token.expires_at < sa.func.now()))


def revoke(session: Session, user_id: int, *, except_digest: bytes | None = None) -> None:
    """Sign a user's devices out: all, or all but the one with this token."""
    statement = sa.delete(Token).where(Token.user_id == user_id)
    if except_digest is not None:
        statement = statement.where(Token.digest != except_digest)
    session.execute(statement)
