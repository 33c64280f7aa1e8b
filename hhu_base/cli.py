"""``hhu``: what a deployer types. Each command imports what it needs when it runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

INI = click.argument("ini", type=click.Path(exists=True, dir_okay=False, path_type=Path))


class _Commands(click.Group):
    """A wrong setting is the deployer's to mend: one line for him, no traceback."""

    def invoke(self, ctx: click.Context):
        try:
            return super().invoke(ctx)
        except Exception as error:
            if type(error).__name__.startswith("Configuration"):
                raise click.ClickException(f"配置错误：{error}") from None
            raise


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """河海大学计信院教师微服务系统：部署与维护命令。"""


@main.command()
@INI
@click.option("--host", envvar="HOST", default="127.0.0.1", show_default=True, help="监听地址。")
@click.option("--port", envvar="PORT", default=6543, show_default=True, help="监听端口。")
@click.option("--data-dir", envvar="DATA_DIR", type=click.Path(path_type=Path), help="数据目录。")
@click.option("--demo/--no-demo", envvar="DEMO", default=True, help="首次启动时载入演示数据。")
def serve(ini: Path, host: str, port: int, data_dir: Path | None, demo: bool) -> None:
    """运行整个系统，包括内嵌的 PostgreSQL 和 Valkey。"""
    from hhu_base.embedded.serve import serve as run

    data_dir = (data_dir or ini.resolve().parent / "var").resolve()
    sys.exit(run(ini.resolve(), data_dir, host, port, demo))


@main.command()
@INI
@click.argument("action", type=click.Choice(["upgrade", "check", "revision", "downgrade"]))
@click.argument("target", required=False)
@click.option("-m", "--message", default="", help="新迁移的说明（一句话）。")
@click.option("--empty", is_flag=True, help="新迁移不自动比较模型。")
@click.option("--yes", is_flag=True, help="降级时不再询问。")
def migrate(ini: Path, action: str, target: str, message: str, empty: bool, yes: bool) -> None:
    """数据库结构：upgrade、check、revision 分支 -m 说明、downgrade 目标版本。"""
    from hhu_base import migrating

    config = migrating.alembic_config(_settings(ini))
    click.get_current_context().call_on_close(config.attributes["engine"].dispose)
    if action == "upgrade":
        migrating.upgrade(config)
        click.echo("数据库结构已是最新。")
    elif action == "check":
        problems = migrating.check(config)
        click.echo("\n".join(problems) or "数据库结构与代码一致。")
        sys.exit(1 if problems else 0)
    elif action == "revision":
        _require(target, "请给出分支名称，例如 core 或 rooms。")
        click.echo(migrating.revision(config, target, message or "describe me", empty))
    else:
        _require(target, "请给出目标版本，例如 rooms@base 或 rooms@-1。")
        if not yes:
            click.confirm(f"降级到 {target} 会删除数据，确定吗？", abort=True)
        migrating.downgrade(config, target)


@main.command("create-admin")
@INI
@click.argument("username")
@click.option("--name", default="管理员", show_default=True, help="显示的姓名。")
@click.password_option(envvar="HHU_ADMIN_PASSWORD", prompt="密码", help="密码；默认询问。")
def create_admin(ini: Path, username: str, name: str, password: str) -> None:
    """新建管理员，或把已有用户设为管理员并重设密码。"""
    from hhu_base.accounts.administrators import make_administrator

    with _request(ini) as request:
        make_administrator(request.db, username, name, password)
    click.echo(f"{username} 现在是管理员。")


@main.command()
@INI
def demo(ini: Path) -> None:
    """向空数据库载入演示学院。"""
    from hhu_base.demo import load_all
    from hhu_base.passwords import hash_password

    with _request(ini) as request:
        is_loaded = load_all(request.registry, request.db, hash_password)
    click.echo("演示数据已载入。" if is_loaded else "数据库里已有用户，没有载入演示数据。")


@main.command()
@INI
def plugins(ini: Path) -> None:
    """列出已安装的插件及其是否启用。"""
    from hhu_base import plugins

    enabled = plugins.enabled(_settings(ini))
    for name, point in plugins.installed().items():
        click.echo(f"{name:<12} {'启用' if name in enabled else '未启用'}  {point.module}")


def _settings(ini: Path) -> dict:
    from pyramid.paster import get_appsettings

    return get_appsettings(str(ini))


@contextmanager
def _request(ini: Path) -> Iterator[Any]:
    """A request in a transaction of its own, as the rules and the loaders want it."""
    from pyramid.paster import bootstrap

    with bootstrap(str(ini)) as env:
        try:
            with env["request"].tm:
                yield env["request"]
        finally:
            env["registry"]["engine"].dispose()


def _require(value: str | None, sentence: str) -> None:
    if not value:
        raise click.UsageError(sentence)
