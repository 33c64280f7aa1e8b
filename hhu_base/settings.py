"""Typed reading of the ini file: every setting is read once, at the start, and a bad one stops it.

Each function takes the settings, a key and a default. An environment variable overrides the key:
``rooms.granularity`` is ``HHU_ROOMS_GRANULARITY``, ``hhu.plugins`` is ``HHU_PLUGINS``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pyramid.exceptions import ConfigurationError as PyramidConfigurationError

REQUIRED: Any = object()


class ConfigurationError(PyramidConfigurationError):
    """A setting is missing or wrong; the message names the ini key."""

    def __init__(self, key: str, problem: str):
        super().__init__(f"{key}: {problem} (set it in the ini file or as {variable(key)})")
        self.key = key


def variable(key: str) -> str:
    """The environment variable that overrides ``key``."""
    return "HHU_" + key.removeprefix("hhu.").upper().replace(".", "_")


def text(settings: Mapping, key: str, default: Any = REQUIRED) -> str:
    """A string without blanks around it; without a default it may not be empty."""
    value = str(os.environ.get(variable(key), settings.get(key, ""))).strip()
    if value:
        return value
    if default is REQUIRED:
        raise ConfigurationError(key, "is required and is not set")
    return default


def integer(
    settings: Mapping,
    key: str,
    default: Any = REQUIRED,
    minimum: int | None = None,
    maximum: int | None = None,
) -> int:
    value = text(settings, key, str(default) if default is not REQUIRED else REQUIRED)
    try:
        number = int(value)
    except ValueError:
        raise ConfigurationError(key, f"{value!r} is not a whole number") from None
    _check_range(key, number, minimum, maximum)
    return number


def seconds(settings: Mapping, key: str, default: Any = REQUIRED, minimum: float = 0) -> float:
    """A duration in seconds; fractions are allowed."""
    value = text(settings, key, str(default) if default is not REQUIRED else REQUIRED)
    try:
        number = float(value)
    except ValueError:
        raise ConfigurationError(key, f"{value!r} is not a number of seconds") from None
    _check_range(key, number, minimum, 10**9)
    return number


def boolean(settings: Mapping, key: str, default: Any = REQUIRED) -> bool:
    value = text(settings, key, str(default) if default is not REQUIRED else REQUIRED).lower()
    if value in ("yes", "true", "on", "1"):
        return True
    if value in ("no", "false", "off", "0"):
        return False
    raise ConfigurationError(key, f"{value!r} is neither yes nor no")


def words(settings: Mapping, key: str, default: Any = REQUIRED) -> list[str]:
    """A list of words separated by blanks or line breaks."""
    return text(settings, key, default).split()


def choice(settings: Mapping, key: str, choices: tuple[str, ...], default: Any = REQUIRED) -> str:
    value = text(settings, key, default)
    if value not in choices:
        raise ConfigurationError(key, f"{value!r} is none of {', '.join(choices)}")
    return value


def secret(settings: Mapping, key: str, stand_in: str) -> bytes:
    """Something that nobody may guess; ``stand_in`` is published, and production refuses it."""
    is_serious = is_production(settings)
    value = text(settings, key, REQUIRED if is_serious else stand_in)
    shortest = 32 if is_serious else 16
    if len(value) < shortest or (is_serious and value == stand_in):
        raise ConfigurationError(key, f"is not a secret of {shortest} characters or more")
    return value.encode()


def zone(settings: Mapping, key: str, default: Any = REQUIRED) -> ZoneInfo:
    """A time zone by its IANA name."""
    value = text(settings, key, default)
    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ConfigurationError(key, f"{value!r} is no time zone") from None


def is_production(settings: Mapping) -> bool:
    """Whether development's secrets and stand-ins have to be refused."""
    return (
        choice(settings, "hhu.environment", ("development", "production"), "development")
        == "production"
    )


def _check_range(key: str, number: float, minimum: float | None, maximum: float | None) -> None:
    # Written so that NaN, which is neither smaller nor greater, does not slip through.
    if minimum is not None and not number >= minimum:
        raise ConfigurationError(key, f"{number} is less than {minimum}")
    if maximum is not None and not number <= maximum:
        raise ConfigurationError(key, f"{number} is more than {maximum}")
