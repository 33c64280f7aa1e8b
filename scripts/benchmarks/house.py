"""The system under test: a real ``hhu serve`` on data of its own, and a look at its processes."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import psycopg
import sqlalchemy as sa

import hhu_base
from hhu_base.cli.serve.process import Program, kill_group, spawn
from hhu_base.cli.serve.throwaway import throwaway_folder
from hhu_base.cli.serve.web_port import answers
from hhu_base.settings.services import Locations

# The checkout that is measured: where the package comes from, which need not be where we are.
PROJECT = Path(hhu_base.__file__).resolve().parents[1]
HOST = "127.0.0.1"
START_SECONDS = 300
READY = "已就绪"  # as ``serve`` says it
_SERVE = (sys.executable, "-m", "hhu_base", "serve", PROJECT / "development.ini")
_TICKS = os.sysconf("SC_CLK_TCK")


class BenchmarkFailed(Exception):
    """The system did something else than what was to be measured; the message is for people."""


@dataclass(frozen=True)
class House:
    """A running system: where it answers, and where its data are."""

    port: int
    locations: Locations
    pid: int

    def connect(self, **options) -> psycopg.Connection:
        """A connection of the benchmark's own, in autocommit unless told otherwise."""
        return psycopg.connect(self.conninfo, **{"autocommit": True, **options})

    @property
    def conninfo(self) -> str:
        url = sa.make_url(self.locations.database_url)
        return f"host={url.query['host']} user={url.username} dbname={url.database}"

    def processes(self) -> dict[int, str]:
        """The name of every process of the system, by its number."""
        parents: dict[int, list[int]] = {}
        for folder in Path("/proc").glob("[0-9]*"):
            if (fields := _stat(int(folder.name))) is not None:
                parents.setdefault(int(fields[1]), []).append(int(folder.name))
        names: dict[int, str] = {}
        waiting = [self.pid]
        while waiting:
            pid = waiting.pop()
            names[pid] = _name(pid)
            waiting += parents.get(pid, [])
        return names

    def children(self) -> dict[str, int]:
        """The process number of each program that ``serve`` tends, by its name."""
        return {
            name: pid
            for pid, name in self.processes().items()
            if (fields := _stat(pid)) is not None and int(fields[1]) == self.pid
        }

    def processor_seconds(self) -> dict[str, float]:
        """What each program has used of the processors so far, user and system, in seconds.

        With what its children have used that have ended: a database connection is a process.
        """
        used: dict[str, float] = {}
        for pid, name in self.processes().items():
            if (fields := _stat(pid)) is not None:
                used[name] = used.get(name, 0.0) + sum(map(int, fields[11:15])) / _TICKS
        return used


@contextmanager
def running_house(
    settings: Mapping[str, str] | None = None,
    folder: Path | None = None,
    command: Sequence[str | Path] = _SERVE,
) -> Iterator[House]:
    """The system, started as ``scripts/serve`` starts it, with an empty database.

    ``settings`` are environment variables: ``HHU_…``, or ``DEMO=yes`` for a house with people.
    ``folder``: what is in it stays; by default it is one that is gone afterwards.
    """
    with throwaway_folder() if folder is None else nullcontext(folder) as folder:
        port = free_port()
        environment = os.environ | {
            "DATA_DIR": str(folder),
            "HOST": HOST,
            "PORT": str(port),
            "DEMO": "no",
            **(settings or {}),
        }
        log = folder / "serve.log"
        program = Program(
            "serve",
            command,
            PROJECT,
            environment,
            stop_seconds=60,
        )
        with log.open("wb") as output:
            process = spawn(program, output)
        try:
            deadline = time.monotonic() + START_SECONDS
            # The web server answers before the demo is loaded; it is said when all is done.
            while not (answers(HOST, port) and READY in log.read_text(errors="replace")):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise BenchmarkFailed(f"系统没有启动成功：\n{log.read_text(errors='replace')}")
                time.sleep(0.1)
            yield House(port, Locations.of(folder), process.pid)
        finally:
            if process.poll() is None:
                process.send_signal(program.stop_signal)
                process.wait(program.stop_seconds)
            kill_group(process)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat behind the name, which may hold blanks."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None  # it has ended


# What only this program's command line holds; the first that fits names it.
_MARKS = {
    "web": ("hhu_base.web.server",),  # before serve, which its name holds
    "serve": ("hhu_base", "serve"),
    "reservations": ("hhu_base.worker", "reservations"),
    "files": ("hhu_base.worker", "files"),
    "worker": ("hhu_base.worker", "default"),
    "valkey": ("valkey-server",),
}


def _name(pid: int) -> str:
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        command = ""
    return name_of(command.replace("\0", " ").split())


def name_of(words: Sequence[str]) -> str:
    """The program with this command line."""
    if words and (Path(words[0]).name == "postgres" or words[0] == "postgres:"):
        return "postgres"
    for name, marks in _MARKS.items():
        if all(any(mark in word for word in words) for mark in marks):
            return name
    return words[0] if words else "?"
