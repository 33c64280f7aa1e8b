"""What must not be known to anybody: is it there, is it good, and can others read it?"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from hhu_base.cli.doctor.contract import Deployment, Finding, error, good, notice
from hhu_base.database import URL
from hhu_base.settings import Secret, variable
from hhu_base.tasks import BROKER_URL

SHORTEST = 32
# 32 hexadecimal digits by chance have all but a few of the sixteen.
_FEWEST_CHARACTERS = 10
_URLS = (URL.key, BROKER_URL.key)


def check_secret(settings: Mapping, secret: Secret) -> Iterator[Finding]:
    """One that signs something."""
    value = secret.text(settings) or secret.default
    advice = f"openssl rand -hex 32，写入环境变量 {variable(secret.key)}。"
    if value == secret.default:
        yield notice(f"{secret.key} 是公开的试用密钥。", advice)
    elif len(value) < SHORTEST or len(set(value)) < _FEWEST_CHARACTERS:
        yield error(f"{secret.key} 太短或太有规律，可以猜到。", advice)
    else:
        yield good(f"{secret.key} 已设置。")


def check_secrets(deployment: Deployment) -> Iterator[Finding]:
    secrets = _declared(deployment)
    for secret in secrets:
        if secret.signs:
            yield from check_secret(deployment.settings, secret)
    values = [value for secret in secrets if (value := secret.text(deployment.settings))]
    # The published ones are found above, and may well be the same.
    values = [value for value in values if value not in {secret.default for secret in secrets}]
    if len(set(values)) < len(values):
        yield error("同一个密钥用在了两处。", "每一处用自己的密钥：知道了一个，就不会知道另一个。")


def check_ini_file(deployment: Deployment) -> Iterator[Finding]:
    keys = [*_URLS, *(secret.key for secret in _declared(deployment))]
    written = [key for key in keys if _is_secret(key, deployment.settings.get(key))]
    if not written or not deployment.is_production:
        return
    advice = f"改用环境变量（{'、'.join(map(variable, written))}），文件权限 0600。"
    mode = stat.S_IMODE(os.stat(deployment.ini).st_mode)
    if mode & 0o044:
        yield error(f"{deployment.ini} 里有密钥，而别的用户可以读它（{mode:04o}）。", advice)
    else:
        yield notice(f"{deployment.ini} 里有密钥。", advice)


def _declared(deployment: Deployment) -> list[Secret]:
    settings = deployment.registry["settings"].values()
    return [setting for setting in settings if isinstance(setting, Secret)]


def _is_secret(key: str, value: str | None) -> bool:
    value = (value or "").strip()
    if not value or key not in _URLS:
        return bool(value)
    try:
        return bool(urlsplit(value).password)
    except ValueError:
        return True
