"""What holds for the whole site: its time zone, and whether this is production."""

from __future__ import annotations

from hhu_base import settings as read


def includeme(config) -> None:
    """``registry.site_zone``; refuses development's stand-ins in production."""
    settings = config.get_settings()
    config.registry.site_zone = read.zone(settings, "hhu.zone", "Asia/Shanghai")
    if read.is_production(settings):
        for key in ("sqlalchemy.url", "celery.broker_url"):
            if read.text(settings, key) == "embedded":
                raise read.ConfigurationError(key, "production needs a server of its own")
