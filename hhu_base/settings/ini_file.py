"""The ini file itself, before anybody reads settings from it: what a parser would stop at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from configparser import ConfigParser, Error
from pathlib import Path

from hhu_base.settings import ConfigurationError

_SECTION = re.compile(r"\[(?P<name>.+)\]")
_KEY = re.compile(r"(?P<name>[^\s=:#;\[][^=:]*?)\s*[=:]")
APPLICATION, SERVER = "app:main", "server:main"


def problems(path: Path) -> list[ConfigurationError]:
    """Sections and keys that stand there twice, the application's that is missing, bad lines."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        return [_wrong(path, str(error))]
    found = [_wrong(path, problem) for problem in _duplicates(text)]
    try:
        has_application = _parser(path).has_section(APPLICATION)
    except Error as error:
        return [*found, _wrong(path, " ".join(str(error).split()))]
    if not has_application:
        found.append(_wrong(path, f"there is no section [{APPLICATION}]"))
    return found


def sections(path: Path) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """The application's and the server's, as far as they can be read; of two the last counts."""
    try:
        parser = _parser(path)
        return _section(parser, APPLICATION), _section(parser, SERVER)
    except (Error, OSError, UnicodeError):
        return {}, {}


def _section(parser: ConfigParser, name: str) -> dict[str, str]:
    if not parser.has_section(name):
        return {}
    ignored = {"use", *parser.defaults()}
    return {key: value for key, value in parser[name].items() if key not in ignored}


def _parser(path: Path) -> ConfigParser:
    """As PasteDeploy reads it, but not strict."""
    folder = str(path.resolve().parent)
    parser = ConfigParser(strict=False, defaults={"here": folder, "__file__": str(path.resolve())})
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(path.read_text(encoding="utf-8"), str(path))
    return parser


def _duplicates(text: str) -> Iterator[str]:
    seen: dict[tuple[str, str], int] = {}
    section = ""
    for number, line in enumerate(text.splitlines(), 1):
        if match := _SECTION.match(line):
            section, key = match["name"], ""
        elif match := _KEY.match(line):
            key = match["name"]
        else:
            continue
        first = seen.setdefault((section, key), number)
        if first != number:
            name = f"{key} of [{section}]" if key else f"[{section}]"
            yield f"{name} stands there twice, in the lines {first} and {number}"


def _wrong(path: Path, problem: str) -> ConfigurationError:
    return ConfigurationError(path.name, problem, advice="")
