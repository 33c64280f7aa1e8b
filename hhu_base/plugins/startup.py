"""What the application is put together with: all settings that are right, and whole plugins only.

An ``includeme`` that fails half-way has registered its first half already, and that two plugins
want the same path is told only when everything is committed. Neither can be taken back from a
Configurator. So what fails is found by trying, each time from the beginning, and the application
is then put together anew from what is good.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from pyramid.config import Configurator

from hhu_base import plugins
from hhu_base.plugins import errors
from hhu_base.plugins.errors import PluginError
from hhu_base.settings import ConfigurationError

logger = logging.getLogger(__name__)

# Settings and the names of plugins → the application with these, not yet committed.
Configure = Callable[[dict, Sequence[str]], Configurator]


class Application(Configurator):
    """A Configurator that goes on after a setting that is wrong, to find the next one too."""

    def include(self, callable, route_prefix=None) -> None:
        problems = self.registry.setdefault("settings.problems", [])
        try:
            super().include(callable, route_prefix)
        except ConfigurationError as error:
            problems.append(error)
        except Exception:
            # It may be for want of what failed before: that is told, and comes first.
            if not problems:
                raise


def configure_with_loadable(settings: dict, configure: Configure) -> Configurator:
    """The application with the enabled plugins; it is told which had to be left out.

    Where that is not wanted (``hhu.on_plugin_error``), the first one that fails raises PluginError.
    """
    if not plugins.are_skipped(settings):
        return configure(settings, plugins.named(settings))
    good, problems = find_loadable(settings, configure)
    config = configure(settings, good)
    for name, problem in problems.items():
        # In the log of every process that does without it.
        logger.error("the plugin %s is left out: %s", name, problem.reason)
        config.registry["plugins.left_out"][name] = problem.reason
    return config


def find_loadable(settings: dict, configure: Configure) -> tuple[list[str], dict[str, PluginError]]:
    """The enabled plugins that are good, and what is wrong with each of the others.

    Of two that do not go together the first one stays. Raises what the base fails with by itself.
    """
    names, known = plugins.named(settings), plugins.installed()
    problems = {name: errors.unknown(name, known) for name in names if name not in known}
    candidates = [name for name in names if name in known]
    if _try(settings, configure, candidates) is None:
        return candidates, problems
    if (error := _try(settings, configure, [])) is not None:
        raise error
    good: list[str] = []
    for name in candidates:
        error = _try(settings, configure, [*good, name])
        if error is None:
            good.append(name)
        elif isinstance(error, PluginError):
            problems[name] = error
        else:
            problems[name] = errors.broken(known[name], error)
            problems[name].__cause__ = error
    return good, problems


def raise_plugin_error(settings: dict, configure: Configure) -> None:
    """Raise PluginError for the first plugin that the application cannot be put together with."""
    _, problems = find_loadable(settings, configure)
    for problem in problems.values():
        raise problem


def _try(settings: dict, configure: Configure, names: Sequence[str]) -> Exception | None:
    try:
        configure(settings, names).commit()
    except Exception as error:
        return error
    return None
