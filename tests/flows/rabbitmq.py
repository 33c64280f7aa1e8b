"""A real RabbitMQ of Debian's package, as a child process with a folder and ports of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
from kombu import Connection
from kombu.exceptions import OperationalError

from hhu_base.cli.serve.process import Program, kill_group, spawn
from tests.ports import free_port

from .college import until
from .hosts import Host

# Not the command of the same name: root's changes to another account, which has other folders.
SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
_STARTED_WITHIN = 120


def is_there() -> bool:
    return SERVER.exists() and shutil.which("epmd") is not None


class RabbitMQ:
    """Its queues outlive a restart; ``url`` stays the same."""

    def __init__(self, folder: Path, host: Host | None = None):
        """``host``: where it runs; None: on this very machine, and only for it."""
        self._folder = folder
        self._host = host
        self._port, distribution, names = (free_port() for _ in range(3))
        address = host.address if host else "127.0.0.1"
        self.url = f"amqp://guest:guest@{address}:{self._port}//"
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),  # Erlang's cookie
            "RABBITMQ_NODENAME": "hhu-test@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": address,
            "RABBITMQ_NODE_PORT": str(self._port),
            "RABBITMQ_DIST_PORT": str(distribution),
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            # Another machine's disk may be as good as full for it; and guests come from other hosts.
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-rabbit disk_free_limit 1000000"
            " -rabbit loopback_users []",
            "ERL_EPMD_PORT": str(names),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
        }
        self._server: subprocess.Popen[bytes] | None = None
        # Else it would start one that stays.
        self._names = self._spawn("epmd", "epmd", "-port", str(names))

    def start(self) -> None:
        """Returns when it takes connections."""
        self._server = self._spawn("rabbitmq", SERVER)

        def answers() -> bool:
            assert self._server is not None
            assert self._server.poll() is None, (self._folder / "rabbitmq.log").read_text()
            with (
                suppress(OSError, OperationalError),
                Connection(self.url, connect_timeout=1) as connection,
            ):
                connection.ensure_connection(max_retries=0)
                return True
            return False

        until(answers, _STARTED_WITHIN, "RabbitMQ answers")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """SIGTERM: in order, as by its package; SIGKILL: as by the kernel."""
        if self._server is None:
            return
        # The server is a child of a shell script, which only waits for it.
        processes = [psutil.Process(self._server.pid)]
        processes += processes[0].children(recursive=True)
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)
        psutil.wait_procs(processes, 30)
        kill_group(self._server)
        self._server.wait(30)
        self._server = None

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """While this lasts it takes connections, and says nothing."""
        assert self._server is not None
        servers = psutil.Process(self._server.pid).children(recursive=True)
        for server in servers:
            server.suspend()
        try:
            yield
        finally:
            for server in servers:
                server.resume()

    def close(self) -> None:
        self.stop()
        self._names.kill()
        self._names.wait(10)

    def _spawn(self, name: str, *command: str | Path) -> subprocess.Popen[bytes]:
        if self._host is not None:
            command = tuple(self._host.command(*command))
        program = Program(
            name, command, self._folder, self._environment, death_signal=signal.SIGTERM
        )
        with (self._folder / f"{name}.log").open("ab") as output:
            return spawn(program, output)
