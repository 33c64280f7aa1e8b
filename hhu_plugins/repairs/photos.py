"""Photos of what is broken; how they are made and kept is the base's ``documents.photos``.

Who writes a photo's row, or removes files that no row needs, holds one lock: a file can't vanish
between being kept and being named in the database.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.database import lock
from hhu_base.documents.file_store import FileStore
from hhu_base.documents.photos import Pictures, keep
from hhu_base.values.refusal import Refusal
from hhu_plugins.repairs.models import SOLVED, RepairPhoto
from hhu_plugins.repairs.requests import own_locked

MOST = 5

TOO_MANY = f"一条报修最多 {MOST} 张照片。"
ALREADY_SOLVED = "已解决的报修不能再改照片。"
_LOCK = "repairs.photos"


def add(
    session: Session, store: FileStore, request_id: int, pictures: Pictures, *, user_id: int
) -> bool:
    """Another photo of one's own request; False: there is none. Raises Refusal.

    The same photo once more is the one that is there.
    """
    lock(session, _LOCK)
    request = own_locked(session, request_id, user_id)
    if request is None:
        return False
    if request.status == SOLVED:
        raise Refusal(ALREADY_SOLVED)
    digests = keep(store, pictures)
    if any(photo.large == digests["large"] for photo in request.photos):
        return True
    if len(request.photos) >= MOST:
        raise Refusal(TOO_MANY)
    large = pictures["large"]
    request.photos.append(RepairPhoto(width=large.width, height=large.height, **digests))
    session.flush()
    return True


def delete(session: Session, request_id: int, photo_id: int, *, user_id: int) -> bool:
    """Take a photo off one's own request; False: there is none. Raises Refusal.

    Its files stay until a sweep finds that nothing needs them.
    """
    request = own_locked(session, request_id, user_id)
    photo = find(session, request_id, photo_id)
    if request is None or photo is None:
        return False
    if request.status == SOLVED:
        raise Refusal(ALREADY_SOLVED)
    session.delete(photo)
    session.flush()
    return True


def find(session: Session, request_id: int, photo_id: int) -> RepairPhoto | None:
    return session.scalar(
        sa.select(RepairPhoto).where(
            RepairPhoto.id == photo_id, RepairPhoto.request_id == request_id
        )
    )


def needed_digests(session: Session) -> set[str]:
    """The files that a photo has."""
    rows = session.execute(sa.select(RepairPhoto.small, RepairPhoto.large))
    return {digest for row in rows for digest in row}


def delete_unused(session: Session, store: FileStore) -> int:
    """Remove the files that no photo needs any more; returns how many."""
    lock(session, _LOCK)
    return store.remove_all_but(needed_digests(session))
