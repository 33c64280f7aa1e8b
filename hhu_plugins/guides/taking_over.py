"""The guides' part of a takeover.

Expected fields; where several are named, the first that a record has is taken:

- ``guide.category``: ``name``
- ``guide.guide``: ``name`` (or ``title``), ``category``, ``created`` (or ``created_at``,
  ``created_time``, ``create_time``, ``upload_time``), and ``file`` (or ``attachment``, ``document``,
  ``path``), a path in the media folder, as Django's FileField has it

A file that is missing or empty is listed, and stops the takeover unless ``files`` may be missing:
then its guide is left out. Files are taken over whatever their size and type, since people had
them so far; what is no type of ours, or not what its name says, is offered without a type. They
are looked at where they are, and copied into the store at the end, if the takeover is kept.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import sqlalchemy as sa

from hhu_base.database import lock
from hhu_base.taking_over.dump import Record
from hhu_base.taking_over.takeover import LEFT_OUT, Row, Takeover
from hhu_plugins.guides import kinds, library
from hhu_plugins.guides.models import TEXT_NONE, TEXT_WAITING, Category, Guide, Version
from hhu_plugins.guides.storing import Store, TooLarge

CATEGORY, GUIDE = "guide.category", "guide.guide"

_NAME = ("name", "title")
_FILE = ("file", "attachment", "document", "path")
_CREATED = ("created", "created_at", "created_time", "create_time", "upload_time")
_NO_TYPE = "application/octet-stream"


@dataclass(frozen=True)
class _File:
    """A file in the media folder, and what its version will say of it."""

    path: Path
    digest: str
    size: int
    name: str
    kind: kinds.Kind | None


def take_categories(takeover: Takeover) -> None:
    records = takeover.records(CATEGORY)
    takeover.know(CATEGORY, records, "name")
    rows = [(it, {"name": takeover.text(it, "name", Category.name)}) for it in records]
    takeover.store(Category, CATEGORY, rows, same=("name",))


def take_guides(takeover: Takeover, store: Store) -> None:
    records = takeover.records(GUIDE)
    if not records:
        return
    if takeover.media is None:
        takeover.problems.append("请用 --media 给出原系统存放上传文件的文件夹，办事指南需要它。")
        return
    media = takeover.media.resolve()
    # Until the end of the transaction no sweep takes a file for one that nobody needs.
    lock(takeover.session, library.LOCK)
    rows: list[Row] = []
    files: dict[int, _File] = {}
    for record in records:
        file = _find(takeover, media, record)
        if file is not None and (row := _guide(takeover, record, file)):
            rows.append((record, row))
            files[record.pk] = file
    takeover.store(Guide, GUIDE, rows, same=("name", "created_at"), is_unique=False)
    if not takeover.problems:
        _write_versions(takeover, store, files)


def _guide(takeover: Takeover, record: Record, file: _File) -> dict[str, Any] | None:
    category_id = takeover.required(record, CATEGORY, "category")
    created = takeover.instant(record, record.name_of(*_CREATED))
    name = takeover.text(record, record.name_of(*_NAME), Guide.name).strip()
    if category_id is None or created is None:
        return None
    return {
        "name": name or PurePosixPath(file.name).stem,
        "category_id": category_id,
        "created_at": created,
    }


def _find(takeover: Takeover, media: Path, record: Record) -> _File | None:
    """The file of a guide; None: there is none, which is noted."""
    told = record.first_of(*_FILE)
    text = told.strip() if isinstance(told, str) else ""
    shown = text[:100]
    try:
        path = (media / text).resolve()
        if not text or not path.is_relative_to(media) or not path.is_file():
            _without_file(takeover, record, f"媒体文件夹里没有文件 {shown!r}")
            return None
        file = _examine(path)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "文件名不合法"
        _without_file(takeover, record, f"文件 {shown!r} 无法读取：{reason}")
        return None
    if not file.size:
        _without_file(takeover, record, f"文件 {shown!r} 是空的")
        return None
    if file.kind is None:
        takeover.notes.append(f"{record}：{file.name} 的类型无法确认，只提供下载。")
    return file


def _without_file(takeover: Takeover, record: Record, sentence: str) -> None:
    if takeover.trouble("files", f"{record}：{sentence}"):
        takeover.count(GUIDE, LEFT_OUT)


def _examine(path: Path) -> _File:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    extension = kinds.extension_of(path.name)
    kind = kinds.KINDS.get(extension)
    if kind is not None and kinds.problem_with(path, extension):
        kind = None
    name = library.clean_name(path.name)
    return _File(path, digest, path.stat().st_size, name, kind)


def _write_versions(takeover: Takeover, store: Store, files: dict[int, _File]) -> None:
    """For the guides that have none yet: those that have been written just now."""
    has_one = sa.exists().where(Version.guide_id == Guide.id)
    new = takeover.session.execute(
        sa.select(Guide.id, Guide.created_at).where(Guide.id.in_(files), ~has_one)
    ).all()
    takeover.session.add_all(
        _version(files[row.id], guide_id=row.id, uploaded_at=row.created_at) for row in new
    )
    takeover.at_the_end += [partial(_copy, takeover, store, files[row.id]) for row in new]


def _version(file: _File, **values: Any) -> Version:
    is_searchable = file.kind is not None and file.kind.is_searchable
    return Version(
        **values,
        is_current=True,
        digest=file.digest,
        size=file.size,
        type=file.kind.type if file.kind else _NO_TYPE,
        name=file.name,
        text_status=TEXT_WAITING if is_searchable else TEXT_NONE,
    )


def _copy(takeover: Takeover, store: Store, file: _File) -> None:
    """Into the store; another content than the one that was announced is a problem."""
    reason = "在导入过程中被改动"
    try:
        with file.path.open("rb") as stream, store.receiving(stream, file.size) as received:
            if received.digest == file.digest:
                store.keep(received)
                return
    except TooLarge:
        pass
    except OSError as error:
        reason = f"无法复制：{error.strerror}"
    takeover.problems.append(f"文件 {file.name} {reason}。")
