"""What holds for the whole site: its time zone, its address, and whether this is production."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from hhu_base.settings import Text, Zone

TITLE = "河海大学计信院教师微服务"

PUBLIC_URL = Text(
    "hhu.public_url",
    "",
    "网站对外的地址，邮件里的链接由此开始；试用时默认 http://127.0.0.1:6543",
    production=True,
)
ZONE = Zone(
    "hhu.zone",
    ZoneInfo("Asia/Shanghai"),
    "学校所在的时区；不带时区的时间都按它理解，发出的时间都用它",
)
_FOR_TRYING_OUT = "http://127.0.0.1:6543"


def read_public_url(settings: Mapping) -> str:
    """The address under which people reach the site, without a slash at its end."""
    url = PUBLIC_URL.read(settings) or _FOR_TRYING_OUT
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and url.isprintable()
    except ValueError:
        is_good = False
    if not is_good or parts.query or parts.fragment or " " in url:
        raise PUBLIC_URL.wrong(f"{url!r} is no address of a site")
    return url.rstrip("/")


def includeme(config) -> None:
    """``registry.site_zone`` and ``registry.public_url``."""
    settings = config.get_settings()
    config.declare_settings(PUBLIC_URL, ZONE)
    config.registry.public_url = read_public_url(settings)
    config.registry.site_zone = ZONE.read(settings)
