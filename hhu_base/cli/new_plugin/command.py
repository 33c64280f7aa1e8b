"""``hhu new-plugin``, which ``scripts/new_plugin`` calls."""

from __future__ import annotations

from pathlib import Path

import click

from hhu_base.cli import new_plugin
from hhu_base.cli.new_plugin import names


@click.command("new-plugin")
@click.argument("name")
@click.option("--title", prompt="中文名称", help="插件的中文名称；默认询问。")
@click.option("--to", type=click.Path(file_okay=False, path_type=Path), help="独立插件所在的目录。")
def new_plugin_command(name: str, title: str, to: Path | None) -> None:
    """新建一个插件，带有数据表、服务、管理页面、迁移、演示数据和测试。

    默认写入本代码库的 hhu_plugins/ 和 tests/；加上 --to 目录，则是一个独立的软件包。
    """
    run(name, title.strip(), to)


def run(name: str, title: str, to: Path | None) -> None:
    """Make it, and say what is next; ClickException where that cannot be done."""
    if problem := names.problem_with_name(name) or names.problem_with_title(title):
        raise click.ClickException(problem)
    try:
        made = _make(name, title, to)
    except FileExistsError as error:
        raise click.ClickException(f"{error} 已经存在，什么都没有改变。") from None
    for path in made:
        click.echo(f"  {path}")
    folder = to / f"hhu-{name}" if to else None
    click.echo(f"插件 {name} 已建立。下一步：")
    if folder:
        click.echo(f"  pip install -c constraints.txt -e {folder}")
    click.echo(f"  pytest {folder or f'tests/{name}'}")
    if not folder:
        click.echo(f"  整套测试还要知道：谁可以做什么（tests/permissions/table_{name}.py），")
        click.echo("  以及每个应答（tests/openapi/test_truth.py）")
    click.echo(f"  在 ini 文件的 hhu.plugins 里加上 {name}")
    click.echo("  hhu migrate development.ini upgrade，然后重新启动")


def _make(name: str, title: str, to: Path | None) -> list[Path]:
    if to is not None:
        return new_plugin.make_distribution(to, name, title)
    root = new_plugin.repository()
    if root is None:
        raise click.UsageError("这里不是代码库，请用 --to 给出目录。")
    return new_plugin.make_here(root, name, title)
