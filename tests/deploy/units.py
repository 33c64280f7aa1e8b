"""Reads the systemd units in ``deploy/systemd`` as far as they are ours: what would systemd run?"""

from __future__ import annotations

import shlex
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "systemd"
COMMON = FOLDER / "hhu-.service.d" / "common.conf"
RELEASE = "/opt/hhu/current/.venv/bin/"

# Of /etc/hhu/env, what is the same wherever it runs.
FILLED_IN = {
    "HHU_PUBLIC_URL": "https://hhu.example",
    "HHU_ADMIN_SESSION_SECRET": "0123456789abcdef" * 3,
    "HHU_CALENDARS_SECRET": "89abcdef01234567" * 3,
    "HHU_ACTIVITIES_SECRET": "fedcba9876543210" * 3,
    "HHU_MAIL_SECURITY": "none",
    "HHU_MAIL_SENDER": "noreply@hhu.example",
}


def values(path: Path, key: str) -> list[str]:
    """All values of a key, in order."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.partition("=")[2] for line in lines if line.startswith(f"{key}=")]


def command(unit: str, instance: str = "") -> list[str]:
    """The words of its ExecStart."""
    [line] = values(FOLDER / unit, "ExecStart")
    line = line.replace("%i", instance).replace("%%", "%").replace("$$", "$")
    return shlex.split(line)


def arguments(unit: str, instance: str, data: Path) -> list[str]:
    """What it runs, for the Python of the tests and another data folder."""
    program, *rest = command(unit, instance)
    assert program.startswith(RELEASE)
    if program != f"{RELEASE}python":
        rest = ["-m", program.removeprefix(RELEASE), *rest]
    return [word.replace("/var/lib/hhu", str(data)) for word in rest]


def environment() -> dict[str, str]:
    """What all services find in their environment, besides /etc/hhu/env."""
    [line] = values(COMMON, "Environment")
    return dict(word.split("=", 1) for word in shlex.split(line))
