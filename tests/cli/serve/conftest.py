"""Folders that root's Postgres can reach too (pytest's own are closed to other accounts)."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hhu_base.settings.services import Locations


@pytest.fixture
def folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="hhu-test-", dir="/tmp"))  # noqa: S108 - short, reachable
    path.chmod(0o711)
    yield path
    # A folder that isn't plain has its sockets elsewhere.
    for name in ("var", "数据 目录"):
        sockets = Locations.of(path / name).sockets
        if not sockets.is_relative_to(path):
            shutil.rmtree(sockets, ignore_errors=True)
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def locations(folder: Path) -> Locations:
    return replace(Locations.of(folder / "var"), shelter=folder / "shelter")


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root changes accounts")
