"""Who is asking, and what they may do.

``request.identity`` is an :class:`Identity` or None: plain values, so that it outlives a commit
in the middle of a request. Permissions are granted by the ACL of the context.

A client of the REST API sends its token in the ``Authorization`` header. A browser has its token in
the signed session cookie, which counts on pages (``/admin/``, ``/app/``, and the few other paths
of pages that plugins have) and nowhere else: no foreign page can use it on the API.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

import sqlalchemy as sa
from pyramid.authorization import ACLHelper, Allow, Authenticated, Everyone
from pyramid.request import RequestLocalCache

from hhu_base.database.batches import Batches
from hhu_base.database.transactions import abort
from hhu_base.models import GroupPermission, User, UserPermission, group_users
from hhu_base.settings import Integer
from hhu_base.web import token_lookup

TOKEN_LIFETIME = Integer(
    "auth.token_lifetime", 3 * 3600, "登录后多少秒不使用就要重新登录", minimum=60
)

SIGNED_IN = "signed-in"
# The principals of the administrators' pages, and for each permission "may:<permission>".
STAFF = "staff"
SUPERUSER = "superuser"
ADMIN_PATH = "/admin/"
APP_PATH = "/app/"
SESSION_TOKEN = "token"  # noqa: S105 - the key in the session, not a secret


@dataclass(frozen=True)
class Identity:
    """The signed-in user, and the token that the request came with."""

    user_id: int
    username: str
    is_staff: bool
    is_superuser: bool
    token_digest: bytes
    # Of the groups; only known on pages, since the REST API has no use for them.
    permissions: frozenset[str] = frozenset()


class Root:
    """The context of every request that has no other."""

    __acl__ = [(Allow, Authenticated, SIGNED_IN)]

    def __init__(self, request):
        self.request = request


class SecurityPolicy:
    """Pyramid's security policy: whose token is it that came with the request?"""

    def __init__(self, lifetime: timedelta):
        self._lifetime = lifetime
        self._identities = RequestLocalCache(self._load)
        self._acl = ACLHelper()
        self._find = partial(token_lookup.find, lifetime=lifetime)
        self._find_together = Batches(self._find)

    def identity(self, request) -> Identity | None:
        return self._identities.get_or_create(request)

    def known_identity(self, request) -> Identity | None:
        """Who is asking, if that was looked up already: for the log, which must cost no query."""
        return self._identities.get(request, None)

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
        return principals_of(self.identity(request))

    def _load(self, request) -> Identity | None:
        digest = session_digest(request) if is_page(request) else sent_digest(request)
        return self.load(request, digest) if digest else None

    def load(self, request, digest: bytes) -> Identity | None:
        """Whose token this is."""
        return self._complete(request, self._find_together(request, digest))

    def load_again(self, request, digest: bytes) -> Identity | None:
        """Whose token it is now, in this transaction, which may hold locks."""
        return self._complete(request, self._find(request.db, [digest])[0])

    def _complete(self, request, row: sa.Row | None) -> Identity | None:
        if row is None:
            return None
        if row.is_stale:
            token_lookup.renew(request.db, row, self._lifetime)
        identity = Identity(row.id, row.username, row.is_staff, row.is_superuser, row.digest)
        if identity.is_staff and is_page(request):
            permissions = permissions_of(request.db, identity.user_id)
            identity = replace(identity, permissions=permissions)
        return identity


def principals_of(identity: Identity | None) -> list[str]:
    """What the ACLs speak of."""
    if identity is None:
        return [Everyone]
    principals = [Everyone, Authenticated]
    if identity.is_staff:
        principals += [STAFF, *(f"may:{name}" for name in identity.permissions)]
        if identity.is_superuser:
            principals.append(SUPERUSER)
    return principals


