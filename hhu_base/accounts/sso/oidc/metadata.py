"""What a provider says about itself: its addresses (discovery) and its keys, kept for a while.

``Metadata`` is asked inside a question to the provider, so all waits count in one ``auth.timeout``.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hhu_base.accounts.outside import BadAnswer

# Addresses hardly ever change, keys now and then: a new one is fetched when it is met.
KEPT = 15 * 60
# Who sends tokens with keys that nobody has must not have us fetch them again and again.
_FETCHED_AGAIN_AFTER = 10
_NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_ADDRESSES = (*_NEEDED, "userinfo_endpoint", "end_session_endpoint")
_MOST_KEYS = 100


def read_json(answer) -> dict[str, Any]:
    """The JSON object in an answer. Raises BadAnswer."""
    if answer.status_code != 200:
        raise BadAnswer(f"status {answer.status_code}")
    try:
        found = json.loads(answer.content)
    except (ValueError, RecursionError):
        raise BadAnswer("no JSON") from None
    if not isinstance(found, dict):
        raise BadAnswer("no JSON object")
    return found


@dataclass
class Metadata:
    """``needs_https``: no token, no code and no secret is sent in the open."""

    issuer: str
    needs_https: bool
    _addresses: Mapping[str, Any] | None = None
    _keys: Any = None
    _addresses_at: float = 0
    _keys_at: float = 0
    _guard: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def known(self) -> Mapping[str, Any] | None:
        """What was fetched not long ago."""
        with self._guard:
            is_fresh = time.monotonic() - self._addresses_at < KEPT
            return self._addresses if is_fresh else None

    def addresses(self, client) -> Mapping[str, Any]:
        """The provider's own description. Raises BadAnswer."""
        if known := self.known():
            return known
        url = f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
        found = read_json(client.get(url))
        if found.get("issuer") != self.issuer:
            raise BadAnswer("it is another issuer's description")
        for name in _ADDRESSES:
            self._check(name, found.get(name))
        with self._guard:
            self._addresses, self._addresses_at = found, time.monotonic()
        return found

    def keys(self, client, *, again: bool = False) -> Any:
        """The provider's public keys, a ``KeySet``; ``again``: one was met that is not among them."""
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        with self._guard:
            age = time.monotonic() - self._keys_at
            if self._keys is not None and age < (_FETCHED_AGAIN_AFTER if again else KEPT):
                return self._keys
        found = read_json(client.get(self.addresses(client)["jwks_uri"]))
        listed = found.get("keys")
        if not isinstance(listed, list) or len(listed) > _MOST_KEYS:
            raise BadAnswer("no keys")
        try:
            keys = KeySet.import_key_set({"keys": listed})
        except (JoseError, ValueError, TypeError, KeyError, AttributeError):
            raise BadAnswer("its keys can't be read") from None
        with self._guard:
            self._keys, self._keys_at = keys, time.monotonic()
        return keys

    def _check(self, name: str, address: Any) -> None:
        if address is None and name not in _NEEDED:
            return
        schemes = ("https://",) if self.needs_https else ("https://", "http://")
        if not isinstance(address, str) or not address.startswith(schemes):
            raise BadAnswer(f"it has no good {name}")
