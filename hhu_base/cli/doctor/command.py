"""``hhu doctor`` on the command line."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import click

from hhu_base import configure
from hhu_base.cli.doctor.contract import ERROR, GOOD, NOTICE, Deployment, Finding
from hhu_base.cli.doctor.runner import run_checks
from hhu_base.cli.ini import INI
from hhu_base.plugins.inspection import inspect
from hhu_base.settings import ConfigurationError, server

_COLOURS = {GOOD: "green", NOTICE: "yellow", ERROR: "red"}


@click.command("doctor")
@INI
def doctor_command(ini: Path) -> None:
    """检查部署：每一项是“好”“注意”或“错误”，有错误时退出码为 1。不改动任何东西。"""
    sys.exit(0 if run(ini) else 1)


def run(ini: Path) -> bool:
    """Print the findings as they come; False if there is an error among them."""
    counts: Counter[str] = Counter()
    for finding in _findings(ini):
        counts[finding.level] += 1
        level = click.style(finding.level, fg=_COLOURS[finding.level])
        click.echo(str(finding).replace(finding.level, level, 1))
    click.echo(f"共 {counts[GOOD]} 项正常，{counts[NOTICE]} 项注意，{counts[ERROR]} 项错误。")
    return not counts[ERROR]


def _findings(ini: Path):
    found = inspect(ini)
    for problem in found.errors:
        yield Finding(ERROR, f"配置错误：{problem}", "改正以后再检查。")
    settings = dict(found.application)
    try:
        registry = configure(dict(settings)).make_wsgi_app().registry
    except ConfigurationError as problem:
        # Without it there is nothing that could be examined.
        if not found.errors:
            yield Finding(ERROR, f"配置错误：{problem}", "改正以后再检查。")
        return
    deployment = Deployment(ini, settings, server.options(found.server), registry)
    try:
        yield from run_checks(deployment)
    finally:
        registry["engine"].dispose()
