"""What a guide looks like, page by page: pictures of PDFs, and pictures made smaller.

They are made by a worker once for each file, and lie beside the files, under the digest of what
they show. Nothing else knows of them: what is missing is made again, and no backup needs it.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.documents import reader
from hhu_base.documents.file_kinds import extension_of
from hhu_base.documents.file_store import FileStore
from hhu_base.values.refusal import Refusal
from hhu_plugins.guides.models import GuideVersion

TASK = "guides.draw_previews"
MOST_PAGES = 20
# Longest edge in pixels: a page can be read on a phone with three pixels for each.
SIZE = 1600
PICTURES = ("png", "jpg", "jpeg", "gif")
_FOLDER, _CONTENTS = "previews", "pages.json"
# What is older is not being drawn any more.
_UNFINISHED_FOR = 3600

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Preview:
    """``sizes``: width and height of each picture that is there; ``total``: how many pages there are."""

    total: int
    sizes: list[tuple[int, int]]


def can_preview(name: str) -> bool:
    """Whether a file of this name is ever drawn."""
    return extension_of(name) in ("pdf", *PICTURES)


def find(store: FileStore, digest: str) -> Preview | None:
    """None: it has not been drawn yet. Without pictures: it can't be."""
    try:
        contents = json.loads((_folder(store, digest) / _CONTENTS).read_text())
    except FileNotFoundError:
        return None
    return Preview(contents["total"], [(width, height) for width, height in contents["sizes"]])


def path_of(store: FileStore, digest: str, number: int) -> Path:
    """Where the picture of a page is, the first being 1."""
    return _folder(store, digest) / f"{number}.jpg"


def _folder(store: FileStore, digest: str) -> Path:
    # Beside the file: it is known to be a digest then.
    return store.directory / _FOLDER / store.path_of(digest).name


def missing(session: Session, store: FileStore) -> list[tuple[str, str]]:
    """Digest and name of each current file that is to be drawn, the newest first."""
    found = session.execute(
        sa.select(GuideVersion.digest, GuideVersion.name)
        .where(GuideVersion.is_current)
        .order_by(GuideVersion.id.desc())
    )
    return [
        (digest, name)
        for digest, name in found
        if can_preview(name) and not _folder(store, digest).exists()
    ]


def draw(store: FileStore, digest: str, name: str) -> None:
    """Draw a file. What can't be drawn is not tried again. Raises reader.Busy.

    Whole or not at all; two workers at once make the same.
    """
    try:
        total, pictures = _draw(store.path_of(digest), name)
    except FileNotFoundError:
        log.error("the file of guide %r is not in the store: %s", name, digest)
        return
    except (reader.Unreadable, Refusal):
        total, pictures = 0, []
    parent = store.directory / _FOLDER
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=parent))
    try:
        for number, picture in enumerate(pictures, 1):
            (made / f"{number}.jpg").write_bytes(picture.jpeg)
        sizes = [(picture.width, picture.height) for picture in pictures]
        (made / _CONTENTS).write_text(json.dumps({"total": total, "sizes": sizes}))
        try:
            os.replace(made, _folder(store, digest))
        except OSError:
            # Another worker was faster: a folder with something in it is not replaced.
            if not _folder(store, digest).exists():
                raise
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _draw(path: Path, name: str) -> tuple[int, list[reader.Picture]]:
    if extension_of(name) == "pdf":
        if not path.exists():
            raise FileNotFoundError
        return reader.read_pages(path, MOST_PAGES, SIZE)
    return 1, reader.read_image(path.read_bytes(), [SIZE])


def delete_unused(store: FileStore, needed: Collection[str]) -> None:
    """Remove what shows a file that is gone, and what a worker that died has left behind."""
    for folder in (store.directory / _FOLDER).glob("*"):
        if folder.name not in needed and time.time() - folder.stat().st_mtime > _UNFINISHED_FOR:
            shutil.rmtree(folder, ignore_errors=True)
