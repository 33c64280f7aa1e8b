"""Everything that is wrong with an ini file and the environment, found out at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hhu_base import assemble, configure, plugins
from hhu_base.settings import ConfigurationError, Setting, ini_file, raise_all, server


@dataclass(frozen=True)
class Inspection:
    """What is declared, what is written, and what is wrong with it."""

    declared: Mapping[str, Setting]
    application: Mapping[str, str]
    server: Mapping[str, str]
    errors: list[ConfigurationError]


def inspect(ini: Path) -> Inspection:
    """Read the file and try to put the application together."""
    application, section = ini_file.sections(ini)
    errors = ini_file.problems(ini)
    if not application:
        return Inspection({}, application, section, errors)
    try:
        registry = configure(dict(application)).registry
    except ConfigurationError as error:
        errors.extend(error.errors)
        registry = assemble(dict(application), plugins.named(application)).registry
    if section:
        errors.extend(server.problems(section))
    return Inspection(registry["settings"], application, section, errors)


def explain(error: ConfigurationError, ini: Path | None) -> list[ConfigurationError]:
    """``error`` and whatever else is wrong with the file that led to it."""
    errors = list(error.errors)
    if ini is not None:
        errors = [*inspect(ini).errors, *errors]
    try:
        raise_all(errors)
    except ConfigurationError as all_of_them:
        errors = all_of_them.errors
    return errors
