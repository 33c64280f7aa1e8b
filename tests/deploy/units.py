"""Reads the systemd units in ``deploy/systemd`` as far as they are ours: what would systemd run?"""

from __future__ import annotations

import shlex
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "systemd"
COMMON = FOLDER / "hhu-.service.d" / "common.conf"


def values(path: Path, key: str) -> list[str]:
    """All values of a key, in order."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.partition("=")[2] for line in lines if line.startswith(f"{key}=")]


def command(unit: str, instance: str = "") -> list[str]:
    """The words of its ExecStart."""
    [line] = values(FOLDER / unit, "ExecStart")
    line = line.replace("%i", instance).replace("%%", "%").replace("$$", "$")
    return shlex.split(line)


def environment() -> dict[str, str]:
    """What all services find in their environment, besides /etc/hhu/env."""
    [line] = values(COMMON, "Environment")
    return dict(word.split("=", 1) for word in shlex.split(line))
