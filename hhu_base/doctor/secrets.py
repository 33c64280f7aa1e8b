"""What must not be known to anybody: is it there, is it good, and can others read it?"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from hhu_base import settings as read
from hhu_base.admin import sessions
from hhu_base.calendars import addresses
from hhu_base.doctor.deployment import Deployment
from hhu_base.doctor.findings import Finding, error, good, notice

SHORTEST = 32
# 32 hexadecimal digits by chance have all but a few of the sixteen.
_FEWEST_CHARACTERS = 10
_URLS = ("sqlalchemy.url", "celery.broker_url")
_TEXTS = (
    "admin.session_secret",
    "calendars.secret",
    "activities.secret",
    "metrics.token",
    "mail.password",
    "wechat.app_secret",
)


def check_secret(settings: Mapping, key: str, development: str) -> Iterator[Finding]:
    """One that signs something; ``development`` is the one that everybody knows."""
    value = read.text(settings, key, development)
    advice = f"openssl rand -hex 32，写入环境变量 {read.variable(key)}。"
    if value == development:
        yield notice(f"{key} 是公开的试用密钥。", advice)
    elif len(value) < SHORTEST or len(set(value)) < _FEWEST_CHARACTERS:
        yield error(f"{key} 太短或太有规律，可以猜到。", advice)
    else:
        yield good(f"{key} 已设置。")


def check_secrets(deployment: Deployment) -> Iterator[Finding]:
    settings = deployment.settings
    yield from check_secret(settings, "admin.session_secret", sessions.DEVELOPMENT_SECRET)
    yield from check_secret(settings, "calendars.secret", addresses.DEVELOPMENT_SECRET)
    values = [value for key in _TEXTS if (value := read.text(settings, key, ""))]
    if len(set(values)) < len(values):
        yield error("同一个密钥用在了两处。", "每一处用自己的密钥：知道了一个，就不会知道另一个。")


def check_ini_file(deployment: Deployment) -> Iterator[Finding]:
    written = [key for key in (*_URLS, *_TEXTS) if _is_secret(key, deployment.settings.get(key))]
    if not written or not deployment.is_production:
        return
    advice = f"改用环境变量（{'、'.join(map(read.variable, written))}），文件权限 0600。"
    mode = stat.S_IMODE(os.stat(deployment.ini).st_mode)
    if mode & 0o044:
        yield error(f"{deployment.ini} 里有密钥，而别的用户可以读它（{mode:04o}）。", advice)
    else:
        yield notice(f"{deployment.ini} 里有密钥。", advice)


def _is_secret(key: str, value: str | None) -> bool:
    value = (value or "").strip()
    if not value or key not in _URLS:
        return bool(value)
    try:
        return bool(urlsplit(value).password)
    except ValueError:
        return True
