"""What the browser may do with a page: the Content-Security-Policy and its companions."""

from __future__ import annotations

import secrets
from collections.abc import MutableMapping

from pyramid.events import NewResponse

from hhu_base.web.security import is_page

STATIC_PATH = "/admin/static/"


def csp_nonce(request) -> str:
    """What marks a script in this page as ours; a new one for each response."""
    return secrets.token_urlsafe(16)


def protect(event: NewResponse) -> None:
    request, headers = event.request, event.response.headers
    if not is_page(request):
        return
    headers["X-Content-Type-Options"] = "nosniff"
    # Not request.path_info, which fails for a path that is no UTF-8.
    if request.environ["PATH_INFO"].startswith(STATIC_PATH):
        return
    protect_page(request, headers)


def protect_page(request, headers: MutableMapping[str, str]) -> None:
    """For any page that looks like the administrators'."""
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Content-Security-Policy"] = (
        f"default-src 'self'; script-src 'self' 'nonce-{request.csp_nonce}'; "
        # Deform and Select2 write style attributes.
        "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    headers["X-Frame-Options"] = "DENY"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cache-Control"] = "no-store"


def includeme(config) -> None:
    config.add_request_method(csp_nonce, reify=True)
    config.add_subscriber(protect, NewResponse)
