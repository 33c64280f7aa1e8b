"""The rules of guides: adding them, replacing their files, deleting, finding.

Whatever writes a version's row, or removes files that no row needs, holds one lock: so a file
cannot vanish between being kept and being named in the database.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import BinaryIO

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.database import among, lock
from hhu_base.database.keys import contains
from hhu_base.documents import uploads
from hhu_base.documents.file_store import FileStore
from hhu_base.mail import outbox
from hhu_base.values import text
from hhu_base.values.search import search_words
from hhu_plugins.guides.models import TEXT_NONE, TEXT_WAITING, Guide, GuideCategory, GuideVersion

LOCK = "guides.files"
MAIL_STORE = "guides"

# What guides are taken as is what all uploads are.
LibrarySettings = uploads.UploadSettings
clean_name, readable_size = uploads.clean_name, uploads.readable_size


def add(
    session: Session,
    shelf: LibrarySettings,
    stream: BinaryIO,
    file_name: str,
    *,
    category_id: int,
    by_user_id: int | None,
    name: str = "",
) -> Guide:
    """A new guide with this file; its name is that of the file unless one is given.

    Raises Refusal for a file that is not taken. The text of the file is read by the task
    ``guides.read_texts``, which the caller may hurry.
    """
    with uploads.receive(shelf, stream, file_name) as file:
        name = text.clean_name(name) or text.clean_name(PurePosixPath(file.name).stem)
        guide = Guide(name=name or file.name, category_id=category_id)
        session.add(guide)
        session.flush()
        _keep(session, shelf.store, guide.id, file, by_user_id)
    return guide


def replace(
    session: Session,
    shelf: LibrarySettings,
    guide_id: int,
    stream: BinaryIO,
    file_name: str,
    *,
    by_user_id: int | None,
) -> bool:
    """Give a guide another file; the earlier ones are kept as its versions. False: no such guide.

    Raises Refusal for a file that is not taken.
    """
    with uploads.receive(shelf, stream, file_name) as file:
        # Of two who replace it at once, one waits here for the other.
        if not session.scalar(sa.select(Guide.id).where(Guide.id == guide_id).with_for_update()):
            return False
        session.execute(
            sa.update(GuideVersion)
            .where(GuideVersion.guide_id == guide_id, GuideVersion.is_current)
            .values(is_current=False)
        )
        _keep(session, shelf.store, guide_id, file, by_user_id)
    return True


def delete(session: Session, ids: Sequence[int]) -> int:
    """Delete guides with all versions; returns how many there were.

    Their files stay until a sweep finds that neither a guide nor a mail needs them.
    """
    return len(
        session.scalars(sa.delete(Guide).where(among(Guide.id, ids)).returning(Guide.id)).all()
    )


def delete_unused(session: Session, store: FileStore) -> int:
    """Remove the files that nothing needs any more; returns how many."""
    lock(session, LOCK)
    return store.remove_all_but(needed_digests(session))


def needed_digests(session: Session) -> set[str]:
    """The files that a guide has or had, or that a mail has not brought yet."""
    versions = set(session.scalars(sa.select(GuideVersion.digest).distinct()))
    return versions | outbox.needed_files(session, MAIL_STORE)


def current_version(
    session: Session, guide_id: int, *, is_kept: bool = False
) -> GuideVersion | None:
    """The file of a guide; ``is_kept``: it can't be deleted before this transaction ends."""
    statement = sa.select(GuideVersion).where(
        GuideVersion.guide_id == guide_id, GuideVersion.is_current
    )
    if is_kept:
        statement = statement.with_for_update(read=True, key_share=True)
    return session.scalar(statement)


def searched(search: str) -> sa.Select:
    """The guides, newest first, in whose name or file every word of the search occurs. Raises SearchError."""
    statement = sa.select(Guide).order_by(Guide.created_at.desc(), Guide.id.desc())
    for word in search_words(search):
        named = contains([Guide.search_key], word)
        statement = statement.where(named | Guide.id.in_(_with_text(word)))
    return statement


def categories_in_use(session: Session) -> list[tuple[GuideCategory, int]]:
    """The categories that have guides, by name, and how many each has."""
    count = sa.func.count(Guide.id)
    found = session.execute(
        sa.select(GuideCategory, count)
        .join(Guide, Guide.category_id == GuideCategory.id)
        .group_by(GuideCategory.id)
        .order_by(GuideCategory.name_key, GuideCategory.id)
    )
    return [(category, number) for category, number in found]


def _with_text(word: str) -> sa.Select:
    """The guides in whose files the word occurs. The texts are long: the index tells which to read."""
    grams = sa.select(sa.func.guides_grams(sa.func.core_fold(word))).scalar_subquery()
    return sa.select(GuideVersion.guide_id).where(
        GuideVersion.is_current,
        sa.func.guides_grams(GuideVersion.search_key).bool_op("@>")(grams),
        contains([GuideVersion.search_key], word),
    )


def _keep(
    session: Session, store: FileStore, guide_id: int, file: uploads.Upload, by_user_id: int | None
) -> None:
    lock(session, LOCK)
    store.keep(file.received)
    session.add(
        GuideVersion(
            guide_id=guide_id,
            is_current=True,
            digest=file.received.digest,
            size=file.received.size,
            type=file.kind.type,
            name=file.name,
            text_status=TEXT_WAITING if file.kind.is_searchable else TEXT_NONE,
            uploaded_by=by_user_id,
        )
    )
    session.flush()
