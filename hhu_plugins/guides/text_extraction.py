"""The text inside the files, for searches: read one at a time, by a worker of its own queue."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.documents import reader
from hhu_base.documents.file_kinds import extension_of
from hhu_base.documents.file_store import FileStore
from hhu_base.documents.limits import LIMITS, TEXT
from hhu_base.values.text import storable
from hhu_plugins.guides.models import TEXT_FAILED, TEXT_NONE, TEXT_READ, TEXT_WAITING, GuideVersion

TASK = "guides.read_texts"
# Reading takes its time, and a mail must not wait for it.
QUEUE = "files"
_MARGIN = 60


def read_next(session: Session, store: FileStore) -> bool:
    """Read the text of the oldest file whose text nobody has read; False: there is none.

    Its row is locked meanwhile, so that no other worker reads the same. A file that can't be read
    is not tried again: it would fail again.
    """
    session.execute(
        sa.text("SELECT set_config('idle_in_transaction_session_timeout', :value, true)"),
        {"value": f"{round(LIMITS[TEXT].patience + _MARGIN)}s"},
    )
    version = session.scalar(
        sa.select(GuideVersion)
        .where(GuideVersion.text_status == TEXT_WAITING)
        .order_by(GuideVersion.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if version is None:
        return False
    try:
        text = reader.read_text(store.path_of(version.digest), extension_of(version.name))
    except reader.Unreadable:
        version.text, version.text_status = "", TEXT_FAILED
    else:
        version.text = storable(text)
        # A scanned page is read without a fault, and has nothing to find.
        version.text_status = TEXT_READ if version.text else TEXT_NONE
    return True
