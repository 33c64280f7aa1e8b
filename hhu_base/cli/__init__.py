"""``hhu``: what a deployer types. Each command imports what it needs when it runs."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click


def includeme(config) -> None:
    """The directives with which features and plugins register for the commands."""
    config.include("hhu_base.cli.doctor")
    config.include("hhu_base.cli.backup")
    config.include("hhu_base.cli.demo")
    config.include("hhu_base.cli.django_import")


def _check_file(context: click.Context, _parameter, ini: Path) -> Path:
    from hhu_base.settings import ini_file, raise_all

    context.meta["ini"] = ini
    raise_all(ini_file.problems(ini))
    return ini


INI = click.argument(
    "ini",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    callback=_check_file,
)
PG_BIN = click.option(
    "--pg-bin",
    envvar="PG_BIN",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="pg_dump 和 pg_restore 所在的目录；默认自动寻找。",
)


class _Commands(click.Group):
    """What a deployer can mend is told in a sentence, without a traceback."""

    def invoke(self, ctx: click.Context):
        # Of pyramid and cornice; nothing that a deployer could mend.
        warnings.filterwarnings("ignore", message="pkg_resources is deprecated")
        try:
            return super().invoke(ctx)
        except click.exceptions.ClickException:
            raise
        except Exception as error:
            from hhu_base.cli.errors import sentence

            said = sentence(error, ctx.meta.get("ini"))
            if said is None:
                raise
            raise click.ClickException(said) from None


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """河海大学计信院教师微服务系统：部署与维护命令。"""


@main.command()
@INI
@click.option("--host", envvar="HOST", default="127.0.0.1", show_default=True, help="监听地址。")
@click.option("--port", envvar="PORT", default=6543, show_default=True, help="监听端口。")
@click.option("--data-dir", envvar="DATA_DIR", type=click.Path(path_type=Path), help="数据目录。")
@click.option("--demo/--no-demo", envvar="DEMO", default=True, help="首次启动时载入演示数据。")
def serve_command(ini: Path, host: str, port: int, data_dir: Path | None, demo: bool) -> None:
    """运行整个系统，包括内嵌的 PostgreSQL 和 Valkey。"""
    from hhu_base.cli.serve.run import serve as run

    data_dir = (data_dir or ini.resolve().parent / "var").resolve()
    sys.exit(run(ini.resolve(), data_dir, host, port, demo))


@main.command()
@INI
@click.argument("action", type=click.Choice(["upgrade", "check", "revision", "downgrade"]))
@click.argument("target", required=False)
@click.option("-m", "--message", default="", help="新迁移的说明（一句话）。")
@click.option("--empty", is_flag=True, help="新迁移不自动比较模型。")
@click.option("--yes", is_flag=True, help="降级时不再询问。")
def migrate_command(
    ini: Path, action: str, target: str, message: str, empty: bool, yes: bool
) -> None:
    """数据库结构：upgrade、check、revision 分支 -m 说明、downgrade 目标版本。"""
    from hhu_base.cli import migrate

    config = migrate.alembic_config(_settings(ini))
    click.get_current_context().call_on_close(config.attributes["engine"].dispose)
    for name, problem in config.attributes["broken"].items():
        click.echo(f"警告：插件 {name} 的模型无法导入，不作比较：{problem.reason}", err=True)
    if action == "upgrade":
        migrate.upgrade(config)
        click.echo("数据库结构已是最新。")
    elif action == "check":
        problems = migrate.check(config)
        click.echo("\n".join(problems) or "数据库结构与代码一致。")
        sys.exit(1 if problems else 0)
    elif action == "revision":
        _require(target, "请给出分支名称，例如 core 或 rooms。")
        click.echo(migrate.revision(config, target, message or "describe me", empty))
    else:
        _require(target, "请给出目标版本，例如 rooms@base 或 rooms@-1。")
        if not yes:
            click.confirm(f"降级到 {target} 会删除数据，确定吗？", abort=True)
        migrate.downgrade(config, target)


@main.command("create-admin")
@INI
@click.argument("username")
@click.option("--name", default="管理员", show_default=True, help="显示的姓名。")
@click.password_option(envvar="HHU_ADMIN_PASSWORD", prompt="密码", help="密码；默认询问。")
def create_admin(ini: Path, username: str, name: str, password: str) -> None:
    """新建管理员，或把已有用户设为管理员并重设密码。"""
    from hhu_base.accounts import password_rules
    from hhu_base.accounts.users import make_administrator

    weaknesses = password_rules.problems(
        password, password_rules.words_about(username, "", name, None)
    )
    if weaknesses:
        raise click.ClickException("".join(weaknesses))
    try:
        with _request(ini) as request:
            username = make_administrator(request.db, username, name, password).username
    except ValueError as problem:
        raise click.ClickException(str(problem)) from None
    click.echo(f"{username} 现在是管理员。")


@main.command()
@INI
@click.option("--unless-used", is_flag=True, help="已有真实的用户时什么也不做，不算失败。")
def demo_command(ini: Path, unless_used: bool) -> None:
    """向空数据库载入演示学院。"""
    from hhu_base.accounts.password_hashes import hash_password
    from hhu_base.cli.demo import is_loaded, load_all

    with _request(ini) as request:
        is_new = load_all(request.registry, request.db, hash_password)
        is_there = is_new or is_loaded(request.db)
    if is_new:
        click.echo("演示数据已载入。")
    elif is_there:
        click.echo("演示数据已经在数据库里了。")
    else:
        click.echo("数据库里已有用户，没有载入演示数据。", err=True)
        sys.exit(0 if unless_used else 1)


@main.group()
def users_command() -> None:
    """人员：用表格导入、导出。"""


@users_command.command("import")
@INI
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--apply", is_flag=True, help="真正导入；不加时只预演。")
@click.option("--all", "is_complete", is_flag=True, help="列出每一个人，不省略。")
def import_users(ini: Path, file: Path, apply: bool, is_complete: bool) -> None:
    """从 XLSX 或 CSV 导入人员，按工号新增或修改。

    第一行（或前 10 行之内）是标题：工号 姓氏 名字 电子邮箱 系所 初始密码 职位 QQ 微信 电话 手机
    简介，次序不限，除工号外都可以没有，其他的列会忽略。CSV 可以是 UTF-8 或 GB18030 编码。

    没有的列、空的单元格，以及表中没有的人，都保持不变。初始密码只用于新增的人，
    已有用户的密码不会改变。不存在的系所会新建。只要有一行有误，就什么都不导入。
    """
    from hhu_base.accounts.import_export.command import run_import

    with _bare_request(ini) as request:
        is_good = run_import(request, file, apply, is_complete)
    sys.exit(0 if is_good else 1)


@users_command.command("export")
@INI
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export_users(ini: Path, file: Path) -> None:
    """把所有人导出为 XLSX 或 CSV（不含密码），可以修改后再导入。

    可能被当作公式的内容前面加有单引号，再导入时会去掉。
    """
    from hhu_base.accounts.import_export.command import run_export

    with _bare_request(ini) as request:
        run_export(request, file)


@main.command("import-django")
@INI
@click.argument("dump", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--apply", "is_applied", is_flag=True, help="真正导入；不加时只预演，最后撤销。")
@click.option(
    "--update", "is_update", is_flag=True, help="以前导入过、后来在原系统变化的，也更新。"
)
@click.option(
    "--set-aside",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="不能导入的记录连同原因写到这个文件（每行一个 JSON 对象），导入其余的。",
)
@click.option(
    "--media",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="原系统存放上传文件的文件夹（MEDIA_ROOT），办事指南的文件从这里复制。",
)
def import_django(
    ini: Path,
    dump: Path,
    is_applied: bool,
    is_update: bool,
    set_aside: Path | None,
    media: Path | None,
) -> None:
    """接管原 Django 系统的数据：读取 manage.py dumpdata 的输出。

    编号和密码保持不变。有记录不能导入时，逐条说明原因，什么都不导入，除非用 --set-aside 搁置它们。
    可以用更新的数据再次运行：已有的记录保持不变，列出在原系统的变化，加上 --update 才更新。
    """
    from hhu_base.cli.django_import.command import run

    with _bare_request(ini) as request:
        is_good = run(
            request,
            dump,
            is_applied=is_applied,
            is_update=is_update,
            media=media,
            set_aside=set_aside,
        )
    sys.exit(0 if is_good else 1)


@main.command()
@INI
def settings(ini: Path) -> None:
    """列出每一项设置的值、来处（默认、ini 文件、环境变量）和意义；密钥不显示。

    有错误或不认识的设置时全部列出，退出码为 1。
    """
    from hhu_base.cli.settings import tell

    problems = tell(ini, click.echo)
    for problem in problems:
        click.echo(f"配置错误：{problem}", err=True)
    sys.exit(1 if problems else 0)


@main.command()
@INI
def doctor_command(ini: Path) -> None:
    """检查部署：每一项是“好”“注意”或“错误”，有错误时退出码为 1。不改动任何东西。"""
    from hhu_base.cli.doctor.command import run

    sys.exit(0 if run(ini) else 1)


@main.command()
@INI
@click.argument("folder", type=click.Path(path_type=Path))
@PG_BIN
def backup_command(ini: Path, folder: Path, pg_bin: Path | None) -> None:
    """把数据库和保存的文件备份到一个新的目录，不必停止服务。"""
    from hhu_base.cli.backup.command import run_backup

    with _bare_request(ini) as request:
        is_complete = run_backup(request.registry, folder, pg_bin)
    sys.exit(0 if is_complete else 1)


@main.command()
@INI
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@PG_BIN
def restore_command(ini: Path, folder: Path, pg_bin: Path | None) -> None:
    """把备份恢复到空的数据库，先核对每个文件的校验和。"""
    from hhu_base.cli.backup.command import run_restore

    with _bare_request(ini) as request:
        is_complete = run_restore(request.registry, folder, pg_bin)
    sys.exit(0 if is_complete else 1)


@main.command()
@INI
@click.option("--check", is_flag=True, help="只说有什么问题。")
@click.option("--traceback", is_flag=True, help="同时显示完整的错误信息。")
def plugins_command(ini: Path, check: bool, traceback: bool) -> None:
    """列出已安装的插件、是否启用，以及无法加载的原因。"""
    from hhu_base.cli.plugins import print_plugins

    is_good = print_plugins(
        _settings(ini), click.echo, only_problems=check, has_traceback=traceback
    )
    sys.exit(0 if is_good else 1)


@main.command("new-plugin")
@click.argument("name")
@click.option("--title", prompt="中文名称", help="插件的中文名称；默认询问。")
@click.option("--to", type=click.Path(file_okay=False, path_type=Path), help="独立插件所在的目录。")
def new_plugin_command(name: str, title: str, to: Path | None) -> None:
    """新建一个插件，带有数据表、服务、管理页面、迁移、演示数据和测试。

    默认写入本代码库的 hhu_plugins/ 和 tests/；加上 --to 目录，则是一个独立的软件包。
    """
    from hhu_base.cli.new_plugin.command import run

    run(name, title.strip(), to)


def _settings(ini: Path) -> dict:
    from pyramid.paster import get_appsettings

    return get_appsettings(str(ini))


@contextmanager
def _request(ini: Path) -> Iterator[Any]:
    """A request in a transaction of its own, as the rules and the loaders want it."""
    with _bare_request(ini) as request, request.tm:
        yield request


@contextmanager
def _bare_request(ini: Path) -> Iterator[Any]:
    """A request for commands that begin and end transactions themselves."""
    from pyramid.paster import bootstrap

    with bootstrap(str(ini)) as env:
        try:
            yield env["request"]
        finally:
            env["registry"]["engine"].dispose()


def _require(value: str | None, sentence: str) -> None:
    if not value:
        raise click.UsageError(sentence)
