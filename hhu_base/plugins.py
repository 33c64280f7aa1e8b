"""Discovery of plugins: which are installed (entry points), and which are enabled (the ini file).

A plugin is a package with ``includeme(config)`` under the entry point group ``hhu.plugins``, and
optionally ``models.py`` and ``migrations/`` beside it. Its name is used everywhere.
"""

from __future__ import annotations

import importlib
import importlib.util
from importlib.metadata import EntryPoint, entry_points
from importlib.resources import files
from pathlib import Path

from hhu_base import settings as read

GROUP = "hhu.plugins"


def installed() -> dict[str, EntryPoint]:
    """Name → entry point of every plugin on this machine, in alphabetical order."""
    found = {point.name: point for point in entry_points(group=GROUP)}
    return dict(sorted(found.items()))


def enabled(settings) -> list[str]:
    """The names in ``hhu.plugins``, in their order; raises ConfigurationError for an unknown one."""
    names = list(dict.fromkeys(read.words(settings, "hhu.plugins", "")))
    known = installed()
    for name in names:
        if name not in known:
            raise read.ConfigurationError(
                "hhu.plugins",
                f"there is no plugin {name!r}; installed: {', '.join(known) or 'none'}",
            )
    return names


def import_models() -> None:
    """Make the tables of the base and of every installed plugin known to the metadata.

    The schema follows what is installed; the ini only decides what is switched on.
    """
    importlib.import_module("hhu_base.models")
    importlib.import_module("hhu_base.mail.models")
    for point in installed().values():
        name = f"{point.module}.models"
        if importlib.util.find_spec(name):
            importlib.import_module(name)


def migration_folders() -> dict[str, Path]:
    """Branch → folder with its migrations, for the base and every installed plugin."""
    packages = {"core": "hhu_base"} | {name: point.module for name, point in installed().items()}
    folders = {name: Path(str(files(package))) / "migrations" for name, package in packages.items()}
    return {name: folder for name, folder in folders.items() if folder.is_dir()}


def includeme(config) -> None:
    """Switch on what the ini file names."""
    names = enabled(config.get_settings())
    config.registry["plugins"] = names
    for name in names:
        config.include(installed()[name].module)
