"""Photos that people upload: each is encoded anew in two sizes, which are files under their digests."""

from __future__ import annotations

import io
from collections.abc import Mapping

from hhu_base.documents import reader
from hhu_base.documents.file_store import FileStore
from hhu_base.values.refusal import Refusal

# Longest edges in pixels: what a list and what a page shows, on screens with two pixels for each.
SIZES = {"small": 480, "large": 1600}
TYPE = "image/jpeg"
# A telephone's largest; it does not stay as large.
MAX_BYTES = 20 * 1024 * 1024

TOO_LARGE = f"照片不能超过 {MAX_BYTES // 1024**2} MB。"
EMPTY = "文件是空的。"

# By the names of the sizes.
Pictures = Mapping[str, reader.Picture]


def read(content: bytes) -> Pictures:
    """A photo as it is shown, which may take seconds. Raises Refusal for what is no good picture."""
    if not content:
        raise Refusal(EMPTY)
    if len(content) > MAX_BYTES:
        raise Refusal(TOO_LARGE)
    return dict(zip(SIZES, reader.read_image(content, list(SIZES.values())), strict=True))


def keep(store: FileStore, pictures: Pictures) -> dict[str, str]:
    """Store both files; size → digest. Its caller holds the lock of the store's sweep."""
    return {size: _keep(store, picture.jpeg) for size, picture in pictures.items()}


def _keep(store: FileStore, content: bytes) -> str:
    with store.receiving(io.BytesIO(content), len(content)) as received:
        store.keep(received)
    return received.digest
