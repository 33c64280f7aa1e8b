"""Discovery of plugins: which are installed (entry points), and which are enabled (the ini file).

A plugin is a package with ``includeme(config)`` under the entry point group ``hhu.plugins``, and
optionally ``models.py`` and ``migrations/`` beside it. Its name is used everywhere.

One that cannot be loaded stops the start, or, with ``hhu.on_plugin_error = skip``, is left out as
a whole: see ``hhu_base.plugins.startup``.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterable
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from hhu_base.plugins import errors
from hhu_base.plugins.errors import PluginError
from hhu_base.settings import Choice, ConfigurationError, Words

GROUP = "hhu.plugins"
STOP, SKIP = "stop", "skip"
NAMES = Words("hhu.plugins", [], "启用的插件，按菜单的次序")
ON_ERROR = Choice(
    "hhu.on_plugin_error",
    STOP,
    "插件无法加载时：stop 不启动，skip 跳过这个插件",
    choices=(STOP, SKIP),
)


def installed() -> dict[str, EntryPoint]:
    """Name → entry point of every plugin on this machine, in alphabetical order."""
    found = {point.name: point for point in entry_points(group=GROUP)}
    return dict(sorted(found.items()))


def named(settings) -> list[str]:
    """The names in ``hhu.plugins``, in their order, whether there is such a plugin or not."""
    return list(dict.fromkeys(NAMES.text(settings).split()))


def off(settings, names: Iterable[str]) -> set[str]:
    """The plugins that exist, or are named, and are not among ``names``."""
    return {*installed(), *named(settings)} - set(names)


def are_skipped(settings) -> bool:
    """Whether plugins that cannot be loaded are left out, instead of stopping the start."""
    try:
        return ON_ERROR.read(settings) == SKIP
    except ConfigurationError:
        # Told with everything else that is wrong.
        return False


def import_models(settings) -> dict[str, PluginError]:
    """Make the tables of the base and of every installed plugin known to the metadata.

    The schema follows what is installed; the ini only decides what is switched on. A plugin whose
    models cannot be imported raises PluginError, or, where those are skipped, is returned.
    """
    from hhu_base.plugins.loading import import_base, load

    import_base()
    is_skipped = are_skipped(settings)
    broken = {}
    for name, point in installed().items():
        try:
            load(point)
        except PluginError as problem:
            if not is_skipped:
                raise
            broken[name] = problem
    return broken


def migration_folders() -> dict[str, Path]:
    """Branch → folder with its migrations, for the base and every installed plugin.

    Also for one that cannot be imported: Alembic must find whatever the database went through.
    """
    packages = {"core": "hhu_base"} | {name: point.module for name, point in installed().items()}
    return {
        name: folder / "migrations"
        for name, package in packages.items()
        for folder in _folders_of(package)
        if (folder / "migrations").is_dir()
    }


def _folders_of(package: str) -> list[Path]:
    """Where a package is, without importing it."""
    try:
        spec = importlib.util.find_spec(package)
    except Exception:  # of a package above it, which may fail in any way
        return []
    return [Path(each) for each in (spec.submodule_search_locations or ())] if spec else []


def includeme(config) -> None:
    """What the base has to know of plugins; they themselves come last: ``include_enabled``."""
    config.declare_settings(NAMES, ON_ERROR)
    config.include("hhu_base.plugins.failures")


def include_enabled(config) -> None:
    """Switch on the plugins that this application is put together with."""
    from hhu_base.plugins import failures, paths
    from hhu_base.plugins.loading import load

    known = installed()
    actions = config.action_state.actions
    claims = list(paths.claims_of(paths.BASE, actions))
    for name in config.registry["plugins"]:
        before = len(actions)
        config.registry["plugins.current"] = name
        try:
            if name not in known:
                raise errors.unknown(name, known)
            load(known[name])
            _include(config, known[name])
            wanted = list(paths.claims_of(name, actions[before:]))
            if clash := paths.find_clash([*claims, *wanted]):
                raise errors.taken_path(*clash)
            claims += wanted
        except PluginError as error:
            # The others may have something wrong, too.
            config.registry["settings.problems"].append(error)
    config.registry["plugins.current"] = failures.CORE


def _include(config, point: EntryPoint) -> None:
    problems = config.registry["settings.problems"]
    before = len(problems)
    try:
        config.include(point.module)
    except Exception as error:
        raise errors.broken(point, error) from error
    problems[before:] = [errors.broken(point, error) for error in problems[before:]]


CORE_TITLE = "系统"


# To find what is installed reads a file of each package of the environment.
@cache
def title_of(plugin: str) -> str:
    """From the plugin's name card: ``rooms 会议室预约: find a free room …``."""
    point = installed().get(plugin)
    if point is None:
        return CORE_TITLE if plugin == "core" else plugin
    card = (importlib.import_module(point.module).__doc__ or "").strip().partition(":")[0]
    return card.removeprefix(plugin).strip() or plugin
