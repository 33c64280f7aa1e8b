"""Verifies what a provider signs: who has signed in, and orders to end what came by it.

Signatures are of the provider's own keys only: no ``none``, and no HMAC, for which the client's
secret would be the key.
"""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from typing import Any

from hhu_base.accounts.sso.oidc.metadata import Metadata

logger = logging.getLogger(__name__)

ALGORITHMS = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA", "Ed25519"),
)
# Clocks differ.
LEEWAY = 60
# How old an order may be: it is sent when somebody signs out.
ORDERS_LIVE = timedelta(minutes=5)
_LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
_LONGEST_ID = 255


class InvalidToken(Exception):
    """It is not the provider's, not for us, not of now, or not what it should be."""


def read_id_token(
    client, metadata: Metadata, client_id: str, token: Any, *, nonce: str, access_token: Any
) -> dict[str, Any]:
    """The claims about who has signed in. Raises InvalidToken and BadAnswer."""
    from authlib.oidc.core import CodeIDToken
    from joserfc.errors import JoseError

    signed = _verify(client, metadata, token)
    params = {"nonce": nonce, "client_id": client_id, "access_token": access_token}
    claims = CodeIDToken(signed.claims, signed.header, _wanted(metadata, client_id), params)
    try:
        claims.validate(leeway=LEEWAY)
    except (JoseError, ValueError, TypeError) as error:
        raise InvalidToken(str(error)) from None
    if not isinstance(claims["sub"], str) or not claims["sub"]:
        raise InvalidToken("no subject")
    return dict(claims)


def read_logout_token(client, metadata: Metadata, client_id: str, token: Any) -> dict[str, Any]:
    """The claims of an order to end sessions. Raises InvalidToken and BadAnswer.

    https://openid.net/specs/openid-connect-backchannel-1_0.html, 2.6
    """
    from joserfc.errors import JoseError
    from joserfc.jwt import JWTClaimsRegistry

    claims = _verify(client, metadata, token).claims
    try:
        registry = JWTClaimsRegistry(None, LEEWAY, **_wanted(metadata, client_id))
        registry.validate(claims)
    except (JoseError, ValueError, TypeError) as error:
        raise InvalidToken(str(error)) from None
    events, issued = claims.get("events"), claims.get("iat")
    if not isinstance(events, dict) or not isinstance(events.get(_LOGOUT_EVENT), dict):
        raise InvalidToken("no order to log out")
    if "nonce" in claims:
        raise InvalidToken("a nonce: it is no order, but somebody's sign-in")
    if isinstance(issued, bool) or not isinstance(issued, (int, float)):
        raise InvalidToken("no time")
    if issued < time.time() - ORDERS_LIVE.total_seconds() - LEEWAY:
        raise InvalidToken("too old")
    if not _is_id(claims.get("jti")):
        raise InvalidToken("no id")
    if not _is_id(claims.get("sid")) and not _is_id(claims.get("sub")):
        raise InvalidToken("neither a session nor a subject")
    if any(name in claims and not _is_id(claims[name]) for name in ("sid", "sub")):
        raise InvalidToken("a session or a subject that is none")
    return claims


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_ID


def _wanted(metadata: Metadata, client_id: str) -> dict[str, Any]:
    return {
        "iss": {"essential": True, "value": metadata.issuer},
        "aud": {"essential": True, "value": client_id},
        "iat": {"essential": True},
    }


def _verify(client, metadata: Metadata, token: Any) -> Any:
    """The header and the claims of a token that the provider has signed, maybe with a new key."""
    from joserfc import jwt
    from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError

    if not isinstance(token, str) or not token.isascii():
        raise InvalidToken("no token")
    keys = metadata.keys(client)
    try:
        try:
            return jwt.decode(token, keys, algorithms=ALGORITHMS)
        except (InvalidKeyIdError, BadSignatureError):
            newer = metadata.keys(client, again=True)
            if newer is keys:
                raise
            return jwt.decode(token, newer, algorithms=ALGORITHMS)
    except (JoseError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise InvalidToken(type(error).__name__) from None
