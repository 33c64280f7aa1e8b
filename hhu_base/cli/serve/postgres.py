"""The embedded PostgreSQL: reachable over a Unix socket in a private folder, by nothing else."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from hhu_base.settings.services import Locations

from .account import postgres_account
from .binaries import postgres_binaries
from .cluster import clean_environment, prepare_cluster, refuse_a_strangers_home
from .errors import EmbeddedError
from .folders import prepare_folders, private_folder
from .process import Program

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "120",
    # A small machine runs this beside the web server and the workers.
    "shared_buffers": "128MB",
    "max_wal_size": "512MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_destination": "stderr",
    "logging_collector": "off",
    "log_line_prefix": "%m [%p] ",
    # What is told of a refused statement may quote the values of its row.
    "log_error_verbosity": "terse",
    # Checkpoints every five minutes are not news.
    "log_checkpoints": "off",
}
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class EmbeddedPostgres:
    """One cluster of one data directory. Call prepare(), then start program()."""

    def __init__(
        self, locations: Locations, durable: bool = True, say: Callable[[str], None] = print
    ) -> None:
        """durable=False is for data that nobody wants to see again after a power cut."""
        self.locations = locations
        self.durable = durable
        self.say = say

    def prepare(self) -> None:
        """Make what is missing; afterwards program() can be started, also after a kill -9."""
        prepare_folders(self.locations)
        refuse_a_strangers_home(self.locations)
        self.account = postgres_account(self.locations.postgres_data)
        self.binaries = postgres_binaries(self.locations.shelter, self.account, self.say)
        private_folder(self.locations.sockets, self.account)
        prepare_cluster(self.locations, self.binaries, self.account, self.durable, self.say)
        self._retire_predecessor()

    def program(self) -> Program:
        """The server itself, not pg_ctl: it is to be our own child."""
        data = self.locations.postgres_data.resolve()
        settings = SETTINGS | (DURABLE if self.durable else THROWAWAY)
        command: list[str | Path] = [self.binaries / "postgres", "-D", data]
        command += ["-k", self.locations.sockets]
        for key, value in settings.items():
            command += ["-c", f"{key}={value}"]
        return Program(
            name="postgres",
            command=command,
            cwd=data.parent if self.account is None else Path("/"),
            environment=clean_environment(),
            account=self.account,
            is_ready=self.is_ready,
            stop_signal=signal.SIGINT,  # a fast shutdown: disconnects everybody, writes everything
            stop_seconds=30,
            hurry_signal=signal.SIGQUIT,  # at once, with a recovery at the next start
            death_signal=signal.SIGINT,
        )

    def is_ready(self, pid: int) -> bool:
        """Whether the server with this process id takes connections; pg_ctl asks the same way."""
        lines = self._lock_lines()
        return len(lines) > 7 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"

    def _lock_lines(self) -> list[str]:
        try:
            return self._lock_file.read_text(errors="replace").splitlines()
        except FileNotFoundError:
            return []

    @property
    def _lock_file(self) -> Path:
        return self.locations.postgres_data / "postmaster.pid"

    def _retire_predecessor(self) -> None:
        """Wait for the Postgres of a supervisor that was killed; it is shutting down by itself.

        We hold the lock of the data directory, so nobody else can want it to run.
        """
        lines = self._lock_lines()
        pid = int(lines[0]) if lines and lines[0].strip().isdigit() else None
        if pid is None:
            return
        data = self.locations.postgres_data.resolve()
        if not _serves(pid, data):
            # After a reboot, or in a container, the number often belongs to another process
            # of the same user; Postgres would take that for a running server.
            self._lock_file.unlink(missing_ok=True)
            self._remove_stale_socket()
            return
        self.say("上一次的 PostgreSQL 还在停止，等待……")
        for number, seconds in ((signal.SIGINT, 15), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)):
            os.kill(pid, number)
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline:
                if not _serves(pid, data):
                    return
                time.sleep(0.05)
        raise EmbeddedError(f"上一次的 PostgreSQL（进程 {pid}）停不下来。")

    def _remove_stale_socket(self) -> None:
        for name in (".s.PGSQL.5432", ".s.PGSQL.5432.lock"):
            (self.locations.sockets / name).unlink(missing_ok=True)


def _serves(pid: int, data: Path) -> bool:
    """Whether this process is a live Postgres of this data folder."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return False  # of somebody else, who couldn't even read our data
    if not Path("/proc/self").exists():
        return True
    try:
        return Path(f"/proc/{pid}/cwd").resolve(strict=True) == data  # Postgres works in its data
    except OSError:
        return False  # a zombie, or gone meanwhile
