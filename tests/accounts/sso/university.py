"""A university's sign-on on this machine: a CAS server and an OpenID provider that can misbehave."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

CLIENT_ID = "hhu-services"
CLIENT_SECRET = "a-secret-of-the-tests"
LOGOUT = "http://schemas.openid.net/event/backchannel-logout"

_SUCCESS = """<cas:serviceResponse xmlns:cas="http://www.yale.edu/tp/cas"><cas:authenticationSuccess>
<cas:user>{user}</cas:user><cas:attributes>{attributes}</cas:attributes>
</cas:authenticationSuccess></cas:serviceResponse>"""
_FAILURE = """<cas:serviceResponse xmlns:cas="http://www.yale.edu/tp/cas">
<cas:authenticationFailure code="{code}">no</cas:authenticationFailure></cas:serviceResponse>"""


def new_key() -> RSAKey:
    key = RSAKey.generate_key(2048, private=True)
    key.ensure_kid()
    return key


class University(ThreadingHTTPServer):
    """``answer`` may be replaced; ``claims`` and ``changes`` are what the next id token says."""

    daemon_threads = True
    request_queue_size = 128
    first_key = new_key()
    second_key = new_key()

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.has_to_stop = threading.Event()
        self.reset()

    def reset(self) -> None:
        self.has_to_stop.set()
        self.has_to_stop = threading.Event()
        self.asked: list[str] = []
        self.tickets: dict[str, tuple[str, str, dict[str, str]]] = {}
        self.codes: dict[str, dict[str, Any]] = {}
        self.key, self.keys = self.first_key, [self.first_key]
        self.signs_with: Callable[[dict], str] = self.sign
        self.user_info: dict[str, Any] = {}
        self.description: dict[str, Any] = {}
        self.answer: Callable[[_Handler], None] = _Handler.usual

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def issuer(self) -> str:
        return f"{self.url}/oidc"

    # What people do there.

    def give_ticket(self, service: str, user: str, **attributes: str) -> str:
        """Somebody has signed in; the ticket is for this service and good once."""
        ticket = f"ST-{secrets.token_hex(8)}"
        self.tickets[ticket] = (service, user, attributes)
        return ticket

    def give_code(self, asked: dict[str, str], sub: str, **claims: Any) -> str:
        """Somebody has signed in; ``asked`` are the parameters of the address that sent them."""
        code = secrets.token_hex(8)
        now = int(time.time())
        self.codes[code] = {
            "asked": asked,
            "claims": {
                "iss": self.issuer,
                "aud": CLIENT_ID,
                "sub": sub,
                "iat": now,
                "exp": now + 300,
                "nonce": asked["nonce"],
            }
            | claims,
        }
        return code

    def logout_token(self, **changes: Any) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 120,
            "jti": secrets.token_hex(8),
            "events": {LOGOUT: {}},
        }
        return self.sign(
            {k: v for k, v in (claims | changes).items() if v is not None}, typ="logout+jwt"
        )

    def sign(self, claims: dict, key: Any = None, alg: str = "RS256", **header: Any) -> str:
        key = key or self.key
        return jwt.encode({"alg": alg, "kid": key.kid} | header, claims, key, algorithms=[alg])

    def rotate(self) -> None:
        self.key, self.keys = self.second_key, [self.second_key]

    def handle_error(self, request, client_address) -> None:
        pass  # a client that has hung up is what some tests are about


class _Handler(BaseHTTPRequestHandler):
    server: University

    def do_GET(self) -> None:  # noqa: N802 - http.server's name
        self.server.asked.append(urlsplit(self.path).path)
        self.server.answer(self)

    do_POST = do_GET  # noqa: N815

    def usual(self) -> None:
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query))
        length = int(self.headers.get("Content-Length", 0))
        form = dict(parse_qsl(self.rfile.read(length).decode()))
        match parts.path:
            case "/cas/p3/serviceValidate":
                self.send(self._validated(query["service"], query["ticket"]), "text/xml")
            case "/cas/login":
                self._let_in(query["service"])
            case "/oidc/.well-known/openid-configuration":
                self.send_json(self._description())
            case "/oidc/jwks":
                self.send_json(KeySet(self.server.keys).as_dict())
            case "/oidc/token":
                self._give_token(form)
            case "/oidc/userinfo":
                self.send_json(self.server.user_info)
            case _:
                self.send(b"", status=404)

    def _let_in(self, service: str) -> None:
        """Whoever comes is signed in there, as t0001."""
        ticket = self.server.give_ticket(service, "t0001")
        self.send_response(302)
        self.send_header("Location", f"{service}&ticket={ticket}")
        self.end_headers()

    def _validated(self, service: str, ticket: str) -> str:
        wanted, user, attributes = self.server.tickets.pop(ticket, ("", "", {}))
        if not wanted:
            return _FAILURE.format(code="INVALID_TICKET")
        if wanted != service:
            return _FAILURE.format(code="INVALID_SERVICE")
        listed = "".join(f"<cas:{n}>{v}</cas:{n}>" for n, v in attributes.items())
        return _SUCCESS.format(user=user, attributes=listed)

    def _description(self) -> dict[str, Any]:
        issuer = self.server.issuer
        return {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "jwks_uri": f"{issuer}/jwks",
            "userinfo_endpoint": f"{issuer}/userinfo",
        } | self.server.description

    def _give_token(self, form: dict[str, str]) -> None:
        given = self.server.codes.pop(form.get("code", ""), None)
        basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if self.headers.get("Authorization") != f"Basic {basic}":
            self.send_json({"error": "invalid_client"}, 401)
            return
        if given is None or not _proves(form, given["asked"]):
            self.send_json({"error": "invalid_grant"}, 400)
            return
        token = self.server.signs_with(given["claims"])
        self.send_json({"access_token": "at", "token_type": "Bearer", "id_token": token})

    def send_json(self, payload: object, status: int = 200) -> None:
        self.send(json.dumps(payload).encode(), "application/json", status)

    def send(self, body: bytes | str, kind: str = "text/plain", status: int = 200) -> None:
        data = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args) -> None:
        pass


def _proves(form: dict[str, str], asked: dict[str, str]) -> bool:
    """PKCE, and the same address."""
    digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return challenge == asked["code_challenge"] and form["redirect_uri"] == asked["redirect_uri"]
