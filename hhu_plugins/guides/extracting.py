"""Reading what is inside the files, one at a time, each in a process of its own."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.values.text import storable
from hhu_plugins.guides import reading
from hhu_plugins.guides.kinds import extension_of
from hhu_plugins.guides.models import TEXT_FAILED, TEXT_READ, TEXT_WAITING, Version
from hhu_plugins.guides.storing import Store

logger = logging.getLogger(__name__)

TASK = "guides.read_texts"
_PATIENCE = 90.0
_MARGIN = 30


def read_next(session: Session, store: Store) -> bool:
    """Read the text of the oldest file whose text nobody has read; False: there is none.

    Its row is locked meanwhile, so that no other worker reads the same. A file that can't be read
    is not tried again: it would fail again.
    """
    session.execute(
        sa.text("SELECT set_config('idle_in_transaction_session_timeout', :value, true)"),
        {"value": f"{round(_PATIENCE + _MARGIN)}s"},
    )
    version = session.scalar(
        sa.select(Version)
        .where(Version.text_status == TEXT_WAITING)
        .order_by(Version.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if version is None:
        return False
    text = text_of(store.path_of(version.digest), extension_of(version.name))
    version.text = text or ""
    version.text_status = TEXT_FAILED if text is None else TEXT_READ
    return True


def reader(path: Path, extension: str) -> list[str]:
    """The command that writes the text of a file to its standard output."""
    return [sys.executable, "-P", reading.__file__, str(path), extension]


def text_of(path: Path, extension: str, patience: float = _PATIENCE) -> str | None:
    """The text in a file; None where it can't be read, or not in time."""
    command = reader(path, extension)
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=patience, check=False
        )
    except subprocess.TimeoutExpired:
        logger.warning("reading %s took too long", path.name)
        return None
    if done.returncode != 0:
        # In one line, whatever the file made the error say.
        said = " ".join(done.stderr.decode("utf-8", "replace")[-500:].split())
        logger.warning("reading %s failed: %s", path.name, said or f"exit {done.returncode}")
        return None
    return storable(done.stdout.decode())
