"""``config.declare_settings``: what is declared is known, and everything else stops the start.

All that is wrong is told at once: whatever fails to be included because of a setting is left out,
the rest is put together all the same, and in the end :func:`check` raises what was found.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping

from hhu_base.settings import (
    ENVIRONMENT,
    ConfigurationError,
    Setting,
    raise_all,
    server,
    unknown,
    variable,
)

# Keys in [app:main] that the libraries read which we stand on; every other one is ours.
LIBRARIES = ("pyramid.", "tm.", "jinja2.")
# No settings, but variables that `hhu` and the libraries' commands of ours read.
VARIABLES = ("HHU_ADMIN_PASSWORD",)


def declare_settings(config, *settings: Setting) -> None:
    """Directive: these settings exist. To be called before they are read."""
    declared, problems = config.registry["settings"], config.registry["settings.problems"]
    for setting in settings:
        if declared.setdefault(setting.key, setting) != setting:
            problems.append(ConfigurationError(setting.key, "is declared twice", advice=""))
        try:
            setting.read(config.get_settings())
        except ConfigurationError as error:
            problems.append(error)


def check(registry, settings: Mapping, off: Iterable[str]) -> None:
    """Raise ConfigurationError for all settings that are wrong or unknown.

    ``off``: installed plugins that are not part of this application; what they would declare is
    unknown here, so everything under their names is left alone.
    """
    known = set(registry["settings"])
    prefixes = tuple(f"{name}." for name in off)
    unknown = [*_unknown_keys(settings, known, prefixes), *_unknown_variables(known, prefixes)]
    raise_all([*unknown, *registry["settings.problems"]])


def _unknown_keys(
    settings: Mapping, known: set[str], off: tuple[str, ...]
) -> Iterator[ConfigurationError]:
    for key in settings:
        if key not in known and not key.startswith((*LIBRARIES, *off)):
            yield unknown(key, known)


def _unknown_variables(known: set[str], off: tuple[str, ...]) -> Iterator[ConfigurationError]:
    names = {variable(key) for key in (*known, *server.KEYS)} | set(VARIABLES)
    off = tuple(variable(prefix) for prefix in off)
    ours = [name for name in sorted(os.environ) if name.startswith("HHU_")]
    strange = [name for name in ours if name not in names and not name.startswith(off)]
    if strange:
        # Few set any other option of the web server, and to ask it for them takes a while.
        names |= {variable(key) for key in server.options_of_waitress()}
    for name in strange:
        if name not in names:
            yield unknown(name, names)


def includeme(config) -> None:
    config.registry["settings"] = {}
    config.registry.setdefault("settings.problems", [])
    config.add_directive("declare_settings", declare_settings)
    config.declare_settings(ENVIRONMENT)
