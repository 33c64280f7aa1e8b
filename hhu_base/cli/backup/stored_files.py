"""Folders with files that the database names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session


@dataclass(frozen=True)
class StoredFiles:
    """``needed(session)``: path inside ``directory`` → SHA-256 of the file's content."""

    name: str
    directory: Path
    needed: Callable[[Session], Mapping[str, str]]


class BackupError(Exception):
    """It can't be done; the message is a sentence for the deployer."""
