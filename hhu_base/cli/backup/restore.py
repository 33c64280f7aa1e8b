"""Brings a backup back: checked first, files before the database, the database all or nothing.

So a restore that was broken off can simply be run again: files that are there with the right
content are left alone, and as long as the database is empty nothing has begun to use them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa

from hhu_base.cli.backup import files as file_copies
from hhu_base.cli.backup import pg_programs
from hhu_base.cli.backup.manifest import DUMP, FILES, Manifest, read_manifest
from hhu_base.cli.backup.stored_files import BackupError, StoredFiles

_IS_EMPTY = sa.text(
    "SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_class c"
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%')"
)


def restore(
    engine: sa.Engine, stores: Sequence[StoredFiles], folder: Path, pg_bin: Path | None = None
) -> Manifest:
    """Restore a backup into an empty database. Raises BackupError, having changed no table."""
    manifest = read_manifest(folder)
    by_name = {store.name: store for store in stores}
    _check_digests(manifest, folder)
    if unknown := sorted(
        name for name, files in manifest.files.items() if files and name not in by_name
    ):
        raise BackupError(
            f"备份里有 {'、'.join(unknown)} 的文件：先在 hhu.plugins 里启用相应的插件。"
        )
    with engine.connect() as connection:
        if not connection.execute(_IS_EMPTY).scalar_one():
            raise BackupError(f"数据库 {engine.url.database} 不是空的：新建一个空的数据库来恢复。")
        version = connection.execute(sa.text("SHOW server_version_num")).scalar_one()
    bin_folder = pg_programs.find_programs(int(version) // 10000, pg_bin)
    for name, files in manifest.files.items():
        if files:
            _bring_files(by_name[name], files, folder / FILES / name)
    pg_programs.run(
        bin_folder,
        "pg_restore",
        engine.url,
        "--single-transaction",
        "--exit-on-error",
        # The role that restores owns it all; which others may do what is for the new server to say.
        "--no-owner",
        "--no-privileges",
        str(folder / DUMP),
    )
    return manifest


def _check_digests(manifest: Manifest, folder: Path) -> None:
    expected = {folder / DUMP: manifest.dump_sha256} | {
        folder / FILES / name / path: digest
        for name, files in manifest.files.items()
        for path, digest in files.items()
    }
    bad = []
    for path, digest in expected.items():
        try:
            is_good = file_copies.digest_of(path) == digest
        except OSError:
            is_good = False
        if not is_good:
            bad.append(str(path.relative_to(folder)))
    if bad:
        raise BackupError(f"备份已损坏，{len(bad)} 个文件不对：{'、'.join(bad[:5])}")


def _bring_files(store: StoredFiles, files: dict[str, str], source: Path) -> None:
    try:
        for path, digest in files.items():
            target = store.directory / path
            if target.exists():
                if file_copies.digest_of(target) != digest:
                    raise BackupError(f"{target} 已经存在，内容不同：先把它移走。")
            elif not file_copies.copy_if(source / path, target, digest):
                raise BackupError(f"备份里的 {source / path} 在复制时变了。")
        file_copies.sync_tree(store.directory)
    except OSError as problem:
        raise BackupError(f"不能写入 {store.directory}：{problem}") from problem
