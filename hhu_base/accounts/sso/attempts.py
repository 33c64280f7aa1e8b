"""Sign-ins that have begun in this browser: what the provider's answer has to match.

They are in the browser's own session, so an answer that somebody else got, or that is brought
twice, finds no attempt there. A few at a time: people open several tabs.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from dataclasses import astuple, dataclass, field

_KEY = "sign-ons"
_MOST = 3
# In which one finds the password and the phone for the second factor.
_LIVES = 15 * 60
_LONGEST_NEXT = 400
_LONGEST_STATE = 100


@dataclass(frozen=True)
class Attempt:
    """``next`` is where they wanted to go; ``secret`` is in the browser's cookie and nowhere else.

    ``has_unsaved``: the tab keeps what was filled in before the session ended.
    """

    provider: str
    state: str
    next: str
    has_unsaved: bool
    began_at: int
    secret: str = field(repr=False)

    @property
    def nonce(self) -> str:
        return self._derived("nonce")

    @property
    def code_verifier(self) -> str:
        return self._derived("code verifier")

    def _derived(self, purpose: str) -> str:
        return hashlib.sha256(f"{purpose} {self.secret}".encode()).hexdigest()


def begin(request, provider: str, wanted: str, home: str, has_unsaved: bool) -> Attempt:
    """A new attempt; ``wanted`` is a checked path, and where that is too long, it is ``home``."""
    attempt = Attempt(
        provider=provider,
        state=secrets.token_urlsafe(16),
        next=wanted if len(wanted) <= _LONGEST_NEXT else home,
        has_unsaved=has_unsaved,
        began_at=int(time.time()),
        secret=secrets.token_urlsafe(24),
    )
    _store(request, [*_stored(request), attempt][-_MOST:])
    return attempt


def take(request, provider: str, state: str) -> Attempt | None:
    """The attempt with this state, once; None: there is none, or it is too old."""
    waiting = _stored(request)
    found = [each for each in waiting if each.provider == provider and each.state == state]
    if not found or len(state) > _LONGEST_STATE:
        return None
    _store(request, [each for each in waiting if each not in found])
    return found[0] if found[0].began_at > time.time() - _LIVES else None


def _stored(request) -> list[Attempt]:
    return [Attempt(*each) for each in request.session.get(_KEY, ())]


def _store(request, attempts: list[Attempt]) -> None:
    request.session[_KEY] = [list(astuple(each)) for each in attempts]
