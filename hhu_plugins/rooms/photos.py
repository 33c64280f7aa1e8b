"""Photos of rooms: each is made anew in two sizes, which are files under their digests.

Who writes a photo's row, or removes files that no row needs, holds one lock: a file can't vanish
between being kept and being named in the database.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.database import among, lock
from hhu_base.documents.file_store import FileStore
from hhu_base.documents.photos import (
    EMPTY,
    MAX_BYTES,
    SIZES,
    TOO_LARGE,
    TYPE,
    Pictures,
    keep,
    read,
)
from hhu_base.values.refusal import Refusal
from hhu_plugins.rooms.models import Meetingroom, Photo

__all__ = ["EMPTY", "MAX_BYTES", "SIZES", "TOO_LARGE", "TYPE", "Pictures", "read"]

MOST = 12

TOO_MANY = f"一间会议室最多 {MOST} 张照片，请先删除不要的。"
KNOWN = "这张照片已经有了。"
_LOCK = "rooms.photos"


def add(
    session: Session, store: FileStore, room_id: int, pictures: Pictures, *, by_user_id: int | None
) -> Photo | None:
    """Another photo of a room, of ``read``; None: no such room. Raises Refusal."""
    lock(session, _LOCK)
    room = sa.select(Meetingroom.id).where(Meetingroom.id == room_id)
    if session.scalar(room.with_for_update(read=True, key_share=True)) is None:
        return None
    others = of_room(session, room_id)
    if len(others) >= MOST:
        raise Refusal(TOO_MANY)
    digests = keep(store, pictures)
    if any(other.large == digests["large"] for other in others):
        raise Refusal(KNOWN)
    photo = Photo(
        room_id=room_id,
        width=pictures["large"].width,
        height=pictures["large"].height,
        position=others[-1].position + 1 if others else 0,
        uploaded_by=by_user_id,
        **digests,
    )
    session.add(photo)
    session.flush()
    return photo


def of_room(session: Session, room_id: int) -> Sequence[Photo]:
    """Those of a room, in order."""
    return session.scalars(
        sa.select(Photo).where(Photo.room_id == room_id).order_by(Photo.position, Photo.id)
    ).all()


def first_of_rooms(session: Session, room_ids: Collection[int]) -> dict[int, int]:
    """The id of the photo that stands for each of these rooms, where there is one."""
    found = session.execute(
        sa.select(Photo.room_id, Photo.id)
        .where(among(Photo.room_id, room_ids))
        .order_by(Photo.position.desc(), Photo.id.desc())
    )
    # Of each room the last one stays, which is the first.
    return {row.room_id: row.id for row in found}


def find(session: Session, room_id: int, photo_id: int) -> Photo | None:
    return session.scalar(sa.select(Photo).where(Photo.id == photo_id, Photo.room_id == room_id))


def make_first(session: Session, photo: Photo) -> None:
    """From now on it stands for the room."""
    lock(session, _LOCK)
    photo.position = min(each.position for each in of_room(session, photo.room_id)) - 1
    session.flush()


def delete(session: Session, photo: Photo) -> None:
    """Its files stay until a sweep finds that nothing needs them."""
    session.delete(photo)
    session.flush()


def needed_digests(session: Session) -> set[str]:
    """The files that a photo has."""
    return {
        digest for row in session.execute(sa.select(Photo.small, Photo.large)) for digest in row
    }


def delete_unused(session: Session, store: FileStore) -> int:
    """Remove the files that no photo needs any more; returns how many."""
    lock(session, _LOCK)
    return store.remove_all_but(needed_digests(session))
