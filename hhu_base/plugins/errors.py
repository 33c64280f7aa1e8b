"""Why a plugin cannot be loaded, in one line for who deploys it."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import EntryPoint
from types import TracebackType

from pyramid.exceptions import ConfigurationConflictError, ConfigurationExecutionError

from hhu_base.plugins.paths import BASE, Claim
from hhu_base.settings import ConfigurationError

_LONGEST = 500


class PluginError(ConfigurationError):
    """A plugin cannot be loaded; the message names it and the reason, ``reason`` only that."""

    def __init__(self, plugin: str, reason: str, message: str, key: str = "hhu.plugins"):
        # Not our parent's, which would add where the key is to be set.
        Exception.__init__(self, message)
        self.plugin, self.reason, self.key = plugin, reason, key


def unknown(name: str, installed: Iterable[str]) -> PluginError:
    """There is no plugin of this name."""
    known = f"installed: {', '.join(installed) or 'none'}"
    return PluginError(
        name, f"is not installed; {known}", f"hhu.plugins: there is no plugin {name!r}; {known}"
    )


def broken(point: EntryPoint, error: Exception) -> PluginError:
    """It is there, and fails with ``error``."""
    reason = reason_of(error, point.module)
    if isinstance(error, ConfigurationError):
        # One of its settings: the message begins with that key, as for any other.
        message = f"{reason}; the plugin {point.name!r} cannot be loaded"
        return PluginError(point.name, reason, message, error.key)
    message = f"hhu.plugins: the plugin {point.name!r} cannot be loaded: {reason}"
    return PluginError(point.name, reason, message)


def taken_path(taken: Claim, wanted: Claim) -> PluginError:
    """What the plugin wants to serve is served by another, or by the base."""
    by = "the base" if taken.owner == BASE else f"the plugin {taken.owner!r}"
    same = "" if taken.path == wanted.path else f" as {taken.path!r}"
    reason = f"its path {wanted.path!r} is served by {by} already{same}, which would answer for it"
    return PluginError(
        wanted.owner,
        reason,
        f"hhu.plugins: the plugin {wanted.owner!r} cannot be loaded: {reason}",
    )


def reason_of(error: Exception, package: str) -> str:
    """What went wrong, and where in ``package`` it did, if it did there."""
    if isinstance(error, ConfigurationError):
        return shortened(error)
    if isinstance(error, ConfigurationConflictError):
        # Its text tells both places.
        return shortened(error)
    if isinstance(error, ConfigurationExecutionError):
        where = f" ({error.info.file}:{error.info.line})" if error.info else ""
        return f"{error.etype.__name__}: {shortened(error.evalue)}{where}"
    return f"{type(error).__name__}: {shortened(error)}{_place(error.__traceback__, package)}"


def shortened(error: BaseException) -> str:
    """What it says, in one line."""
    text = " ".join(str(error).split())
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def _place(traceback: TracebackType | None, package: str) -> str:
    """The innermost line of the plugin's own code."""
    place = ""
    while traceback is not None:
        module = traceback.tb_frame.f_globals.get("__name__") or ""
        if (module + ".").startswith(package + "."):
            place = f" ({module}, line {traceback.tb_lineno})"
        traceback = traceback.tb_next
    return place
