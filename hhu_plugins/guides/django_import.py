"""The guides' part of a takeover.

Expected fields:

- ``guide.guidecategory``: ``name``
- ``guide.guide``: ``name``, ``category``, ``created``, and ``file``, a path in the media folder

A guide whose file is missing or empty is refused. Files are taken over whatever their size and
type, since people had them so far; what is no type of ours, or not what its name says, is offered
without a type. They are looked at where they are, and copied into the store at the end, if the
takeover is kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import sqlalchemy as sa

from hhu_base.cli.django_import.dump import Record
from hhu_base.cli.django_import.fields import Refused
from hhu_base.cli.django_import.importer import DjangoImport
from hhu_base.cli.django_import.rows import Table
from hhu_base.database import among, lock
from hhu_base.documents import file_kinds
from hhu_base.documents.file_store import FileStore, FileTooLarge
from hhu_plugins.guides import library
from hhu_plugins.guides.models import TEXT_NONE, TEXT_WAITING, Guide, GuideCategory, GuideVersion

CATEGORY, GUIDE = "guide.guidecategory", "guide.guide"
MODELS = (CATEGORY, GUIDE)

_NO_TYPE = "application/octet-stream"
# Each guide has a category here: the mini-program reads its name.
_NO_CATEGORY = "未分类"


@dataclass(frozen=True)
class _File:
    """A file in the media folder, and what its version will say of it."""

    path: Path
    digest: str
    size: int
    name: str
    kind: file_kinds.FileType | None


def take_categories(takeover: DjangoImport) -> None:
    def read(takeover: DjangoImport, record: Record) -> dict[str, Any]:
        return {"name": takeover.required_text(record, "name", GuideCategory.name).strip()}

    rows = takeover.rows(CATEGORY, read)
    takeover.store(GuideCategory, CATEGORY, rows, same=("name",), is_merged=True)


def take_guides(takeover: DjangoImport, store: FileStore) -> None:
    if not takeover.dump.get(GUIDE):
        return
    if takeover.media is None:
        takeover.problems.append("请用 --media 给出原系统存放上传文件的文件夹，办事指南需要它。")
        for record in takeover.records(GUIDE):
            takeover.refuse(record, "没有给出 --media")
        return
    media = takeover.media.resolve()
    # Until the end of the transaction no sweep takes a file for one that nobody needs.
    lock(takeover.session, library.LOCK)
    files: dict[str, _File] = {}

    def read(takeover: DjangoImport, record: Record) -> dict[str, Any]:
        file = _find(takeover, media, record)
        files[file.digest] = file
        return {
            "name": takeover.text(record, "name", Guide.name).strip()
            or PurePosixPath(file.name).stem,
            "category_id": takeover.reference(record, CATEGORY, "category")
            or _no_category(takeover),
            "created_at": takeover.instant(record, "created"),
            "file": file.digest,
        }

    stored = takeover.store(
        Guide,
        GUIDE,
        takeover.rows(GUIDE, read),
        same=("name", "created_at"),
        is_unique=False,
        current=lambda ids: _current_files(takeover, ids),
    )
    replaced = [id_ for id_, row in stored.updated.items() if "file" in row]
    takeover.session.execute(
        sa.update(GuideVersion)
        .where(among(GuideVersion.guide_id, replaced))
        .values(is_current=False)
    )
    for id_, row in (stored.new | stored.updated).items():
        if "file" in row:
            file = files[row["file"]]
            # Of a file that has replaced another nobody knows when.
            more = {"uploaded_at": row["created_at"]} if id_ in stored.new else {}
            takeover.session.add(_version(file, guide_id=id_, **more))
            takeover.at_the_end.append(partial(_copy, takeover, store, file))


def _current_files(takeover: DjangoImport, ids: Collection[int]) -> dict[int, dict[str, Any]]:
    found = takeover.session.execute(
        sa.select(GuideVersion.guide_id, GuideVersion.digest).where(
            GuideVersion.is_current, among(GuideVersion.guide_id, ids)
        )
    )
    return {row.guide_id: {"file": row.digest} for row in found}


def _no_category(takeover: DjangoImport) -> int:
    table = Table(takeover.session, GuideCategory, ("name",), None)
    table.read((), ())
    row = {"name": _NO_CATEGORY}
    id_ = table.owner(row)
    if id_ is None:
        id_ = table.free_id()
        takeover.session.execute(sa.insert(GuideCategory), [{"id": id_, **row}])
    return id_


def _find(takeover: DjangoImport, media: Path, record: Record) -> _File:
    """The file of a guide. Raises Refused."""
    told = record.fields.get("file")
    text = told.strip() if isinstance(told, str) else ""
    shown = text[:100]
    try:
        path = (media / text).resolve()
        if not text or not path.is_relative_to(media) or not path.is_file():
            raise Refused(f"媒体文件夹里没有文件 {shown!r}")
        file = _examine(path)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "文件名不合法"
        raise Refused(f"文件 {shown!r} 无法读取：{reason}") from None
    if not file.size:
        raise Refused(f"文件 {shown!r} 是空的")
    if file.kind is None:
        takeover.note(record, f"{file.name} 的类型无法确认，只提供下载")
    return file


def _examine(path: Path) -> _File:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    extension = file_kinds.extension_of(path.name)
    kind = file_kinds.KINDS.get(extension)
    if kind is not None and file_kinds.problem_with(path, extension):
        kind = None
    name = library.clean_name(path.name)
    return _File(path, digest, path.stat().st_size, name, kind)


def _version(file: _File, **values: Any) -> GuideVersion:
    is_searchable = file.kind is not None and file.kind.is_searchable
    return GuideVersion(
        **values,
        is_current=True,
        digest=file.digest,
        size=file.size,
        type=file.kind.type if file.kind else _NO_TYPE,
        name=file.name,
        text_status=TEXT_WAITING if is_searchable else TEXT_NONE,
    )


def _copy(takeover: DjangoImport, store: FileStore, file: _File) -> None:
    """Into the store; another content than the one that was announced is a problem."""
    reason = "在导入过程中被改动"
    try:
        with file.path.open("rb") as stream, store.receiving(stream, file.size) as received:
            if received.digest == file.digest:
                store.keep(received)
                return
    except FileTooLarge:
        pass
    except OSError as error:
        reason = f"无法复制：{error.strerror}"
    takeover.problems.append(f"文件 {file.name} {reason}。")
