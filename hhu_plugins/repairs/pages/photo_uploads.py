"""The photos in a form of the teachers' pages: one that is no good stops none of the others."""

from __future__ import annotations

from hhu_base.documents.photos import MAX_BYTES, Pictures
from hhu_base.documents.photos import read as read_photo
from hhu_base.values.refusal import Refusal
from hhu_base.web import sessions
from hhu_base.web.uploads import posted_files
from hhu_plugins.repairs import photos

# Asked for these, an iPhone sends its photos as JPEG.
ACCEPT = "image/jpeg,image/png,image/webp,image/gif"

NamedPictures = list[tuple[str, Pictures]]


def read(request) -> NamedPictures:
    """Those that can be read, made anew; what is wrong with the others is said on the next page."""
    pictures: NamedPictures = []
    for name, content in posted_files(request, MAX_BYTES):
        try:
            if len(pictures) >= photos.MOST:
                raise Refusal(photos.TOO_MANY)
            pictures.append((name, read_photo(content)))
        except Refusal as refusal:
            _say(request, name, refusal)
    return pictures


def store(request, request_id: int, pictures: NamedPictures) -> int:
    """Put them to one's own request; returns how many it has taken."""
    stored = 0
    folder, user_id = request.registry["repairs.photo_store"], request.identity.user_id
    for name, each in pictures:
        try:
            stored += photos.add(request.db, folder, request_id, each, user_id=user_id)
        except Refusal as refusal:
            _say(request, name, refusal)
    return stored


def _say(request, name: str, refusal: Refusal) -> None:
    sessions.flash(request, f"没有上传“{name}”：{refusal}", "danger")
