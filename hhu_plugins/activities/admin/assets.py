"""The plugin's own style sheets and scripts, at an address that changes with their content."""

from __future__ import annotations

import hashlib
from pathlib import Path

_YEAR = 365 * 24 * 3600
_FOLDER = Path(__file__).parents[1] / "static"


def url(request, name: str) -> str:
    """``projector.js`` → its path."""
    return f"/{request.registry['activities.static']}/{name}"


def includeme(config) -> None:
    content = hashlib.sha256()
    for path in sorted(_FOLDER.iterdir()):
        content.update(path.read_bytes())
    # Below the base's static path, so that browsers may keep it.
    prefix = f"admin/static/activities-{content.hexdigest()[:10]}"
    config.registry["activities.static"] = prefix
    config.add_static_view(prefix, str(_FOLDER), cache_max_age=_YEAR)
    config.add_request_method(url, "activities_asset")
