"""Where the services of one data directory are.

pserve, celery and the migration command are also started by hand, beside the
supervisor. So all of it follows from the data directory and the state of the file
system alone; nothing is handed over.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from hhu_base.settings import REQUIRED, Setting, Text, is_production

# A socket's path has 107 bytes at most on Linux (103 elsewhere), Postgres calls its own like this.
LONGEST_SOCKET_PATH = 103
POSTGRES_SOCKET = ".s.PGSQL.5432"

# Other characters are legal, but every URL parser on the way (libpq, SQLAlchemy, kombu, the
# ini file with its %) has its own opinion about them.
PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")

# Where a Postgres started by root finds a home if its account can't enter the clone's folder.
SHELTER = Path("/var/lib/hhu-embedded")


@dataclass(frozen=True)
class Locations:
    """The folders and addresses of the embedded services; nothing is created here."""

    data_dir: Path
    sockets: Path
    shelter: Path = SHELTER

    @classmethod
    def of(cls, data_dir: str | Path) -> Locations:
        """The locations for a data directory, which need not exist yet."""
        data_dir = Path(os.path.realpath(data_dir))
        return cls(data_dir=data_dir, sockets=_sockets_of(data_dir), shelter=SHELTER)

    @property
    def postgres_data(self) -> Path:
        """The cluster, or a symbolic link to it."""
        return self.data_dir / "postgres"

    @property
    def valkey_data(self) -> Path:
        return self.data_dir / "valkey"

    @property
    def logs(self) -> Path:
        return self.data_dir / "log"

    @property
    def lock_file(self) -> Path:
        return self.data_dir / "serve.lock"

    @property
    def valkey_socket(self) -> Path:
        return self.sockets / "valkey.sock"

    @property
    def database_url(self) -> str:
        """For SQLAlchemy with psycopg 3; the socket's folder is private, so no password."""
        return f"postgresql+psycopg://hhu@/hhu?host={quote(str(self.sockets), safe='')}"

    @property
    def broker_url(self) -> str:
        """For kombu and Celery."""
        return f"redis+socket://{quote(str(self.valkey_socket))}?virtual_host=0"


def others_can_enter(directory: Path) -> bool:
    """Whether any account can walk to this folder.

    Modes only, no access lists: the answer must not depend on who asks.
    """
    for folder in (directory, *directory.parents):
        try:
            mode = folder.stat().st_mode
        except FileNotFoundError:
            continue  # prepare_folders() makes it, and makes it enterable
        if not mode & stat.S_IXOTH:
            return False
    return True


def _sockets_of(data_dir: Path) -> Path:
    inside = data_dir / "run"
    longest = len(os.fsencode(inside / POSTGRES_SOCKET))
    fits = longest <= LONGEST_SOCKET_PATH and PLAIN_PATH.fullmatch(str(inside))
    if fits and (os.geteuid() != 0 or others_can_enter(data_dir)):
        return inside
    digest = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
    return Path("/tmp") / f"hhu-{os.geteuid()}-{digest}"  # noqa: S108 - see private_folder()


EMBEDDED = "embedded"


class ServiceUrl(Setting[str]):
    """Where a service is; "embedded", the one that ``hhu serve`` runs, is not for production."""

    def read(self, settings: Mapping) -> str:
        url = super().read(settings)
        if url == EMBEDDED and is_production(settings):
            raise self.wrong("production needs a server of its own")
        return url


DATA_DIR = Text("hhu.data_dir", REQUIRED, "内嵌的数据库和消息队列，以及保存的文件所在的目录")


def data_dir(settings: Mapping) -> str:
    """Where the embedded services and the stored files live."""
    return DATA_DIR.read(settings)
