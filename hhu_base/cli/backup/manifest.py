"""``manifest.json``: what a backup contains. It is written last, so a folder without it is none."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from hhu_base.cli.backup.stored_files import BackupError

NAME = "manifest.json"
DUMP = "database.dump"
FILES = "files"
_FORMAT = 1


@dataclass(frozen=True)
class Manifest:
    """``files``: store → path → SHA-256. ``damaged`` are those that could not be copied."""

    made_at: str
    server_version: str
    revisions: list[str]
    dump_sha256: str
    files: dict[str, dict[str, str]]
    damaged: list[str] = field(default_factory=list)
    format: int = _FORMAT

    @property
    def count(self) -> int:
        return sum(map(len, self.files.values()))

    def write(self, folder: Path) -> None:
        text = json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True)
        (folder / NAME).write_text(text + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> Manifest:
    try:
        values: dict[str, Any] = json.loads((folder / NAME).read_text(encoding="utf-8"))
        if values["format"] != _FORMAT:
            raise BackupError(f"{folder} 是别的版本的备份。")
        manifest = Manifest(**values)
        for paths in manifest.files.values():
            # It may have come from anywhere: nothing is to be written outside of the folders.
            for path in map(PurePosixPath, paths):
                if path.is_absolute() or ".." in path.parts:
                    raise BackupError(f"{folder / NAME} 里有不合法的路径：{path}")
    except FileNotFoundError:
        raise BackupError(f"{folder} 不是备份，或者没有做完：没有 {NAME}。") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise BackupError(f"{folder / NAME} 读不懂，备份已损坏。") from None
    return manifest
