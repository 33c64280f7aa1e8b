"""The page that the link in a mail leads to: it confirms an address.

Opening it does nothing: programs that look through mails open every link. It is for people who
are not signed in, so it knows them by the key alone.
"""

from __future__ import annotations

from typing import Any

from pyramid.security import NO_PERMISSION_REQUIRED

from hhu_base.accounts import email_confirmation
from hhu_base.web.headers import protect_page
from hhu_base.web.layout import Shell

_LONGEST_KEY = 200


def show_confirmation(request) -> dict[str, Any]:
    """``GET /confirm-email?key=…``"""
    key = _key(request.GET)
    found = email_confirmation.find(request.db, key)
    if found is None:
        return _page(request, "void")
    return _page(request, "asked", key=key, address=found.address, username=found.user.username)


def confirm(request) -> dict[str, Any]:
    """``POST /confirm-email``"""
    if not email_confirmation.confirm(request.db, _key(request.POST)):
        return _page(request, "void")
    return _page(request, "done")


def _key(values) -> str:
    key = values.get("key", "")
    return key[:_LONGEST_KEY] if isinstance(key, str) else ""


def _page(request, state: str, **values: Any) -> dict[str, Any]:
    protect_page(request, request.response.headers)
    # The key must not be told to anybody.
    request.response.headers["Referrer-Policy"] = "no-referrer"
    if state == "void":
        request.response.status = 404
    return {"shell": Shell(request), "state": state, **values}


def includeme(config) -> None:
    config.add_route("accounts.confirm-email", email_confirmation.PATH)
    for view, method in ((show_confirmation, "GET"), (confirm, "POST")):
        config.add_view(
            view,
            route_name="accounts.confirm-email",
            request_method=method,
            renderer="hhu_base.accounts:templates/confirm_email.jinja2",
            permission=NO_PERMISSION_REQUIRED,
            # The key is what no other page knows.
            require_csrf=False,
        )
