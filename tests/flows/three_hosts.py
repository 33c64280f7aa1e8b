"""The system as docs/deploy.md has it on several machines: two that serve, one with the data."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

import psutil
import redis
import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from hhu_base.cli.serve.account import postgres_account
from hhu_base.cli.serve.postgres import EmbeddedPostgres
from hhu_base.cli.serve.valkey import valkey_binary
from hhu_base.settings.services import Locations
from hhu_base.tasks.heartbeat import WORKER_LATE
from hhu_base.tasks.models import Worker
from tests.deploy import units

from .college import PROJECT, Site, until
from .hosts import Host, Network
from .rabbitmq import RabbitMQ

WEB = ("hhu-web@.service", "8000")
RESERVATIONS = ("hhu-reservations@.service", "1")
# Which units run where; of the schedule there is one.
UNITS = {
    "east": [WEB, RESERVATIONS],
    "west": [WEB, RESERVATIONS, ("hhu-worker.service", ""), ("hhu-beat.service", "")],
}
PORT = 8000
# Seconds until a client gives up what it hears nothing of.
PATIENCE = 40
_READY_WITHIN = 180


class Machine:
    """A host that serves, and the site that teachers find there."""

    def __init__(self, host: Host, engine: sa.Engine, environment: dict[str, str]):
        self.host = host
        self.site = Site(engine, PORT, host.front, PATIENCE)
        self._environment = environment | {
            "HHU_DATA_DIR": str(host.folder / "var"),
            "HHU_LISTEN": f"{host.front}:{PORT}",
        }
        (host.folder / "var").mkdir()

    def start(self, *some: tuple[str, str]) -> None:
        """Units, as systemd does; all of them when it boots."""
        for unit, instance in some or UNITS[self.host.name]:
            command = units.arguments(unit, instance, self.host.folder / "var")
            self.host.start(unit, [sys.executable, *command], PROJECT, self._environment)

    def is_ready(self) -> bool:
        self.host.assert_alive()
        return self.site.readiness().status == 200 and self.has_worker()

    def has_worker(self) -> bool:
        """Whether its worker of the reservations, and not one before it, has said so of late."""
        started = psutil.Process(self.host.processes[RESERVATIONS[0]].pid).create_time()
        is_of_late = Worker.at > sa.func.clock_timestamp() - WORKER_LATE
        name = f"reservations-1@hhu-{self.host.name}"
        with self.site.engine.connect() as connection:
            said = connection.scalar(sa.select(Worker.at).where(Worker.name == name, is_of_late))
        return said is not None and said.timestamp() > started


class Broker(Protocol):
    url: str

    def start(self) -> None:
        """Returns when it takes connections."""

    def close(self) -> None: ...


class Valkey:
    """On the host with the data, for the other hosts."""

    def __init__(self, host: Host):
        self._host = host
        self.url = f"redis://{host.address}:6379/0"

    def start(self) -> None:
        options = ["--bind", self._host.address, "--protected-mode", "no", "--save", ""]
        self._host.start("valkey", [valkey_binary(), *options], self._host.folder, os.environ)

        def answers() -> bool:
            with suppress(redis.ConnectionError), redis.Redis.from_url(self.url) as client:
                return bool(client.ping())
            return False

        until(answers, 60, "Valkey answers")

    def close(self) -> None:
        """It ends with its host."""


class ThreeHosts:
    """``east`` and ``west`` serve, ``data`` has PostgreSQL and the broker."""

    def __init__(self, folder: Path, network: Network, broker: str):
        self.data = network.add("data")
        self.broker: Broker = (
            RabbitMQ(self.data.folder, self.data) if broker == "rabbitmq" else Valkey(self.data)
        )
        self.locations = Locations.of(folder / "postgres")
        # The socket is no part of the network: what is stored can be looked at all the time.
        self.engine = sa.create_engine(self.locations.database_url, poolclass=NullPool)
        environment = self._environment()
        self._migrating = environment | {
            "HHU_SQLALCHEMY_URL": self.locations.database_url,
            "HHU_DATA_DIR": str(folder),
        }
        self.east, self.west = self.machines = [
            Machine(network.add(name), self.engine, environment) for name in UNITS
        ]

    def start(self) -> None:
        self._start_postgres()
        self.broker.start()
        migrate = [sys.executable, "-m", "hhu_base", "migrate", "production.ini", "upgrade"]
        subprocess.run(migrate, cwd=PROJECT, env=self._migrating, check=True, timeout=120)
        self.east.site.populate()
        for machine in self.machines:
            machine.start()
        self.until_ready()

    def close(self) -> None:
        for machine in self.machines:
            machine.host.kill(*machine.host.processes)
        self.broker.close()

    def until_ready(self) -> None:
        until(lambda: all(one.is_ready() for one in self.machines), _READY_WITHIN, "all is ready")

    def add_room(self) -> int:
        return self.east.site.add_room()

    def other(self, machine: Machine) -> Machine:
        return self.west if machine is self.east else self.east

    def connections_of(self, machine: Machine) -> int:
        """How many the database believes in."""
        with self.engine.connect() as connection:
            return connection.execute(
                sa.text("SELECT count(*) FROM pg_stat_activity WHERE client_addr = :address"),
                {"address": machine.host.address},
            ).scalar_one()

    def holder_of_the_lock(self) -> Machine | None:
        """Whose worker holds the lock of the reservations."""
        with self.engine.connect() as connection:
            address = connection.scalar(
                sa.text(
                    "SELECT host(client_addr) FROM pg_locks JOIN pg_stat_activity USING (pid)"
                    " WHERE locktype = 'advisory' AND granted AND client_addr IS NOT NULL"
                )
            )
        return next((one for one in self.machines if one.host.address == address), None)

    def _environment(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("HHU_")}
        own = {
            "HHU_SQLALCHEMY_URL": f"postgresql://hhu@{self.data.address}/hhu",
            "HHU_CELERY_BROKER_URL": self.broker.url,
            "HHU_MAIL_HOST": self.data.address,  # where none is: nobody here has an address
        }
        return kept | units.environment() | units.FILLED_IN | own

    def _start_postgres(self) -> None:
        postgres = EmbeddedPostgres(self.locations, durable=False, say=lambda _: None)
        postgres.prepare()
        account = postgres_account(self.locations.postgres_data)
        assert account is not None
        access = self.data.folder / "pg_hba.conf"
        network = self.data.address.rpartition(".")[0]
        access.write_text(f"local all all trust\nhost all all {network}.0/24 trust\n")
        access.chmod(0o644)
        become = ["setpriv", f"--reuid={account.uid}", f"--regid={account.gid}", "--clear-groups"]
        settings = ["-c", f"listen_addresses={self.data.address}", "-c", f"hba_file={access}"]
        settings += ["-c", "max_connections=200"]
        program = postgres.program()
        words = [*become, "--pdeathsig=INT", *program.command, *settings]
        pid = self.data.start("postgres", words, program.cwd, program.environment)
        until(lambda: postgres.is_ready(pid), 60, f"PostgreSQL is ready: {self.data.folder}")


@contextmanager
def run_three_hosts(broker: str) -> Iterator[ThreeHosts]:
    # Not pytest's own folder: sockets need short paths, and root's Postgres has to get there.
    with tempfile.TemporaryDirectory(prefix="hhu-hosts-", dir="/tmp") as name:  # noqa: S108
        folder = Path(name)
        folder.chmod(0o711)
        network = Network(folder)
        try:
            hosts = ThreeHosts(folder, network, broker)
            try:
                hosts.start()
                yield hosts
            finally:
                hosts.close()
        finally:
            network.close()
