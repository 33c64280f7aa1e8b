"""The base of the teachers' services: the application without any feature.

``main`` is what the ini file names; ``configure`` is the whole story of how it is put together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator


def main(global_config, **settings):
    """The WSGI application (``paste.app_factory``)."""
    config = configure(settings)
    return config.make_wsgi_app()


def configure(settings: dict) -> Configurator:
    """Put the application together; raises ConfigurationError where a setting is wrong."""
    # Imported here, so that the supervisor, which needs none of it, stays small.
    from pyramid.config import Configurator

    config = Configurator(settings=settings)
    config.include("hhu_base.site")
    config.include("hhu_base.database")
    config.include("hhu_base.security")
    config.include("hhu_base.rest")
    config.include("hhu_base.tasks")
    config.include("hhu_base.watching")
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
