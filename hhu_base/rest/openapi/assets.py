"""The style sheets and scripts of ``/`` and ``/docs/``, and what a browser may do with the pages."""

from __future__ import annotations

from pathlib import Path

from pyramid.response import Response

from hhu_base.web.assets import version_of

FOLDER = Path(__file__).parent / "static"
_YEAR = 365 * 24 * 3600
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


def url(request, name: str) -> str:
    """``docs.css`` → its path, which changes with its content."""
    return f"/docs/static/{request.registry['openapi.assets']}/{name}"


def protect(response: Response) -> Response:
    """A page that runs our scripts only, and speaks with nobody else."""
    response.headers.update(_HEADERS)
    return response


def includeme(config) -> None:
    version = config.registry["openapi.assets"] = version_of(FOLDER)
    config.add_static_view(
        f"docs/static/{version}",
        str(FOLDER),
        cache_max_age=_YEAR,
        # Swagger UI is there in its compressed form only: a quarter of its size.
        content_encodings=["gzip"],
    )
    config.add_request_method(url, "docs_asset")
