"""Who is asking, and what they may do.

``request.identity`` is an :class:`Identity` or None: plain values, so that it outlives a commit
in the middle of a request. Permissions are granted by the ACL of the context.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from pyramid.authorization import ACLHelper, Allow, Authenticated, Everyone
from pyramid.request import RequestLocalCache

from hhu_base import settings as read
from hhu_base.models import Token, User

SIGNED_IN = "signed-in"


@dataclass(frozen=True)
class Identity:
    """The signed-in user, and the token that the request came with."""

    user_id: int
    username: str
    is_staff: bool
    is_superuser: bool
    token_digest: bytes


class Root:
    """The context of every request that has no other."""

    __acl__ = [(Allow, Authenticated, SIGNED_IN)]

    def __init__(self, request):
        self.request = request


class TokenPolicy:
    """Pyramid's security policy for ``Authorization: Token <token>``."""

    def __init__(self, lifetime: timedelta):
        self._lifetime = lifetime
        self._identities = RequestLocalCache(self._load)
        self._acl = ACLHelper()

    def identity(self, request) -> Identity | None:
        return self._identities.get_or_create(request)

    def authenticated_userid(self, request) -> int | None:
        identity = self.identity(request)
        return identity.user_id if identity else None

    def permits(self, request, context, permission):
        return self._acl.permits(context, self._principals(request), permission)

    def remember(self, request, userid, **kw):
        return []  # A token is handed out by the sign-in views, not by a header.

    def forget(self, request, **kw):
        return []

    def _principals(self, request) -> list[str]:
        return [Everyone, Authenticated] if self.identity(request) else [Everyone]

    def _load(self, request) -> Identity | None:
        digest = sent_digest(request)
        return find_identity(request.db, digest, self._lifetime) if digest else None


def digest_of(token: str) -> bytes:
    """What is stored of a token. It is 256 bits of chance, so a plain SHA-256 is enough."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()


def sent_digest(request) -> bytes | None:
    """The digest of the token in the request's header, if there is one."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    token = token.strip()
    return digest_of(token) if scheme.lower() == "token" and token else None


# Of the tables: every request asks this, and mapped columns make SQLAlchemy need twice the time.
_USERS, _TOKENS = User.__table__.c, Token.__table__.c
_BY_DIGEST = (
    sa.select(
        _USERS.id,
        _USERS.username,
        _USERS.is_staff,
        _USERS.is_superuser,
        (
            _TOKENS.expires_at < sa.func.now() + sa.bindparam("renew_below", type_=sa.Interval())
        ).label("is_stale"),
    )
    .join_from(User.__table__, Token.__table__, _TOKENS.user_id == _USERS.id)
    .where(
        _TOKENS.digest == sa.bindparam("digest"),
        _TOKENS.expires_at > sa.func.now(),
        _USERS.is_active,
    )
)


def find_identity(session, digest: bytes, lifetime: timedelta) -> Identity | None:
    """Whose token this is, if it still lives; renews it now and then."""
    # A tenth of the lifetime may pass without a write, or each request would write.
    row = session.execute(_BY_DIGEST, {"digest": digest, "renew_below": lifetime * 0.9}).first()
    if row is None:
        return None
    if row.is_stale:
        session.execute(
            sa.update(Token)
            .where(Token.digest == digest)
            .values(expires_at=sa.func.now() + lifetime)
            .execution_options(synchronize_session=False)
        )
    return Identity(row.id, row.username, row.is_staff, row.is_superuser, digest)


def includeme(config) -> None:
    """The security policy and the root of the contexts."""
    lifetime = read.integer(config.get_settings(), "auth.token_lifetime", 3 * 3600, minimum=60)
    config.registry["token_lifetime"] = timedelta(seconds=lifetime)
    config.set_security_policy(TokenPolicy(timedelta(seconds=lifetime)))
    config.set_root_factory(Root)
