"""``hhu``: what a deployer types.

Each command lives beside what it runs, and is imported when it is asked for.
"""

from __future__ import annotations

import pkgutil
import warnings

import click


def includeme(config) -> None:
    """The directives with which features and plugins register for the commands."""
    config.include("hhu_base.cli.doctor")
    config.include("hhu_base.cli.backup")
    config.include("hhu_base.cli.file_stores")
    config.include("hhu_base.cli.demo")
    config.include("hhu_base.cli.django_import")


# Name → where the command is, and what the list of all says of it: the first sentence of its help.
COMMANDS = {
    "backup": (
        "hhu_base.cli.backup.command:backup_command",
        "把数据库和保存的文件备份到一个新的目录，不必停止服务。",
    ),
    "create-admin": (
        "hhu_base.accounts.commands:create_admin",
        "新建管理员，或把已有用户设为管理员并重设密码。",
    ),
    "demo": ("hhu_base.cli.demo:demo_command", "向空数据库载入演示学院。"),
    "doctor": (
        "hhu_base.cli.doctor.command:doctor_command",
        "检查部署：每一项是“好”“注意”或“错误”，有错误时退出码为 1。不改动任何东西。",
    ),
    "import-django": (
        "hhu_base.cli.django_import.command:import_django",
        "接管原 Django 系统的数据：读取 manage.py dumpdata 的输出。",
    ),
    "migrate": (
        "hhu_base.cli.migrate:migrate_command",
        "数据库结构：upgrade、check、revision 分支 -m 说明、downgrade 目标版本。",
    ),
    "new-plugin": (
        "hhu_base.cli.new_plugin.command:new_plugin_command",
        "新建一个插件，带有数据表、服务、管理页面、迁移、演示数据和测试。",
    ),
    "plugins": (
        "hhu_base.cli.plugins:plugins_command",
        "列出已安装的插件、是否启用，以及无法加载的原因。",
    ),
    "queues": (
        "hhu_base.cli.queues:queues_command",
        "列出任务队列，以及每个队列的 worker 要用的选项，每行一个 JSON 对象。",
    ),
    "restore": (
        "hhu_base.cli.backup.command:restore_command",
        "把备份恢复到空的数据库，先核对每个文件的校验和。",
    ),
    "serve": (
        "hhu_base.cli.serve.command:serve_command",
        "运行整个系统，包括内嵌的 PostgreSQL 和 Valkey。",
    ),
    "settings": (
        "hhu_base.cli.settings:settings_command",
        "列出每一项设置的值、来处（默认、ini 文件、环境变量）和意义；密钥不显示。",
    ),
    "users": (
        "hhu_base.accounts.import_export.command:users_command",
        "人员：用表格导入、导出。",
    ),
}


class _Commands(click.Group):
    """What a deployer can mend is told in a sentence, without a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        return pkgutil.resolve_name(COMMANDS[cmd_name][0])

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, told) for name, (_, told) in COMMANDS.items()])

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
