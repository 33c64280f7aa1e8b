"""The readers of before, for code that declares nothing yet; the keys that they read count as known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hhu_base import settings as kinds

KEYS: set[str] = set()


def text(settings: Mapping, key: str, default: Any = kinds.REQUIRED) -> str:
    return _read(kinds.Text(key, default, ""), settings)


def integer(
    settings: Mapping,
    key: str,
    default: Any = kinds.REQUIRED,
    minimum: int | None = None,
    maximum: int | None = None,
) -> int:
    return _read(kinds.Integer(key, default, "", minimum, maximum), settings)


def seconds(
    settings: Mapping, key: str, default: Any = kinds.REQUIRED, minimum: float = 0
) -> float:
    return _read(kinds.Seconds(key, default, "", minimum), settings)


def boolean(settings: Mapping, key: str, default: Any = kinds.REQUIRED) -> bool:
    return _read(kinds.Boolean(key, default in (True, "yes"), ""), settings)


def words(settings: Mapping, key: str, default: Any = kinds.REQUIRED) -> list[str]:
    default = default.split() if isinstance(default, str) else default
    return _read(kinds.Words(key, default, ""), settings)


def choice(
    settings: Mapping, key: str, choices: tuple[str, ...], default: Any = kinds.REQUIRED
) -> str:
    return _read(kinds.Choice(key, default, "", choices), settings)


def _read(setting: kinds.Setting, settings: Mapping) -> Any:
    KEYS.add(setting.key)
    return setting.read(settings)


def secret(settings: Mapping, key: str, stand_in: str) -> bytes:
    return _read(kinds.Secret(key, stand_in, "", signs=True), settings).encode()
