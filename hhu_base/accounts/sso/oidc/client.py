"""Signing in with OpenID Connect, and the orders of the provider to end what came by it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import quote_plus

from hhu_base.accounts.outside import OutsideServer
from hhu_base.accounts.providers import OIDC
from hhu_base.accounts.sso.attempts import Attempt
from hhu_base.accounts.sso.errors import CANCELLED, NO_NUMBER, REFUSED, SignOnRefusal
from hhu_base.accounts.sso.oidc.metadata import Metadata, read_json
from hhu_base.accounts.sso.oidc.tokens import InvalidToken, read_id_token, read_logout_token
from hhu_base.accounts.sso.provider import ClaimNames, Person, ask, text_of

logger = logging.getLogger(__name__)

T = TypeVar("T")
_LONGEST_CODE = 2048
_BASIC, _POST = "client_secret_basic", "client_secret_post"


@dataclass
class OidcProvider:
    """``back`` is our address that the provider knows as ``redirect_uri``; ``needed`` are the claims
    for which we ask once more where the id token leaves them out."""

    title: str
    metadata: Metadata
    client_id: str
    client_secret: str = field(repr=False)
    scope: str
    back: str
    names: ClaimNames
    needed: tuple[str, ...]
    server: OutsideServer
    name: str = OIDC
    # Somebody may come again, from another browser too, while they are signed in there.
    is_session_used_once: bool = False

    def address(self, attempt: Attempt) -> str:
        from authlib.common.urls import add_params_to_uri
        from authlib.oauth2.rfc7636 import create_s256_code_challenge

        known = self._addresses()
        parameters = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.back,
            "scope": self.scope,
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": create_s256_code_challenge(attempt.code_verifier),
            "code_challenge_method": "S256",
        }
        address: str = add_params_to_uri(known["authorization_endpoint"], parameters.items())
        return address

    def sign_out_address(self) -> str:
        address = self._addresses().get("end_session_endpoint")
        return f"{address}?client_id={quote_plus(self.client_id)}" if address else ""

    def person(self, attempt: Attempt, came: Mapping[str, str]) -> Person:
        if came.get("iss", self.metadata.issuer) != self.metadata.issuer:
            raise SignOnRefusal(REFUSED)
        if error := came.get("error", ""):
            logger.info("the OpenID provider refused with %r", error[:60])
            raise SignOnRefusal(CANCELLED if error == "access_denied" else REFUSED)
        code = came.get("code", "")
        if not code or len(code) > _LONGEST_CODE:
            raise SignOnRefusal(REFUSED)
        claims = self._ask(lambda client: self._claims(client, attempt, code))
        number = text_of(claims, self.names.staff_number)
        if not number:
            raise SignOnRefusal(NO_NUMBER)
        session = text_of(claims, "sid")
        return self.names.person(claims, number, session=session, subject=claims["sub"])

    def read_order(self, token: str) -> dict[str, Any]:
        """The claims of a ``logout_token``. Raises SignOnRefusal."""
        return self._ask(
            lambda client: read_logout_token(client, self.metadata, self.client_id, token)
        )

    def look(self) -> None:
        """Fetch its description and its keys. Raises SignOnRefusal."""
        self._ask(self.metadata.keys)

    def _addresses(self) -> Mapping[str, Any]:
        return self.metadata.known() or self._ask(self.metadata.addresses)

    def _claims(self, client, attempt: Attempt, code: str) -> dict[str, Any]:
        """What the provider says of who brings this code. Raises InvalidToken and BadAnswer."""
        addresses = self.metadata.addresses(client)
        token = self._exchange(client, addresses, attempt, code)
        access_token = token.get("access_token")
        claims = read_id_token(
            client,
            self.metadata,
            self.client_id,
            token.get("id_token"),
            nonce=attempt.nonce,
            access_token=access_token,
        )
        return self._more(client, addresses, claims, access_token)

    def _more(self, client, addresses, claims: dict[str, Any], access_token) -> dict[str, Any]:
        """With what the id token leaves out, where the provider tells it when asked."""
        address = addresses.get("userinfo_endpoint")
        has_all = all(name in claims for name in self.needed if name)
        if has_all or not address or not isinstance(access_token, str):
            return claims
        headers = {"Authorization": f"Bearer {access_token}"}
        found = read_json(client.get(address, headers=headers))
        if found.get("sub") != claims["sub"]:
            raise InvalidToken("what more there is to know is about somebody else")
        return found | claims

    def _exchange(self, client, addresses, attempt: Attempt, code: str) -> dict[str, Any]:
        """The tokens that the code stands for. Raises InvalidToken and BadAnswer."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.back,
            "code_verifier": attempt.code_verifier,
        }
        # Both may have characters that mean something in a header: RFC 6749, 2.3.1.
        pair = (quote_plus(self.client_id), quote_plus(self.client_secret))
        auth: tuple[str, str] | None = pair
        if not self.client_secret or self._is_secret_posted(addresses):
            auth = None
            form["client_id"] = self.client_id
            if self.client_secret:
                form["client_secret"] = self.client_secret
        answer = client.post(addresses["token_endpoint"], data=form, auth=auth)
        if answer.status_code in (400, 401):
            raise InvalidToken(f"the code is worth nothing (status {answer.status_code})")
        return read_json(answer)

    def _is_secret_posted(self, addresses: Mapping[str, Any]) -> bool:
        taken = addresses.get("token_endpoint_auth_methods_supported")
        return isinstance(taken, list) and _BASIC not in taken and _POST in taken

    def _ask(self, question: Callable[[Any], T]) -> T:
        try:
            return ask(self.server, question)
        except InvalidToken as error:
            logger.warning("a token of the OpenID provider was refused: %s", error)
            raise SignOnRefusal(REFUSED) from None
