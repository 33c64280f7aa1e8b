"""Style sheets, scripts and fonts: ours, and those that Deform brings. Nothing comes from outside."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path
from typing import Any

_YEAR = 365 * 24 * 3600


def folder(name: str) -> Path:
    """A folder of this package."""
    return Path(__file__).parent / name


def deform_folder(name: str) -> Path:
    """A folder of Deform's, found without importing it: only forms need that."""
    spec = importlib.util.find_spec("deform")
    if spec is None or not spec.submodule_search_locations:
        raise ImportError("deform is not installed")
    return Path(spec.submodule_search_locations[0]) / name


def url(request, name: str) -> str:
    """``admin.css``, or a plugin's ``rooms:calendar.js`` → its path, which changes with its content."""
    owner, _, file = name.rpartition(":")
    return f"/{request.registry['assets'][owner]}/{file}"


def add_admin_static(config, plugin: str, path: Path) -> None:
    """Directive: a plugin's folder of style sheets and scripts, for ``shell.asset("rooms:…")``."""
    add_static_folder(config, plugin, f"static/{plugin}-", path)


def add_static_folder(config, owner: str, prefix: str, path: Path, **options: Any) -> None:
    """Serve a folder for ``request.asset("owner:…")``; ``options`` go to ``add_static_view``."""
    served = config.registry["assets"][owner] = prefix + version_of(path)
    config.add_static_view(served, str(path), cache_max_age=_YEAR, **options)


def version_of(static: Path) -> str:
    """What changes with the content of a folder."""
    content = hashlib.sha256()
    for path in sorted(static.rglob("*")):
        if path.is_file():
            content.update(path.read_bytes())
    return content.hexdigest()[:10]


def includeme(config) -> None:
    config.registry["assets"] = {}
    own = f"static/{version_of(folder('static'))}"
    # Before the folder around it.
    config.add_static_view(f"{own}/deform", str(deform_folder("static")), cache_max_age=_YEAR)
    add_static_folder(config, "", "static/", folder("static"))
    config.add_translation_dirs(str(deform_folder("locale")))
    config.add_request_method(url, "asset")
    config.add_directive("add_admin_static", add_admin_static)
