"""The photos in a form: one that is no good stops none of the others."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from hhu_base.documents.photos import MAX_BYTES, Pictures
from hhu_base.documents.photos import read as read_photo
from hhu_base.values.refusal import Refusal
from hhu_base.web import sessions
from hhu_base.web.form_limits import FILE_FIELD
from hhu_base.web.uploads import posted_files
from hhu_plugins.repairs import photos

# Asked for these, an iPhone sends its photos as JPEG.
ACCEPT = "image/jpeg,image/png,image/webp,image/gif"

STILL_READING = "上一次提交的照片还在处理，请稍后到“我的报修”查看。"

NamedPictures = list[tuple[str, Pictures]]

# Who has photos read by this process: a few are read at once, and nobody takes all the places.
_readers: set[int] = set()
_lock = threading.Lock()


def read(request) -> NamedPictures:
    """Those that can be read, made anew; what is wrong with the others is said on the next page.

    Raises Refusal while others of the same person are being read.
    """
    pictures: NamedPictures = []
    if not any(hasattr(field, "filename") for field in request.POST.getall(FILE_FIELD)):
        return pictures
    with _one_at_a_time(request.identity.user_id):
        for name, content in posted_files(request, MAX_BYTES):
            try:
                if len(pictures) >= photos.MOST:
                    raise Refusal(photos.TOO_MANY)
                pictures.append((name, read_photo(content)))
            except Refusal as refusal:
                _say(request, name, refusal)
    return pictures


@contextmanager
def _one_at_a_time(user_id: int) -> Iterator[None]:
    with _lock:
        if user_id in _readers:
            raise Refusal(STILL_READING)
        _readers.add(user_id)
    try:
        yield
    finally:
        _readers.discard(user_id)


def store(request, request_id: int, pictures: NamedPictures, *, user_id: int) -> int:
    """Put them to a request of this user; returns how many it has taken."""
    stored = 0
    folder = request.registry["repairs.photo_store"]
    for name, each in pictures:
        try:
            stored += photos.add(request.db, folder, request_id, each, user_id=user_id)
        except Refusal as refusal:
            _say(request, name, refusal)
    return stored


def _say(request, name: str, refusal: Refusal) -> None:
    sessions.flash(request, f"没有上传“{name}”：{refusal}", "danger")
