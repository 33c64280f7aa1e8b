"""Files that answer a field of a form: received, checked and kept as guides are.

A file is kept first and named in the answers afterwards, so a page can show the form again for
another mistake without losing it. One that nobody named within a day is swept away, and so is
one whose registration is gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, BinaryIO

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.database import among, lock
from hhu_base.documents import uploads
from hhu_base.documents.file_store import FileStore
from hhu_base.values.refusal import Refusal
from hhu_plugins.activities.models import Activity, Enrollment, FormFile, WaitingEntry

LOCK = "activities.files"
MOST_WAITING = 20
TOO_MANY = "上传的文件太多，请先提交报名，或明天再试。"
NO_SUCH_FIELD = "报名表单已经改变，请刷新后重试。"
_UNUSED_FOR = timedelta(days=1)


def keep(
    session: Session,
    settings: uploads.UploadSettings,
    stream: BinaryIO,
    file_name: str,
    *,
    activity_id: int,
    user_id: int,
    field: str,
) -> FormFile:
    """Receive a file for this field; whether it is used is decided when the form is sent.

    Raises Refusal for a file that is not taken.
    """
    form = session.scalar(sa.select(Activity.form_metas).where(Activity.id == activity_id)) or {}
    if form.get(field, {}).get("type") != "file":
        raise Refusal(NO_SUCH_FIELD)
    unused = sa.select(sa.func.count()).where(FormFile.user_id == user_id, ~FormFile.is_used)
    if (session.scalar(unused) or 0) >= MOST_WAITING:
        raise Refusal(TOO_MANY)
    with uploads.receive(settings, stream, file_name) as file:
        lock(session, LOCK)
        settings.store.keep(file.received)
        row = FormFile(
            activity_id=activity_id,
            user_id=user_id,
            field=field,
            name=file.name,
            digest=file.received.digest,
            size=file.received.size,
            type=file.kind.type,
        )
        session.add(row)
        session.flush()
    return row


def own(
    session: Session, ids: Mapping[str, int], *, activity_id: int, user_id: int
) -> dict[str, FormFile]:
    """Field → file, of those that this person has sent for this field; the others are left out."""
    found = session.scalars(
        sa.select(FormFile)
        .where(
            among(FormFile.id, ids.values()),
            FormFile.activity_id == activity_id,
            FormFile.user_id == user_id,
        )
        # Held: a sweep must not take it before the answers that name it are stored.
        .with_for_update(read=True, key_share=True)
    )
    by_id = {file.id: file for file in found}
    return {
        field: by_id[file_id]
        for field, file_id in ids.items()
        if file_id in by_id and by_id[file_id].field == field
    }


def of_answers(session: Session, row: Enrollment | WaitingEntry) -> dict[str, FormFile]:
    """Field → file, of what was answered."""
    ids = {
        field: answer["file"]
        for field, answer in row.participating_metas.items()
        if isinstance(answer, dict) and "file" in answer
    }
    if not ids:
        return {}
    return own(session, ids, activity_id=row.activity_id, user_id=row.user_id)


def answer(file: FormFile) -> dict[str, Any]:
    """What the answers say of a file."""
    return {"file": file.id, "name": file.name}


def mark_used(session: Session, answers: Mapping[str, Any]) -> None:
    """These answers are stored now: their files stay as long as they do."""
    ids = [each["file"] for each in answers.values() if isinstance(each, dict)]
    if ids:
        session.execute(
            sa.update(FormFile)
            .where(among(FormFile.id, ids))
            .values(is_used=True)
            .execution_options(synchronize_session=False)
        )


def delete_unused(session: Session, store: FileStore) -> int:
    """Remove what no registration needs any more; returns how many files that were."""
    lock(session, LOCK)
    here = (FormFile.activity_id, FormFile.user_id)
    is_kept = sa.or_(
        *(
            sa.exists().where(table.activity_id == here[0], table.user_id == here[1])
            for table in (Enrollment, WaitingEntry)
        )
    )
    session.execute(
        sa.delete(FormFile)
        .where(
            FormFile.created_at < sa.func.now() - _UNUSED_FOR,
            ~(FormFile.is_used & is_kept),
        )
        .execution_options(synchronize_session=False)
    )
    return store.remove_all_but(needed_digests(session))


def needed_digests(session: Session) -> set[str]:
    return set(session.scalars(sa.select(FormFile.digest).distinct()))
