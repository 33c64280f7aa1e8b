"""A folder of files: each under the digest of its content, and written whole or not at all.

A file is received first (streamed to disk, its digest taken on the way), then kept under its
digest in the transaction that writes its row, and removed by a sweep once nothing needs it.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_BLOCK = 256 * 1024
_DIGEST = re.compile(r"[0-9a-f]{64}")
# An upload that was begun this long ago will not be finished any more.
_UNFINISHED_FOR = 24 * 3600


class FileTooLarge(Exception):
    """The content is larger than allowed."""


@dataclass(frozen=True)
class ReceivedFile:
    """Content that is on the disk, under a name that means nothing yet."""

    path: Path
    digest: str
    size: int


@dataclass(frozen=True)
class FileStore:
    directory: Path

    def path_of(self, digest: str) -> Path:
        """Where the file with this digest is. ValueError for what is no digest."""
        if not _DIGEST.fullmatch(digest):
            raise ValueError(f"{digest!r} is no digest")
        return self.directory / digest[:2] / digest

    @contextmanager
    def receiving(self, stream: BinaryIO, max_bytes: int) -> Iterator[ReceivedFile]:
        """Receive a file; unless it is kept, it is gone after the block. Raises TooLarge."""
        incoming = self.directory / "incoming"
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        incoming.mkdir(exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=incoming)
        path = Path(name)
        try:
            with open(descriptor, "wb") as file:
                digest, size = _copy(stream, file, max_bytes)
                file.flush()
                os.fsync(file.fileno())
            yield ReceivedFile(path, digest, size)
        finally:
            path.unlink(missing_ok=True)

    def keep(self, received: ReceivedFile) -> None:
        """Put it where its digest leads; from now on it survives a power failure."""
        path = self.path_of(received.digest)
        path.parent.mkdir(exist_ok=True)
        os.replace(received.path, path)
        for folder in (path.parent, self.directory):
            _sync_folder(folder)

    def digests(self) -> Iterator[str]:
        """All that is kept."""
        for path in self.directory.glob("??/*"):
            if _DIGEST.fullmatch(path.name):
                yield path.name

    def remove(self, digest: str) -> None:
        """Remove a file; who reads it at this moment reads on."""
        self.path_of(digest).unlink(missing_ok=True)

    def needed_files(self, digests: Iterable[str]) -> dict[str, str]:
        """Path inside the folder → digest, as ``config.add_stored_files`` wants it."""
        return {str(self.path_of(digest).relative_to(self.directory)): digest for digest in digests}

    def remove_all_but(self, needed: Collection[str]) -> int:
        """Remove what nothing needs; returns how many that were.

        Its caller holds the lock under which files are kept.
        """
        stray = [digest for digest in self.digests() if digest not in needed]
        for digest in stray:
            self.remove(digest)
        self.remove_unfinished()
        return len(stray)

    def remove_unfinished(self) -> None:
        """Remove what uploads have left behind whose process died."""
        for path in self.directory.glob("incoming/*"):
            with suppress(FileNotFoundError):
                if time.time() - path.stat().st_mtime > _UNFINISHED_FOR:
                    path.unlink()


def _copy(stream: BinaryIO, file: BinaryIO, max_bytes: int) -> tuple[str, int]:
    digest = hashlib.sha256()
    size = 0
    while block := stream.read(_BLOCK):
        size += len(block)
        if size > max_bytes:
            raise FileTooLarge
        digest.update(block)
        file.write(block)
    return digest.hexdigest(), size


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
