"""``hhu settings``: every setting with its value, where that comes from, and what it means."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import click

from hhu_base.cli.ini import INI
from hhu_base.plugins.inspection import inspect
from hhu_base.settings import REQUIRED, ConfigurationError, Secret, Setting, server, variable

MASK = "******"
_PASSWORD = re.compile(r"(?<=://)([^/@\s:]*):[^/\s]*@")


@click.command("settings")
@INI
def settings_command(ini: Path) -> None:
    """列出每一项设置的值、来处（默认、ini 文件、环境变量）和意义；密钥不显示。

    有错误或不认识的设置时全部列出，退出码为 1。
    """
    problems = tell(ini, click.echo)
    for problem in problems:
        click.echo(f"配置错误：{problem}", err=True)
    sys.exit(1 if problems else 0)


def tell(ini: Path, say: Callable[[str], object]) -> list[ConfigurationError]:
    """Say it line by line; returns what is wrong."""
    found = inspect(ini)
    _tell_section("[app:main]", found.declared.values(), found.application, say)
    if found.server:
        _tell_section("[server:main]", server.SETTINGS, found.server, say)
    return found.errors


def _tell_section(
    title: str, settings: Iterable[Setting], written: Mapping, say: Callable[[str], object]
) -> None:
    say(title)
    for setting in settings:
        say(f"{setting.key} = {shown(setting, written)}（{origin(setting, written)}）")
        say(f"    {setting.meaning}")


def shown(setting: Setting, written: Mapping) -> str:
    """The value, for everybody's eyes."""
    value = setting.text(written) or _as_text(setting.default)
    if isinstance(setting, Secret):
        return MASK if value else ""
    return _PASSWORD.sub(rf"\1:{MASK}@", " ".join(value.split()))


def origin(setting: Setting, written: Mapping) -> str:
    name = variable(setting.key)
    if name in os.environ:
        return f"环境变量 {name}"
    return "ini 文件" if str(written.get(setting.key, "")).strip() else "默认"


def _as_text(value: Any) -> str:
    if value is None or value is REQUIRED:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(value) if isinstance(value, list | tuple) else str(value)
