"""Postgres and Valkey for tests and benchmarks: fresh, private, gone afterwards."""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from hhu_base.settings.services import Locations

from .postgres import EmbeddedPostgres
from .process import Program
from .supervisor import Supervisor
from .valkey import EmbeddedValkey

# Not $TMPDIR: the paths of sockets must be short, and Postgres' account must get there.
PARENT = Path("/tmp")  # noqa: S108
PREFIX = f"hhu-throwaway-{os.geteuid()}-"


@contextmanager
def throwaway_services(durable: bool = False) -> Iterator[Locations]:
    """Services in a folder of their own; durable=True where the test kills them."""
    with throwaway_folder() as folder:
        locations = replace(Locations.of(folder), shelter=folder)
        postgres = EmbeddedPostgres(locations, durable=durable, say=_quiet)
        postgres.prepare()
        valkey = EmbeddedValkey(locations, durable=durable)
        valkey.prepare()
        supervisor = Supervisor(locations.logs, _quiet)
        try:
            supervisor.start(_unattended(postgres.program()), valkey.program())
            yield locations
        finally:
            supervisor.stop()


@contextmanager
def throwaway_folder() -> Iterator[Path]:
    """A data directory that is gone afterwards.

    If this process is killed, the kernel ends the services, and the next one that comes here
    removes the folder.
    """
    _sweep()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=PARENT))
    in_use = _lock(folder)
    try:
        # Root's Postgres gets through; what is inside is private.
        folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if in_use is not None:
            os.close(in_use)


def _unattended(postgres: Program) -> Program:
    """Nobody waits for these data to be written."""
    hurry = postgres.hurry_signal
    return replace(postgres, stop_signal=hurry, death_signal=hurry)


def _sweep() -> None:
    """Remove the folders of tests that were killed."""
    for folder in PARENT.glob(f"{PREFIX}*"):
        with suppress(FileNotFoundError):
            found = folder.lstat()
            # Another one may be between making its folder and locking it.
            if found.st_uid != os.geteuid() or time.time() - found.st_mtime < 60:
                continue
        if (unused := _lock(folder)) is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(unused)


def _lock(folder: Path) -> int | None:
    """Mark a folder as in use for as long as we live; None: somebody lives in it."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _quiet(_text: str) -> None:
    pass
