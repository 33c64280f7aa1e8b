"""Makes a backup while everything runs: a dump, and the files that the same snapshot names.

The files come first: one whose guide has just been deleted may be swept away meanwhile. If one is
gone, a second, newer snapshot tells whether it is still wanted. The dump then is of the snapshot
that named the files.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from sqlalchemy.orm import Session

from hhu_base.cli.backup import files, pg_programs
from hhu_base.cli.backup.manifest import DUMP, FILES, Manifest
from hhu_base.cli.backup.stored_files import BackupError, StoredFiles

logger = logging.getLogger(__name__)

_TRIES = 2


def make_backup(
    engine: sa.Engine, stores: Sequence[StoredFiles], folder: Path, pg_bin: Path | None = None
) -> Manifest:
    """Write a backup to ``folder``, which must not be there yet. Raises BackupError."""
    if folder.exists():
        raise BackupError(f"{folder} 已经存在：每次备份用一个新的目录。")
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    if unfinished.exists():
        shutil.rmtree(unfinished)
    previous = os.umask(0o077)  # people's data: for nobody else
    try:
        unfinished.mkdir(parents=True)
        manifest = _make(engine, stores, unfinished, pg_bin)
        manifest.write(unfinished)
        files.sync(unfinished / "manifest.json")
        files.sync(unfinished / DUMP)
        files.sync_tree(unfinished)
        unfinished.rename(folder)
        files.sync(folder.parent)
    except OSError as problem:
        raise BackupError(f"不能写入备份：{problem}") from problem
    finally:
        os.umask(previous)
    return manifest


def _make(
    engine: sa.Engine, stores: Sequence[StoredFiles], folder: Path, pg_bin: Path | None
) -> Manifest:
    for number in range(1, _TRIES + 1):
        with _snapshot(engine) as (session, snapshot):
            server = int(session.execute(sa.text("SHOW server_version_num")).scalar_one()) // 10000
            bin_folder = pg_programs.find_programs(server, pg_bin)
            needed = {store.name: dict(store.needed(session)) for store in stores}
            damaged = _copy_files(stores, needed, folder / FILES)
            if damaged and number < _TRIES:
                continue
            made_at = datetime.now(UTC)
            pg_programs.run(
                bin_folder,
                "pg_dump",
                engine.url,
                "--format=custom",
                f"--snapshot={snapshot}",
                f"--file={folder / DUMP}",
            )
            revisions = MigrationContext.configure(session.connection()).get_current_heads()
        break
    for one in damaged:
        store_name, _, path = one.partition("/")
        del needed[store_name][path]
    return Manifest(
        made_at=made_at.isoformat(timespec="seconds"),
        server_version=str(server),
        revisions=sorted(revisions),
        dump_sha256=files.digest_of(folder / DUMP),
        files=needed,
        damaged=damaged,
    )


@contextmanager
def _snapshot(engine: sa.Engine) -> Iterator[tuple[Session, str]]:
    """A transaction that sees one moment of the database, and its name for pg_dump."""
    isolated = engine.execution_options(isolation_level="REPEATABLE READ")
    with isolated.connect() as connection, Session(connection) as session:
        # While pg_dump works, this connection has nothing to do but to keep the snapshot.
        session.execute(sa.text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        yield session, session.execute(sa.text("SELECT pg_export_snapshot()")).scalar_one()


def _copy_files(
    stores: Sequence[StoredFiles], needed: dict[str, dict[str, str]], target: Path
) -> list[str]:
    """Copy what is needed and not there yet; returns what is missing or has another content."""
    damaged = []
    for store in stores:
        for path, digest in sorted(needed[store.name].items()):
            copy = target / store.name / path
            try:
                is_good = copy.exists() or files.copy_if(store.directory / path, copy, digest)
            except FileNotFoundError:
                is_good = False
            if not is_good:
                damaged.append(f"{store.name}/{path}")
    return damaged
