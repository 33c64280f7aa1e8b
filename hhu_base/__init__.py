"""The base of the teachers' services: the application without any feature.

``main`` is what the ini file names; ``configure`` is the whole story of how it is put together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator

# What is imported inside these functions is not needed by the supervisor, which stays small so.


def main(global_config, **settings):
    """The WSGI application (``paste.app_factory``)."""
    from pyramid.exceptions import ConfigurationError

    config = configure(settings)
    try:
        return config.make_wsgi_app()
    except ConfigurationError:
        # Something that is told only now, such as two who want the same path.
        from hhu_base.plugins.startup import raise_plugin_error

        raise_plugin_error(settings, configure)
        raise


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
