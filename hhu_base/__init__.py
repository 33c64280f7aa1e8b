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
        from hhu_base.plugins.trying import raise_for_the_guilty

        raise_for_the_guilty(settings, configure)
        raise


def configure(settings: dict, plugins: Sequence[str] | None = None) -> Configurator:
    """Put the application together; raises ConfigurationError where a setting is wrong.

    With the plugins that the ini file names and that can be loaded, or with exactly ``plugins``.
    """
    from pyramid.config import Configurator

    if plugins is None:
        from hhu_base.plugins.trying import configure_with_good_ones

        return configure_with_good_ones(settings, configure)

    config = Configurator(settings=settings)
    config.registry["plugins"] = list(plugins)
    config.registry["plugins.left_out"] = {}
    config.include("hhu_base.site")
    config.include("hhu_base.database")
    config.include("hhu_base.plugins.failures")
    config.include("hhu_base.security")
    config.include("hhu_base.rest")
    config.include("hhu_base.doctor")
    config.include("hhu_base.backup")
    config.include("hhu_base.tasks")
    config.include("hhu_base.rest.idempotency")
    config.include("hhu_base.watching")
    config.include("hhu_base.heartbeat")
    config.include("hhu_base.announcements")
    config.include("hhu_base.settling")
    config.include("hhu_base.mail")
    config.include("hhu_base.demo")
    config.include("hhu_base.taking_over")
    config.include("hhu_base.accounts")
    config.include("hhu_base.calendars")
    config.include("hhu_base.admin")
    config.include("hhu_base.openapi")
    config.include("hhu_base.health")
    config.include("hhu_base.plugins")
    return config
