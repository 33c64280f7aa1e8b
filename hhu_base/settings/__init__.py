"""Settings: one declaration each, which reads the value, stops the start if it is wrong, and explains it.

::

    GRANULARITY = Integer("rooms.granularity", 30, "预约的开始和结束以多少分钟为单位", minimum=1)

    def includeme(config):
        config.declare_settings(GRANULARITY)
        step = GRANULARITY.read(config.get_settings())

An environment variable overrides the key: ``rooms.granularity`` is ``HHU_ROOMS_GRANULARITY``,
``hhu.plugins`` is ``HHU_PLUGINS``. Only the standard library is imported here, so that the
supervisor can use it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

REQUIRED: Any = object()
# What production asks of a secret that signs something, and what is asked for trying out.
_SHORTEST_IN_PRODUCTION, _SHORTEST = 32, 16

T = TypeVar("T")


class ConfigurationError(Exception):
    """A setting is missing or wrong; the message names its key, ``errors`` are all that are."""

    def __init__(self, key: str, problem: str, advice: str | None = None):
        if advice is None:
            advice = f" (set it in the ini file or as {variable(key)})"
        super().__init__(f"{key}: {problem}{advice}")
        self.key = key

    @property
    def errors(self) -> list[ConfigurationError]:
        return [self]


class ConfigurationErrors(ConfigurationError):
    """Several at once, each of them a line."""

    def __init__(self, errors: Iterable[ConfigurationError]):
        self._errors = list(errors)
        Exception.__init__(self, "\n".join(map(str, self._errors)))
        self.key = self._errors[0].key

    @property
    def errors(self) -> list[ConfigurationError]:
        return self._errors


def raise_all(errors: Iterable[ConfigurationError]) -> None:
    """Raise what there is, each once."""
    different = list({str(each): each for error in errors for each in error.errors}.values())
    if len(different) == 1:
        raise different[0]
    if different:
        raise ConfigurationErrors(different)


def variable(key: str) -> str:
    """The environment variable that overrides ``key``."""
    return "HHU_" + key.removeprefix("hhu.").upper().replace(".", "_")


@dataclass(frozen=True)
class Setting(Generic[T]):
    """A setting: ``default`` is the value itself, or None where the code works one out."""

    key: str
    default: Any
    meaning: str

    def text(self, settings: Mapping) -> str:
        """What is written, without blanks around it."""
        return str(os.environ.get(variable(self.key), settings.get(self.key, ""))).strip()

    def read(self, settings: Mapping) -> T:
        """The value. Raises ConfigurationError."""
        if value := self.text(settings):
            return self.parse(value)
        if self.default is REQUIRED:
            raise self.missing()
        return self.default

    def parse(self, value: str) -> T:
        """The value of what is written, which is not empty. Raises ConfigurationError."""
        raise NotImplementedError

    def wrong(self, problem: str) -> ConfigurationError:
        return ConfigurationError(self.key, problem)

    def missing(self) -> ConfigurationError:
        return self.wrong("is required and is not set")


@dataclass(frozen=True)
class Text(Setting[str]):
    """``production``: there it may not be empty."""

    production: bool = False

    def read(self, settings: Mapping) -> str:
        value = super().read(settings)
        if not value and self.production and is_production(settings):
            raise self.missing()
        return value

    def parse(self, value: str) -> str:
        return value


@dataclass(frozen=True)
class Integer(Setting[int]):
    minimum: int | None = None
    maximum: int | None = None

    def parse(self, value: str) -> int:
        try:
            number = int(value)
        except ValueError:
            raise self.wrong(f"{value!r} is not a whole number") from None
        _check_range(self, number, self.minimum, self.maximum)
        return number


@dataclass(frozen=True)
class Seconds(Setting[float]):
    """A duration in seconds; fractions are allowed."""

    minimum: float = 0

    def parse(self, value: str) -> float:
        try:
            number = float(value)
        except ValueError:
            raise self.wrong(f"{value!r} is not a number of seconds") from None
        _check_range(self, number, self.minimum, 10**9)
        return number


class Boolean(Setting[bool]):
    def parse(self, value: str) -> bool:
        if value.lower() in ("yes", "true", "on", "1"):
            return True
        if value.lower() in ("no", "false", "off", "0"):
            return False
        raise self.wrong(f"{value.lower()!r} is neither yes nor no")


@dataclass(frozen=True)
class Words(Setting[list[str]]):
    """Words separated by blanks or line breaks, each once."""

    choices: tuple[str, ...] = ()

    def parse(self, value: str) -> list[str]:
        found = value.split()
        if twice := sorted({word for word in found if found.count(word) > 1}):
            raise self.wrong(f"{' '.join(twice)} stands there twice")
        if self.choices and (unknown := [word for word in found if word not in self.choices]):
            raise self.wrong(f"unknown: {' '.join(unknown)}; known: {' '.join(self.choices)}")
        return found


@dataclass(frozen=True)
class Choice(Setting[str]):
    choices: tuple[str, ...] = ()

    def parse(self, value: str) -> str:
        if value not in self.choices:
            raise self.wrong(f"{value!r} is none of {', '.join(self.choices)}")
        return value


class Zone(Setting[ZoneInfo]):
    """A time zone by its IANA name."""

    def parse(self, value: str) -> ZoneInfo:
        try:
            return ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise self.wrong(f"{value!r} is no time zone") from None


@dataclass(frozen=True)
class Secret(Setting[str]):
    """What nobody may know; ``hhu doctor`` looks after all of them, and nothing shows them.

    One that ``signs`` has a published ``default`` for trying out, which production refuses.
    """

    signs: bool = False
    shortest: int = 0

    def read(self, settings: Mapping) -> str:
        value = self.text(settings)
        if not self.signs:
            if value and len(value) < self.shortest:
                raise self.wrong(f"is shorter than {self.shortest} characters")
            return value or self.default
        is_serious = is_production(settings)
        if not value and is_serious:
            raise self.missing()
        value = value or self.default
        shortest = _SHORTEST_IN_PRODUCTION if is_serious else _SHORTEST
        if len(value) < shortest or (is_serious and value == self.default):
            raise self.wrong(f"is not a secret of {shortest} characters or more")
        return value


DEVELOPMENT, PRODUCTION = "development", "production"
ENVIRONMENT = Choice(
    "hhu.environment",
    DEVELOPMENT,
    "development 用于试用和开发，production 是正式环境，拒绝一切只适合试用的设置",
    choices=(DEVELOPMENT, PRODUCTION),
)


def is_production(settings: Mapping) -> bool:
    """Whether development's secrets and stand-ins have to be refused."""
    return ENVIRONMENT.read(settings) == PRODUCTION


def _check_range(
    setting: Setting, number: float, minimum: float | None, maximum: float | None
) -> None:
    # Written so that NaN, which is neither smaller nor greater, does not slip through.
    if minimum is not None and not number >= minimum:
        raise setting.wrong(f"{number} is less than {minimum}")
    if maximum is not None and not number <= maximum:
        raise setting.wrong(f"{number} is more than {maximum}")


def unknown(name: str, known: Iterable[str]) -> ConfigurationError:
    """There is no such setting; the nearest one is named."""
    nearest = get_close_matches(name, sorted(known), 1)
    hint = f"; did you mean {nearest[0]}?" if nearest else ""
    return ConfigurationError(name, f"there is no such setting{hint}", advice="")


def includeme(config) -> None:
    config.include("hhu_base.settings.declarations")
    config.include("hhu_base.settings.site")