def hold_identity(request, *, for_update: bool = False) -> None:
    """Look again whether the caller is still signed in, and keep that so until the commit.

    For every transaction that writes after a wait: for a lock, a hash, another server. What
    resets the caller's password, switches them off or deletes them has come before, and we see it,
    or waits for this transaction. ``for_update``: it changes the caller's own row.

    Raises Unauthorized (401), or Forbidden (403) for rights that were lost since the request began.
    """
    from hhu_base.web.errors import BAD_TOKEN, Forbidden, Unauthorized

    before = request.identity
    if before is None:
        raise Unauthorized
    # The row first, its token in a statement of its own: while we waited for the row, the token
    # may have been deleted, which a statement that has begun already does not see.
    user = sa.select(User.id).where(User.id == before.user_id)
    request.db.execute(user.with_for_update(read=not for_update, key_share=for_update))
    now = request.registry["token_policy"].load_again(request, before.token_digest)
    if now is None:
        raise Unauthorized(BAD_TOKEN)
    if not set(principals_of(before)) <= set(principals_of(now)):
        raise Forbidden


def caller_is_gone(request) -> bool:
    """Whether the caller has been deleted since the request began; in a new transaction."""
    identity = request.registry["token_policy"].known_identity(request)
    if identity is None:
        return False
    abort(request)
    return request.db.get(User, identity.user_id) is None


def digest_of(token: str) -> bytes:
    """What is stored of a token. It is 256 bits of chance, so a plain SHA-256 is enough."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()


def sent_digest(request) -> bytes | None:
    """The digest of the token in the request's header, if there is one."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    token = token.strip()
    return digest_of(token) if scheme.lower() == "token" and token else None


def is_page(request) -> bool:
    """Whether people look at what is there, with the session of their browser."""
    # Not request.path_info, which fails for a path that is no UTF-8.
    return request.environ.get("PATH_INFO", "").startswith(request.registry.get("page_areas", ()))


def is_admin_page(request) -> bool:
    return request.environ.get("PATH_INFO", "").startswith(ADMIN_PATH)


def home_of(request) -> str:
    """The first page of the face that the request is for; its sign-in stands below it."""
    return ADMIN_PATH if is_admin_page(request) else APP_PATH


def add_page_area(registry, path: str) -> None:
    """Pages at ``/r/{id}`` and the like: the first part of their path is no other's."""
    area = f"/{path.split('/')[1]}/"
    registry["page_areas"] = tuple(dict.fromkeys((*registry["page_areas"], area)))


def wants_json(request) -> bool:
    """Whether a script in one of the pages asks, which wants JSON in any case."""
    return request.environ.get("PATH_INFO", "").endswith(".json")


def session_digest(request) -> bytes | None:
    """The digest of the token in the browser's session, if somebody has signed in there."""
    token = request.session.get(SESSION_TOKEN)
    return digest_of(token) if token else None


def permissions_of(session, user_id: int) -> frozenset[str]:
    """What the user and their groups may; who may change something may see it, too."""
    statement = (
        sa.select(GroupPermission.permission)
        .join(group_users, group_users.c.group_id == GroupPermission.group_id)
        .where(group_users.c.user_id == user_id)
        .union(sa.select(UserPermission.permission).where(UserPermission.user_id == user_id))
    )
    granted = set(session.scalars(statement))
    implied = {
        name.removesuffix(".change") + ".view" for name in granted if name.endswith(".change")
    }
    return frozenset(granted | implied)


def includeme(config) -> None:
    """The security policy and the root of the contexts."""
    config.registry["page_areas"] = (ADMIN_PATH, APP_PATH)
    config.declare_settings(TOKEN_LIFETIME)
    lifetime = TOKEN_LIFETIME.read(config.get_settings())
    config.registry["token_lifetime"] = timedelta(seconds=lifetime)
    config.registry["token_policy"] = SecurityPolicy(timedelta(seconds=lifetime))
    config.set_security_policy(config.registry["token_policy"])
    config.set_root_factory(Root)
