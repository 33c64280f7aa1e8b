"""``hhu users``: the rules on the command line, in transactions of their own."""

from __future__ import annotations

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
from hhu_base.documents.reader import read_table
from hhu_base.values.spreadsheets import write_table
from hhu_base.values.spreadsheets.tables import MAX_BYTES, TableError


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
            plan = import_people(request.db, people, hashes)
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
