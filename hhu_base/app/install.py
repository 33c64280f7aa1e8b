"""What makes the teachers' pages installable: the manifest, and the service worker.

The worker keeps the pages that were read last and shows them where there is no network, and says
so. It keeps no form and sends nothing later; who signs out, or somebody else who signs in, leaves nothing.
"""

from __future__ import annotations

from typing import Any

from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED

from hhu_base.web.assets import folder
from hhu_base.web.security import APP_PATH

_BLUE, _GROUND = "#0d2f55", "#f4f6f9"


def show_manifest(request) -> dict[str, Any]:
    """``GET /app/manifest.webmanifest``"""
    request.response.content_type = "application/manifest+json"
    request.response.cache_control = "no-cache"
    icons = [
        {
            "src": request.asset(f"icon-{size}.png"),
            "sizes": f"{size}x{size}",
            "type": "image/png",
            "purpose": purpose,
        }
        for size in (192, 512)
        for purpose in ("any", "maskable")
    ]
    return {
        "id": APP_PATH,
        "name": "教师微服务 · 河海大学计信院",
        "short_name": "教师微服务",
        "lang": "zh-CN",
        "start_url": APP_PATH,
        "scope": "/",
        "display": "standalone",
        "theme_color": _BLUE,
        "background_color": _GROUND,
        "icons": icons,
    }


def show_worker(request) -> Response:
    """``GET /app/worker.js``: at this path, since a worker is for what lies below its own."""
    body = folder("static").joinpath("worker.js").read_text(encoding="utf-8")
    # A new version of the styles is a new worker, which forgets the pages that wanted the old ones.
    body = body.replace("{version}", request.registry["assets"][""])
    return Response(body=body.encode(), content_type="text/javascript", cache_control="no-cache")


def includeme(config) -> None:
    for name, path, view, renderer in (
        ("manifest", "manifest.webmanifest", show_manifest, "json"),
        ("worker", "worker.js", show_worker, None),
    ):
        config.add_route(f"app.{name}", f"{APP_PATH}{path}", request_method="GET")
        config.add_view(
            view,
            route_name=f"app.{name}",
            renderer=renderer,
            permission=NO_PERMISSION_REQUIRED,
        )
