"""Whose tokens these are: what every request asks first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.models import Token, User

# Of the tables: every request asks this, and mapped columns make SQLAlchemy need twice the time.
_USERS, _TOKENS = User.__table__.c, Token.__table__.c
_BY_DIGEST = (
    sa.select(
        _USERS.id,
        _USERS.username,
        _USERS.is_staff,
        _USERS.is_superuser,
        _TOKENS.digest,
        (
            _TOKENS.expires_at < sa.func.now() + sa.bindparam("renew_below", type_=sa.Interval())
        ).label("is_stale"),
    )
    .join_from(User.__table__, Token.__table__, _TOKENS.user_id == _USERS.id)
    .where(
        _TOKENS.digest == sa.any_(sa.bindparam("digests", type_=sa.ARRAY(sa.LargeBinary))),
        _TOKENS.expires_at > sa.func.now(),
        _USERS.is_active,
    )
)


def find(session: Session, digests: Sequence[bytes], lifetime: timedelta) -> list[sa.Row | None]:
    """The living users of these tokens that live; ``is_stale``: it is time to renew it."""
    # A tenth of the lifetime may pass without a write, or each request would write.
    given = {"digests": list(digests), "renew_below": lifetime * 0.9}
    found = {row.digest: row for row in session.execute(_BY_DIGEST, given)}
    return [found.get(digest) for digest in digests]


def renew(session: Session, found: sa.Row, lifetime: timedelta) -> None:
    """Let a token live on that is used."""
    # Always the user's row before the tokens', in the order in which ending tokens takes them; and a row
    # that is in use is not waited for: the next request renews.
    user = sa.select(_USERS.id).where(_USERS.id == found.id)
    session.execute(
        sa.update(Token)
        .where(
            Token.digest == found.digest,
            Token.user_id.in_(user.with_for_update(skip_locked=True, key_share=True)),
        )
        .values(expires_at=sa.func.now() + lifetime)
        .execution_options(synchronize_session=False)
    )
