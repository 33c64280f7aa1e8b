"""Copies files and takes their digests on the way; what is said to be there survives a power cut."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

_BLOCK = 1024 * 1024


def digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def copy_if(path: Path, target: Path, digest: str) -> bool:
    """Copy a file, whole or not at all; False, and no copy, if its content has another digest.

    Raises FileNotFoundError if there is none.
    """
    with path.open("rb") as source:
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=".copying-")
        try:
            found = hashlib.sha256()
            with open(descriptor, "wb") as copy:
                while block := source.read(_BLOCK):
                    found.update(block)
                    copy.write(block)
                copy.flush()
                os.fsync(copy.fileno())
            if found.hexdigest() != digest:
                return False
            os.replace(name, target)
        finally:
            Path(name).unlink(missing_ok=True)
    return True


def sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    for inside in (folder, *folder.rglob("*")):
        if inside.is_dir():
            sync(inside)
