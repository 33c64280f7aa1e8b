"""What every answer outside of the administrators' pages says to caches and to browsers."""

from __future__ import annotations

from pyramid.events import NewResponse

from hhu_base.web.security import is_page


def protect(event: NewResponse) -> None:
    """Answers are somebody's own, and are what they say: for no cache, and for no guessing."""
    if is_page(event.request):
        return  # these have their own
    headers = event.response.headers
    headers["X-Content-Type-Options"] = "nosniff"
    if "Cache-Control" not in headers:
        headers["Cache-Control"] = "no-store"


def includeme(config) -> None:
    config.add_subscriber(protect, NewResponse)
