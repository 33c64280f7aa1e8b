"""What browsers and caches are told: the Content-Security-Policy and its companions, and names of files."""

from __future__ import annotations

import secrets
from collections.abc import MutableMapping
from urllib.parse import quote

from pyramid.events import NewResponse
from pyramid.response import Response

from hhu_base.web.security import is_page

# RFC 5987: what may stand in an extended value as it is.
_PLAIN = "!#$&+-.^_`|~"
_DOCS_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def csp_nonce(request) -> str:
    """What marks a script in this page as ours; a new one for each response."""
    return secrets.token_urlsafe(16)


def protect(event: NewResponse) -> None:
    """Answers are what they say, and somebody's own: for no guessing, and for no cache."""
    request, headers = event.request, event.response.headers
    headers["X-Content-Type-Options"] = "nosniff"
    if is_page(request):
        protect_page(request, headers)
    else:
        headers.setdefault("Cache-Control", "no-store")


def protect_page(request, headers: MutableMapping[str, str]) -> None:
    """For any page that looks like the administrators'. A view may say that its page ``runs_wasm``."""
    wasm = " 'wasm-unsafe-eval'" if getattr(request, "runs_wasm", False) else ""
    policy = (
        f"default-src 'self'; script-src 'self' 'nonce-{request.csp_nonce}'{wasm}; "
        # Deform and Select2 write style attributes.
        "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    _protect(headers, policy, "no-store")


def protect_docs(response: Response) -> Response:
    """For the pages about the services: they run our scripts only, and speak with nobody else."""
    _protect(response.headers, _DOCS_POLICY, "no-cache")
    return response


def _protect(headers: MutableMapping[str, str], policy: str, caching: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Content-Security-Policy"] = policy
    headers["X-Frame-Options"] = "DENY"
    headers.setdefault("Referrer-Policy", "same-origin")
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    # Files say themselves whether a browser may keep them.
    headers.setdefault("Cache-Control", caching)


def content_disposition(name: str, plain: str | None = None) -> str:
    """RFC 6266: a download's name for everybody of today, and something plain for the others."""
    plain = name if plain is None else plain
    plain = "".join(
        c if c.isascii() and c.isprintable() and c not in '"\\%' else "_" for c in plain
    )
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe=_PLAIN)}"


def includeme(config) -> None:
    config.add_request_method(csp_nonce, reify=True)
    config.add_subscriber(protect, NewResponse)
