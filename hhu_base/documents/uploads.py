"""Files that people send, received and checked: a name that is taken, and content that is what it promises."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from hhu_base.documents import file_kinds
from hhu_base.documents.file_store import FileStore, FileTooLarge, ReceivedFile
from hhu_base.values import text
from hhu_base.values.refusal import Refusal

EMPTY = "文件是空的。"
NO_NAME = "文件没有名称。"
_LONGEST_NAME = 255


@dataclass(frozen=True)
class UploadSettings:
    """Where files are kept, and which are taken: extensions, and bytes at most."""

    store: FileStore
    types: tuple[str, ...]
    max_bytes: int


@dataclass(frozen=True)
class Upload:
    """A file that is taken: its name and content are what they should be."""

    received: ReceivedFile
    name: str
    kind: file_kinds.FileType


@contextmanager
def receive(settings: UploadSettings, stream: BinaryIO, file_name: str) -> Iterator[Upload]:
    """Receive and check a file; unless it is kept, it is gone after the block. Raises Refusal."""
    file_name = clean_name(file_name)
    extension = file_kinds.extension_of(file_name)
    # What has the wrong name is not even received.
    if not file_name:
        raise Refusal(NO_NAME)
    if extension not in settings.types:
        shown = f" .{extension} " if extension else "没有扩展名的"
        raise Refusal(f"不接受{shown}文件，可以上传：{'、'.join(settings.types)}。")
    try:
        with settings.store.receiving(stream, settings.max_bytes) as received:
            if not received.size:
                raise Refusal(EMPTY)
            if problem := file_kinds.problem_with(received.path, extension):
                raise Refusal(problem)
            yield Upload(received, file_name, file_kinds.KINDS[extension])
    except FileTooLarge:
        raise Refusal(f"文件不能超过 {readable_size(settings.max_bytes)}。") from None


def clean_name(name: str) -> str:
    """A file's name as a browser sends it: some send the whole path, and Windows' has backslashes."""
    name = text.clean_name(text.storable(name.replace("\\", "/").rpartition("/")[2]))
    stem, dot, extension = name.rpartition(".")
    return stem[: _LONGEST_NAME - len(dot + extension)] + dot + extension if stem else name


def readable_size(size: int) -> str:
    """``20 MB``, ``1.5 MB``, ``300 KB``."""
    for unit, bytes_ in (("MB", 1024**2), ("KB", 1024)):
        if size >= bytes_:
            return f"{size / bytes_:.1f}".removesuffix(".0") + f" {unit}"
    return f"{size} 字节"
