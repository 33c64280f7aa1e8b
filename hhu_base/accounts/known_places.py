"""Where a user has signed in before: addresses, browsers of the back office, devices of the API.

Somebody else who guesses their password can't keep them out there: see the throttle. Stored are
digests, ten of each kind for a user, and only after a right password, so that no flood fills the
table; who has one of them has no right by it, only a hearing.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from hhu_base import settings as read
from hhu_base.accounts.sign_in_keys import digest, network
from hhu_base.models import SignInPlace, User
from hhu_base.web.security import digest_of, is_page, sent_digest

# In this order one of them is chosen: others can be at the same address, but have no such device.
BROWSER, DEVICE, ADDRESS = ("browser", "device", "address")
KEPT = timedelta(days=180)
MOST_OF_A_KIND = 10
COOKIE = "hhu_device"
# A row that is used every day need not be written more often.
_FRESH = timedelta(days=1)


@dataclass(frozen=True)
class Place:
    """``key`` is also that of the allowance of tries at this place."""

    kind: str
    key: bytes


def places_of(request, username: str) -> list[Place]:
    """What a request shows of where it comes from, the best evidence first."""
    found = [_address(request, username)]
    if is_page(request):
        if cookie := request.cookies.get(COOKIE):
            found.insert(0, _browser(username, cookie))
    elif sent := sent_digest(request):
        # An app that signs in again still sends its old token, as the contract lets it.
        found.insert(0, _device(username, sent))
    return found


def find_known(session: Session, username: str, places: Sequence[Place]) -> Place | None:
    """The best of ``places`` where this user has signed in before."""
    statement = (
        sa.select(SignInPlace.key)
        .join(User, User.id == SignInPlace.user_id)
        .where(User.username == username, SignInPlace.key.in_([place.key for place in places]))
    )
    known = set(session.scalars(statement))
    return next((place for place in places if place.key in known), None)


def remember(request, username: str, user_id: int, token: str) -> None:
    """The password was right: this place is known from now on, and the browser keeps a cookie."""
    places = [_address(request, username)]
    if is_page(request):
        cookie = request.cookies.get(COOKIE) or secrets.token_urlsafe(32)
        places.append(_browser(username, cookie))
        _set_cookie(request, cookie)
    else:
        places.append(_device(username, digest_of(token)))
        if sent := sent_digest(request):
            _forget(request.db, user_id, _device(username, sent))
    _store(request.db, user_id, places)


def delete_unused(session: Session) -> None:
    """Forget the places where nobody has signed in for half a year."""
    session.execute(sa.delete(SignInPlace).where(SignInPlace.used_at < sa.func.now() - KEPT))


def _address(request, username: str) -> Place:
    return Place(ADDRESS, digest("pair", username, network(request.remote_addr or "")))


def _browser(username: str, cookie: str) -> Place:
    return Place(BROWSER, digest("browser", username, cookie))


def _device(username: str, token_digest: bytes) -> Place:
    return Place(DEVICE, digest("device", username, token_digest.hex()))


def _store(session: Session, user_id: int, places: Iterable[Place]) -> None:
    for place in sorted(places, key=lambda place: place.key):  # in one order, for two at a time
        statement = insert(SignInPlace).values(user_id=user_id, key=place.key, kind=place.kind)
        written = session.execute(
            statement.on_conflict_do_update(
                index_elements=[SignInPlace.user_id, SignInPlace.key],
                set_={"used_at": sa.func.now()},
                where=SignInPlace.used_at < sa.func.now() - _FRESH,
            ).returning(SignInPlace.key)
        )
        if written.first() is not None:
            _delete_beyond(session, user_id, place.kind)


def _delete_beyond(session: Session, user_id: int, kind: str) -> None:
    """Of each kind the newest are kept."""
    mine = (SignInPlace.user_id == user_id) & (SignInPlace.kind == kind)
    newest = (
        sa.select(SignInPlace.key)
        .where(mine)
        .order_by(SignInPlace.used_at.desc(), SignInPlace.key)
        .limit(MOST_OF_A_KIND)
    )
    session.execute(
        sa.delete(SignInPlace)
        .where(mine, SignInPlace.key.not_in(newest))
        .execution_options(synchronize_session=False)
    )


def _forget(session: Session, user_id: int, place: Place) -> None:
    session.execute(
        sa.delete(SignInPlace)
        .where(SignInPlace.user_id == user_id, SignInPlace.key == place.key)
        .execution_options(synchronize_session=False)
    )


def _set_cookie(request, value: str) -> None:
    is_secure = read.is_production(request.registry.settings)

    def set_cookie(request, response) -> None:
        response.set_cookie(
            COOKIE,
            value,
            max_age=KEPT,
            path="/",
            secure=is_secure,
            httponly=True,
            samesite="Lax",
        )

    request.add_response_callback(set_cookie)
