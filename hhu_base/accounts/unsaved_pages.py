"""What was filled in before the session ended, on the way to the university's sign-on and back.

It stays in the tab (``static/unsaved.js``): nothing of it is stored here, and nothing is told there.
"""

from __future__ import annotations

from typing import Any

from pyramid.response import Response

from hhu_base.accounts.pages import carry_on, safe_next
from hhu_base.web import unsaved_forms
from hhu_base.web.security import SIGNED_IN


def show(request) -> dict[str, Any]:
    """``GET /app/sign-in/unsaved``, ``/admin/sign-in/unsaved``: the tab puts in what it has kept."""
    return {"next": safe_next(request)}


def take(request) -> Response:
    """``POST`` to the same: what it has kept, ready to be saved."""
    return carry_on(request, unsaved_forms.unpack(request.POST.get(unsaved_forms.FIELD, "")))


def includeme(config) -> None:
    for face in ("app", "admin"):
        config.add_route(f"{face}.unsaved", f"/{face}/sign-in/unsaved")
        config.add_view(
            show,
            route_name=f"{face}.unsaved",
            request_method="GET",
            renderer="hhu_base.accounts:templates/unsaved_kept.jinja2",
            permission=SIGNED_IN,
        )
        config.add_view(
            take, route_name=f"{face}.unsaved", request_method="POST", permission=SIGNED_IN
        )
