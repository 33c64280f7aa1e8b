"""``hhu users``: the rules on the command line, in transactions of their own."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import click
import sqlalchemy as sa

from hhu_base.accounts.import_export.importer import (
    HEADER,
    PlanOutdated,
    export_people,
    import_people,
    plan_import,
)
from hhu_base.accounts.import_export.report import describe
from hhu_base.accounts.import_export.rows import ImportedPeople, read_people
from hhu_base.accounts.password_hashes import hash_passwords
from hhu_base.cli.ini import INI, bare_request
from hhu_base.documents.reader import read_table
from hhu_base.values.spreadsheets import write_table
from hhu_base.values.spreadsheets.tables import MAX_BYTES, TableError


@click.group("users")
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
    with bare_request(ini) as request:
        is_good = run_import(request, file, apply, is_complete)
    sys.exit(0 if is_good else 1)


@users_command.command("export")
@INI
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export_users(ini: Path, file: Path) -> None:
    """把所有人导出为 XLSX 或 CSV（不含密码），可以修改后再导入。

    可能被当作公式的内容前面加有单引号，再导入时会去掉。
    """
    with bare_request(ini) as request:
        run_export(request, file)


def run_import(request, path: Path, is_applied: bool, is_complete: bool) -> bool:
    """Show what importing a file does, and do it if asked to; False if it has bad rows."""
    people = _read(path)
    with request.tm:
        plan = plan_import(request.db, people)
    for line in describe(people, plan, is_complete):
        click.echo(line)
    if plan.bad:
        click.echo("有误的行改正以前，什么都不会导入。")
        return False
    if not is_applied:
        click.echo("这是预演，没有写入任何数据；加上 --apply 才会导入。")
        return True
    hashes = _hash(request.registry["passwords"].hash, plan.passwords)
    try:
        with request.tm:
            plan = import_people(
                request.db,
                people,
                hashes,
                must_change=request.registry["accounts.change_first"],
            )
    except (PlanOutdated, sa.exc.IntegrityError):
        raise click.ClickException("导入期间有人改动了用户，没有导入，请重试。") from None
    click.echo(f"已导入：新增 {len(plan.added)} 人，修改 {len(plan.changed)} 人。")
    return True


def run_export(request, path: Path) -> None:
    """Write everybody to a file."""
    with request.tm:
        rows = list(export_people(request.db))
    try:
        path.write_bytes(write_table(path.name, HEADER, rows))
    except TableError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"已导出 {len(rows)} 人到 {path}。")


def _hash(hash_password: Callable[[str], str], passwords: Mapping[str, str]) -> dict[str, str]:
    if not passwords:
        return {}
    made = hash_passwords(passwords, hash_password)
    with click.progressbar(made, len(passwords), "生成密码散列") as progress:
        return dict(progress)


def _read(path: Path) -> ImportedPeople:
    try:
        # One byte more tells that it is too large, however large it is.
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        return read_people(read_table(path.name, content))
    except TableError as error:
        raise click.ClickException(f"{path.name}：{error}") from None
