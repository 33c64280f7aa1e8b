"""What holds for the whole site: its time zone, its address, and whether this is production."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from hhu_base import settings as read

TITLE = "河海大学计信院教师微服务"


def read_public_url(settings: Mapping) -> str:
    """The address under which people reach the site, without a slash at its end."""
    default = read.REQUIRED if read.is_production(settings) else "http://127.0.0.1:6543"
    url = read.text(settings, "hhu.public_url", default)
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and url.isprintable()
    except ValueError:
        is_good = False
    if not is_good or parts.query or parts.fragment or " " in url:
        raise read.ConfigurationError("hhu.public_url", f"{url!r} is no address of a site")
    return url.rstrip("/")


def includeme(config) -> None:
    """``registry.site_zone`` and ``registry.public_url``; production refuses stand-ins."""
    settings = config.get_settings()
    config.registry.site_zone = read.zone(settings, "hhu.zone", "Asia/Shanghai")
    if read.is_production(settings):
        for key in ("sqlalchemy.url", "celery.broker_url"):
            if read.text(settings, key) == "embedded":
                raise read.ConfigurationError(key, "production needs a server of its own")
    config.registry.public_url = read_public_url(settings)
