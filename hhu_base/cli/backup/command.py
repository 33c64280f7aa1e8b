"""``hhu backup`` and ``hhu restore`` on the command line."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from sqlalchemy.exc import SQLAlchemyError

from hhu_base.cli.backup.dump import make_backup
from hhu_base.cli.backup.restore import restore
from hhu_base.cli.backup.stored_files import BackupError
from hhu_base.cli.ini import INI, bare_request
from hhu_base.tasks import heartbeat

PG_BIN = click.option(
    "--pg-bin",
    envvar="PG_BIN",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="pg_dump 和 pg_restore 所在的目录；默认自动寻找。",
)
_SHOWN = 10


@click.command("backup")
@INI
@click.argument("folder", type=click.Path(path_type=Path))
@PG_BIN
def backup_command(ini: Path, folder: Path, pg_bin: Path | None) -> None:
    """把数据库和保存的文件备份到一个新的目录，不必停止服务。"""
    with bare_request(ini) as request:
        is_complete = run_backup(request.registry, folder, pg_bin)
    sys.exit(0 if is_complete else 1)


@click.command("restore")
@INI
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@PG_BIN
def restore_command(ini: Path, folder: Path, pg_bin: Path | None) -> None:
    """把备份恢复到空的数据库，先核对每个文件的校验和。"""
    with bare_request(ini) as request:
        is_complete = run_restore(request.registry, folder, pg_bin)
    sys.exit(0 if is_complete else 1)


def run_backup(registry, folder: Path, pg_bin: Path | None) -> bool:
    """Make a backup; False if a file that the database names could not be had."""
    folder = folder.absolute()
    try:
        manifest = make_backup(registry["engine"], registry["stored_files"], folder, pg_bin)
    except BackupError as problem:
        raise click.ClickException(str(problem)) from None
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    click.echo(f"已备份数据库和 {manifest.count} 个文件到 {folder}（{size / 1024**2:.1f} MB）。")
    if manifest.damaged:
        click.echo(f"有 {len(manifest.damaged)} 个文件丢失或损坏，没有备份：", err=True)
        for path in manifest.damaged[:_SHOWN]:
            click.echo(f"  {path}", err=True)
    else:
        _note(registry["engine"])
    return not manifest.damaged


def _note(engine) -> None:
    """For `hhu doctor` and /metrics, which say when it is long ago."""
    try:
        with engine.begin() as connection:
            heartbeat.note(connection, heartbeat.BACKUP)
    except SQLAlchemyError as problem:
        click.echo(f"备份的时间没有记进数据库：{problem}", err=True)


def run_restore(registry, folder: Path, pg_bin: Path | None) -> bool:
    """Bring a backup back; False if files were missing in it already."""
    try:
        manifest = restore(registry["engine"], registry["stored_files"], folder, pg_bin)
    except BackupError as problem:
        raise click.ClickException(str(problem)) from None
    click.echo(f"已恢复 {manifest.made_at} 的数据库和 {manifest.count} 个文件。")
    if manifest.damaged:
        click.echo(
            f"备份时就有 {len(manifest.damaged)} 个文件丢失或损坏，见 manifest.json。", err=True
        )
    click.echo("请运行 hhu migrate INI upgrade 和 hhu doctor INI，然后启动服务。")
    return not manifest.damaged
