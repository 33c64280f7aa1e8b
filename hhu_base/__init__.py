"""The base of the teachers' services: the application without any feature.

``main`` is what the ini file names; ``configure`` is the whole story of how it is put together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyramid.config import Configurator

# What is imported inside these functions is not needed by the supervisor, which stays small so.


# By settings, in a process that is copied: its copies find here what it has made.
kept_applications: dict[tuple, Any] | None = None


def main(global_config, **settings):
    """The WSGI application (``paste.app_factory``)."""
    from pyramid.exceptions import ConfigurationError

    key = tuple(sorted(settings.items()))
    if kept_applications is not None and key in kept_applications:
        return kept_applications[key]
    config = configure(settings)
    try:
        application = config.make_wsgi_app()
    except ConfigurationError:
        # Something that is told only now, such as two who want the same path.
        from hhu_base.plugins.startup import raise_plugin_error

        raise_plugin_error(settings, configure)
        raise
    if kept_applications is not None:
        kept_applications[key] = application
    return application


def configure(settings: dict, plugins: Sequence[str] | None = None) -> Configurator:
    """Put the application together; raises ConfigurationError for all settings that are wrong.

    With the plugins that the ini file names and that can be loaded, or with exactly ``plugins``.
    """
    from hhu_base.plugins import off
    from hhu_base.settings.declarations import check

    if plugins is None:
        from hhu_base.plugins.startup import configure_with_loadable

        return configure_with_loadable(settings, configure)

    config = assemble(settings, plugins)
    check(config.registry, settings, off(settings, plugins))
    return config


def assemble(settings: dict, plugins: Sequence[str]) -> Configurator:
    """As much of the application as can be put together with these settings."""
    from hhu_base.plugins.startup import Application

    config = Application(settings=settings)
    config.registry["plugins"] = list(plugins)
    config.registry["plugins.left_out"] = {}
    # The floors, from the bottom: each stands on those before it.
    config.include("hhu_base.settings")
    config.include("hhu_base.telemetry")
    config.include("hhu_base.database")
    config.include("hhu_base.tasks")
    config.include("hhu_base.plugins")
    config.include("hhu_base.web")
    config.include("hhu_base.rest")
    config.include("hhu_base.admin")
    config.include("hhu_base.statistics")
    config.include("hhu_base.app")
    config.include("hhu_base.cli")
    config.include("hhu_base.mail")
    config.include("hhu_base.notifications")
    config.include("hhu_base.accounts")
    config.include("hhu_base.calendars")
    config.include("hhu_base.plugins.include_enabled")
    return config
