"""``hhu import-django``: a takeover on the command line."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import sqlalchemy as sa

from hhu_base.cli.django_import import report
from hhu_base.cli.django_import.dump import FALLBACK, DumpError, encoding_of, read_dump
from hhu_base.cli.django_import.importer import DjangoImport
from hhu_base.cli.django_import.runner import import_dump, move_sequences
from hhu_base.cli.errors import sentence
from hhu_base.cli.ini import INI, bare_request


@click.command("import-django")
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
    with bare_request(ini) as request:
        is_good = run(
            request,
            dump,
            is_applied=is_applied,
            is_update=is_update,
            media=media,
            set_aside=set_aside,
        )
    sys.exit(0 if is_good else 1)


def run(
    request,
    path: Path,
    *,
    is_applied: bool = False,
    is_update: bool = False,
    media: Path | None = None,
    set_aside: Path | None = None,
) -> bool:
    """Show what a takeover does, and keep it if asked to; False if something stands in the way.

    A rehearsal writes as well, and rolls back: so the database itself has agreed. Files are
    written by a takeover that is kept, and by no other, but for the one of what is set aside.
    """
    content = path.read_bytes()
    try:
        dump = read_dump(content)
    except DumpError as error:
        raise click.ClickException(f"{path.name}：{error}") from None
    end = request.tm.abort
    request.tm.begin()
    try:
        # Checking a hundred thousand records takes a while, in which the connection is idle.
        request.db.execute(sa.text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        zone = request.registry.site_zone
        takeover = DjangoImport(request.db, dump, zone, media=media, is_update=is_update)
        if encoding_of(content) == FALLBACK:
            takeover.remarks.append("文件不是 UTF-8，按 GB18030 读取；请检查导入的中文。")
        import_dump(takeover, request.registry)
        refused = report.refused(takeover)
        if set_aside is not None:
            _write_refused(takeover, set_aside)
        is_good = not takeover.problems and (not refused or set_aside is not None)
        if is_applied and is_good:
            for do in takeover.at_the_end:
                do()
            is_good = not takeover.problems
        if is_applied and is_good:
            move_sequences(request.db, takeover.tables)
            end = request.tm.commit
    except sa.exc.DBAPIError as error:
        if sentence(error, None):
            # It is not about a record: there is no database, or no table, and the command says so.
            raise
        # The rest of the message quotes the row.
        diagnosis = getattr(error.orig, "diag", None)
        raise click.ClickException(
            f"数据库拒绝写入：{getattr(diagnosis, 'message_primary', None)}"
        ) from None
    finally:
        end()
    for line in report.lines(takeover):
        click.echo(line)
    if refused and set_aside is not None:
        click.echo(f"搁置的 {len(refused)} 条记录连同原因写在 {set_aside}。")
    if not is_good:
        if refused and set_aside is None:
            click.echo("加上 --set-aside 文件，就把不能导入的记录写到文件里，导入其余的。")
        click.echo("以上问题解决以前，什么都不会导入。")
    elif is_applied:
        click.echo("已导入。")
    else:
        click.echo("这是预演，已全部撤销；加上 --apply 才会导入。")
    return is_good


def _write_refused(takeover: DjangoImport, path: Path) -> None:
    try:
        report.write_refused(takeover, path)
    except OSError as error:
        raise click.ClickException(f"无法写入 {path}：{error.strerror}") from None
