"""Kinds of files: what a name promises, and whether the content keeps the promise."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import filetype

from hhu_base.documents import reader

_OFFICE = "application/vnd.openxmlformats-officedocument."
BUSY = reader.BUSY


@dataclass(frozen=True)
class FileType:
    """``is_it`` looks at the first and last bytes; without it, the file has to be opened.

    ``is_searchable``: there is text in it that can be read.
    """

    type: str
    is_it: Callable[[Path], bool] | None = None
    is_searchable: bool = False


def problem_with(path: Path, extension: str) -> str:
    """Why the file is not what its name promises, in a sentence; empty where it is."""
    is_it = KINDS[extension].is_it
    if is_it is not None:
        verdict = "" if is_it(path) else reader.MISMATCH
    else:
        try:
            verdict = reader.judge(path, extension)
        except reader.Busy:
            return BUSY
    if verdict == reader.MACROS:
        return f"文件含有宏。请另存为不含宏的 .{extension} 文件后再上传。"
    return f"文件的内容与扩展名 .{extension} 不符。" if verdict else ""


def _magic(*extensions: str) -> Callable[[Path], bool]:
    def is_it(path: Path) -> bool:
        guessed = filetype.guess(str(path))
        return guessed is not None and guessed.extension in extensions

    return is_it


def _pdf(path: Path) -> bool:
    # Some programs write something in front of it, and every reader takes that.
    with path.open("rb") as file:
        return b"%PDF-" in file.read(1024)


def _zip(path: Path) -> bool:
    return zipfile.is_zipfile(path)


KINDS: dict[str, FileType] = {
    "pdf": FileType("application/pdf", _pdf, is_searchable=True),
    "docx": FileType(f"{_OFFICE}wordprocessingml.document", is_searchable=True),
    "xlsx": FileType(f"{_OFFICE}spreadsheetml.sheet", is_searchable=True),
    "pptx": FileType(f"{_OFFICE}presentationml.presentation", is_searchable=True),
    "doc": FileType("application/msword"),
    "xls": FileType("application/vnd.ms-excel"),
    "ppt": FileType("application/vnd.ms-powerpoint"),
    "txt": FileType("text/plain", is_searchable=True),
    "csv": FileType("text/csv", is_searchable=True),
    "md": FileType("text/markdown", is_searchable=True),
    "png": FileType("image/png", _magic("png")),
    "jpg": FileType("image/jpeg", _magic("jpg")),
    "jpeg": FileType("image/jpeg", _magic("jpg")),
    "gif": FileType("image/gif", _magic("gif")),
    "mp4": FileType("video/mp4", _magic("mp4", "m4v")),
    "zip": FileType("application/zip", _zip),
    "rar": FileType("application/vnd.rar", _magic("rar")),
    "7z": FileType("application/x-7z-compressed", _magic("7z")),
}
DEFAULT = "pdf docx xlsx pptx doc xls ppt txt csv md png jpg jpeg gif mp4 zip"


def extension_of(name: str) -> str:
    """What comes after the last dot, in lower case; empty if there is none."""
    return PurePosixPath(name).suffix.removeprefix(".").lower()
