"""Point-in-time recovery, by the very commands of docs/deploy.md, with a real PostgreSQL."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool
from webtest import TestApp

from hhu_base import configure
from hhu_base.cli import migrate
from hhu_base.cli.doctor.contract import Deployment
from hhu_base.cli.doctor.database import check_archive, check_migrations
from hhu_base.cli.serve.account import postgres_account
from hhu_base.cli.serve.binaries import INSTALLATION, PACKAGE, package_folder
from hhu_base.models import Department
from tests.flows.college import until

from .conftest import ROOT

_CHAPTER = re.compile(r"^## Point-in-time recovery$(.*?)^## ", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
ARCHIVE, BASE, FILES, RECOVER, FILES_AGAIN = range(5)
# What stands for the programs of a whole machine; AS makes root's PostgreSQL another account's.
SHIMS = {
    "su": 'exec $AS sh -c "$3"',
    "systemctl": "\n".join(
        (
            '[ "$2" = postgresql ]',
            'control() { $AS "$BIN/pg_ctl" --silent -w -D "$DATA" "$@"; }',
            'options="-k $PGHOST -c listen_addresses="',
            'case "$1" in',
            "    stop) control stop ;;",
            '    start|restart) control "$1" -l "$HOME/postgres.log" -o "$options" ;;',
            "esac",
        )
    ),
    "hhu": ":",
}


def blocks() -> list[str]:
    chapter = _CHAPTER.search((ROOT / "docs" / "deploy.md").read_text(encoding="utf-8"))
    assert chapter is not None
    return _BLOCK.findall(chapter[1])


class Machine:
    """A folder that stands for the machine of PostgreSQL, and runs what the document says."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.data = folder / "postgresql" / "15" / "main"
        self.account = postgres_account(self.data)
        self.archive = folder / "archive"
        self.files = folder / "files"
        binaries = self._binaries()
        shims = folder / "shims"
        for path in (self.data.parent, shims, self.files, folder / "home", folder / "run"):
            path.mkdir(parents=True, mode=0o711)
        for path in (self.data.parent, folder / "home", folder / "run"):
            if self.account:
                self.account.give(path)
        for name, text in SHIMS.items():
            (shims / name).write_text(f"#!/bin/sh -e\n{text}\n", encoding="utf-8")
            (shims / name).chmod(0o755)
        kept = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
        self.environment = kept | {
            "PATH": f"{shims}:{binaries}:{kept['PATH']}",
            "BIN": str(binaries),
            "DATA": str(self.data),
            "HOME": str(folder / "home"),
            "PGHOST": str(folder / "run"),
            "PGUSER": "hhu",
            "LC_ALL": "C",
            "AS": self._become,
        }
        self.run(
            f"su postgres -c 'initdb --pgdata={self.data} --username=hhu --auth=trust"
            " --encoding=UTF8 --locale=C.UTF-8 --locale-provider=builtin --builtin-locale=C.UTF-8'"
            " && systemctl start postgresql && su postgres -c 'createdb hhu'"
        )

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://hhu@/hhu?host={self.folder / 'run'}"

    def run(self, script: str, **changes: str) -> None:
        """``changes``: what the document has as an example, and what it is here."""
        places = {
            "/srv/hhu-archive": str(self.archive),
            "/var/lib/postgresql/15": str(self.data.parent),
            "/var/lib/hhu": str(self.files),
            "-o postgres -g postgres ": f"-o {self.account.uid} -g {self.account.gid} "
            if self.account
            else "",
        }
        for old, new in (places | changes).items():
            script = script.replace(old, new)
        done = subprocess.run(
            ["sh", "-e"],
            input=script,
            env=self.environment,
            cwd=self.folder,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=150,
        )
        assert done.returncode == 0, done.stdout + self.log

    def close(self) -> None:
        if (self.data / "postmaster.pid").exists():
            self.run("systemctl stop postgresql")

    @property
    def log(self) -> str:
        log = self.folder / "home" / "postgres.log"
        return log.read_text(encoding="utf-8") if log.exists() else ""

    @property
    def _become(self) -> str:
        if self.account is None:
            return ""
        words = f"setpriv --reuid={self.account.uid} --regid={self.account.gid} --clear-groups"
        return f"{words} --"

    def _binaries(self) -> Path:
        """The wheel's, or a copy that PostgreSQL's account can read: not only the server."""
        package = package_folder(PACKAGE)
        if self.account is None or self.account.can_enter(package.resolve()):
            return package / INSTALLATION / "bin"
        copy = self.folder / "programs"
        shutil.copytree(package / INSTALLATION, copy / PACKAGE / INSTALLATION)
        libraries = package.with_name(f"{PACKAGE}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, copy / libraries.name)
        return copy / PACKAGE / INSTALLATION / "bin"


@pytest.fixture
def machine() -> Iterator[Machine]:
    # Not pytest's own folder: sockets need short paths, and root's Postgres has to get there.
    with tempfile.TemporaryDirectory(prefix="hhu-recovery-", dir="/tmp") as name:  # noqa: S108
        folder = Path(name)
        folder.chmod(0o711)
        machine = Machine(folder)
        try:
            yield machine
        finally:
            machine.close()


@pytest.fixture
def engine_there(machine) -> sa.Engine:
    return sa.create_engine(machine.url, poolclass=NullPool)


def add(engine: sa.Engine, name: str) -> None:
    with Session(engine) as session, session.begin():
        session.add(Department(name=name))


def names(engine: sa.Engine) -> set[str]:
    with Session(engine) as session:
        return set(session.scalars(sa.select(Department.name)))


def now(engine: sa.Engine) -> datetime:
    with engine.connect() as connection:
        return connection.execute(sa.text("SELECT clock_timestamp()")).scalar_one()


def levels(check, config) -> list[str]:
    deployment = Deployment(Path("production.ini"), config.get_settings(), {}, config.registry)
    return [finding.level for finding in check(deployment)]


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_row_of_before_the_moment_is_there_and_one_of_after_it_is_not(
    machine, engine_there, settings
):
    script = blocks()
    there = settings | {"sqlalchemy.url": machine.url}
    alembic = migrate.alembic_config(there)
    migrate.upgrade(alembic)
    alembic.attributes["engine"].dispose()
    machine.run(script[ARCHIVE])
    machine.run(script[BASE])
    [old] = (machine.archive / "base").iterdir()
    old = old.rename(old.with_name("2026-01-01T031500"))
    os.utime(old, (0, 0))
    add(engine_there, "信息系")
    log_of_old = set((machine.archive / "wal").iterdir())
    # What nothing needs any more goes with the next base.
    machine.run(script[BASE])
    [base] = (machine.archive / "base").iterdir()
    assert base != old
    assert log_of_old - set((machine.archive / "wal").iterdir())
    add(engine_there, "数学系")
    moment = now(engine_there)
    add(engine_there, "物理系")
    example = {"2026-11-25T031500": base.name, "2026-11-25 10:14:30+08": moment.isoformat()}
    machine.run(script[RECOVER], **example)
    assert names(engine_there) == {"信息系", "数学系"}
    # It goes on from there, in a log of its own, and is archived again.
    config = configure(there)
    missing = TestApp(config.make_wsgi_app()).get("/readyz", status=503).json["missing"]
    assert "database" not in missing
    assert "worker:reservations" in missing
    assert levels(check_migrations, config) == ["好"]
    add(engine_there, "化学系")
    machine.run(script[BASE])
    assert {path.name[:8] for path in (machine.archive / "wal").iterdir()} == {
        "00000001",
        "00000002",
    }
    assert levels(check_archive, config) == ["好"]
    # Whatever is in the way is not overwritten, and is told.
    with engine_there.connect() as connection:
        name = connection.execute(
            sa.text("SELECT pg_walfile_name(pg_current_wal_insert_lsn())")
        ).scalar_one()
        (machine.archive / "wal" / name).write_text("somebody else's")
        connection.execute(sa.text("SELECT pg_switch_wal()"))
        connection.commit()
        add(engine_there, "生物系")
    until(lambda: levels(check_archive, config) == ["错误"], 90, "the doctor says so")
    assert (machine.archive / "wal" / name).read_text() == "somebody else's"
    (machine.archive / "wal" / name).unlink()  # or PostgreSQL does not like to stop
    config.registry["engine"].dispose()


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("rsync"), reason="no rsync on this machine")
def test_files_that_were_deleted_since_come_back(machine):
    script = blocks()
    path = machine.files / "guides" / "ab" / "ab12"
    path.parent.mkdir(parents=True)
    path.write_text("甲")
    (machine.files / "guides" / "incoming").mkdir()
    (machine.files / "guides" / "incoming" / "half").write_text("半")
    machine.archive.mkdir()
    machine.run(script[FILES])
    path.unlink()
    other = machine.files / "guides" / "cd" / "cd34"
    other.parent.mkdir()
    other.write_text("乙")
    machine.run(script[FILES])
    machine.run(script[FILES_AGAIN])
    assert (path.read_text(), other.read_text()) == ("甲", "乙")
    assert not (machine.archive / "files" / "guides" / "incoming").exists()
