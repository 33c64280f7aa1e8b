"""``hhu create-admin``."""

from __future__ import annotations

from pathlib import Path

import click

from hhu_base.accounts import password_rules, users
from hhu_base.cli.ini import INI, request_in_transaction


@click.command("create-admin")
@INI
@click.argument("username")
@click.option("--name", default="管理员", show_default=True, help="显示的姓名。")
@click.password_option(envvar="HHU_ADMIN_PASSWORD", prompt="密码", help="密码；默认询问。")
def create_admin(ini: Path, username: str, name: str, password: str) -> None:
    """新建管理员，或把已有用户设为管理员并重设密码。"""
    weaknesses = password_rules.problems(
        password, password_rules.words_about(username, "", name, None)
    )
    if weaknesses:
        raise click.ClickException("".join(weaknesses))
    try:
        with request_in_transaction(ini) as request:
            username = users.make_administrator(request.db, username, name, password).username
    except ValueError as problem:
        raise click.ClickException(str(problem)) from None
    click.echo(f"{username} 现在是管理员。")
