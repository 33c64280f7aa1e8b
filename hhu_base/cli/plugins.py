"""``hhu plugins``: what is installed, what is on, and what is wrong with the rest."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import click

from hhu_base import configure, plugins
from hhu_base.cli.ini import INI, read_settings
from hhu_base.plugins.errors import PluginError
from hhu_base.plugins.loading import load
from hhu_base.plugins.startup import find_loadable


@click.command("plugins")
@INI
@click.option("--check", is_flag=True, help="只说有什么问题。")
@click.option("--traceback", "has_traceback", is_flag=True, help="同时显示完整的错误信息。")
def plugins_command(ini: Path, check: bool, has_traceback: bool) -> None:
    """列出已安装的插件、是否启用，以及无法加载的原因。"""
    is_good = print_plugins(
        read_settings(ini), click.echo, only_problems=check, has_traceback=has_traceback
    )
    sys.exit(0 if is_good else 1)


def print_plugins(
    settings: dict, say: Callable[[str], object], *, only_problems: bool, has_traceback: bool
) -> bool:
    """Say it line by line; whether a start with these settings would get past its plugins.

    Raises what the base fails with by itself, after all that can be said without it.
    """
    names = plugins.named(settings)
    problems = _problems_of_the_others(names)
    base_error = None
    try:
        problems |= find_loadable(settings, configure)[1]
    except Exception as error:
        base_error = error
    if not only_problems:
        for line in _table(names, problems):
            say(line)
    is_skipped = plugins.are_skipped(settings)
    for name, problem in problems.items():
        said = f"警告：插件 {name} 无法加载，已跳过：{problem.reason}"
        say(said if is_skipped else f"配置错误：{problem}")
        if has_traceback and problem.__cause__ is not None:
            say("".join(traceback.format_exception(problem.__cause__)))
    if base_error is not None:
        raise base_error
    return is_skipped or not problems


def _problems_of_the_others(names: list[str]) -> dict[str, PluginError]:
    """Those that are not enabled have models all the same, which ``hhu migrate`` imports."""
    problems = {}
    for name, point in plugins.installed().items():
        if name not in names:
            try:
                load(point)
            except PluginError as problem:
                problems[name] = problem
    return problems


def _table(names: list[str], problems: dict[str, PluginError]) -> list[str]:
    known = plugins.installed()
    lines = []
    for name, point in known.items():
        state = "启用" if name in names else "未启用"
        if name in problems:
            state = f"{state}，无法加载"
        lines.append(f"{name:<12} {state}  {point.module}")
    missing = [name for name in names if name not in known]
    return lines + [f"{name:<12} 启用，没有安装" for name in missing]
