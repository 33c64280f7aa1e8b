"""Kinds of files: what a name promises, and whether the content keeps the promise."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import filetype
import olefile

from hhu_base.archives import open_zip
from hhu_plugins.guides.reading import text_encoding

_OFFICE = "application/vnd.openxmlformats-officedocument."


@dataclass(frozen=True)
class Kind:
    """``is_it`` looks into a file; ``is_searchable``: there is text in it that can be read."""

    type: str
    is_it: Callable[[Path], bool]
    is_searchable: bool = False


def _magic(*extensions: str) -> Callable[[Path], bool]:
    def is_it(path: Path) -> bool:
        guessed = filetype.guess(str(path))
        return guessed is not None and guessed.extension in extensions

    return is_it


def _pdf(path: Path) -> bool:
    # Some programs write something in front of it, and every reader takes that.
    with path.open("rb") as file:
        return b"%PDF-" in file.read(1024)


def _office(main: str) -> Callable[[Path], bool]:
    """One of today's Office files: a ZIP with the right part in it, and without macros."""

    def is_it(path: Path) -> bool:
        try:
            with path.open("rb") as file, open_zip(file) as archive:
                names = set(archive.namelist())
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
            return False
        has_macros = any(name.endswith("vbaProject.bin") for name in names)
        return {"[Content_Types].xml", main} <= names and not has_macros

    return is_it


def _old_office(*streams: str) -> Callable[[Path], bool]:
    """One of the Office files of before 2007."""

    def is_it(path: Path) -> bool:
        try:
            with olefile.OleFileIO(str(path)) as file:
                return any(file.exists(stream) for stream in streams)
        # Of damaged files it raises whatever comes.
        except Exception:
            return False

    return is_it


def _zip(path: Path) -> bool:
    return zipfile.is_zipfile(path)


def _text(path: Path) -> bool:
    return text_encoding(path) is not None


KINDS: dict[str, Kind] = {
    "pdf": Kind("application/pdf", _pdf, is_searchable=True),
    "docx": Kind(
        f"{_OFFICE}wordprocessingml.document", _office("word/document.xml"), is_searchable=True
    ),
    "xlsx": Kind(f"{_OFFICE}spreadsheetml.sheet", _office("xl/workbook.xml"), is_searchable=True),
    "pptx": Kind(
        f"{_OFFICE}presentationml.presentation",
        _office("ppt/presentation.xml"),
        is_searchable=True,
    ),
    "doc": Kind("application/msword", _old_office("WordDocument")),
    "xls": Kind("application/vnd.ms-excel", _old_office("Workbook", "Book")),
    "ppt": Kind("application/vnd.ms-powerpoint", _old_office("PowerPoint Document")),
    "txt": Kind("text/plain", _text, is_searchable=True),
    "csv": Kind("text/csv", _text, is_searchable=True),
    "md": Kind("text/markdown", _text, is_searchable=True),
    "png": Kind("image/png", _magic("png")),
    "jpg": Kind("image/jpeg", _magic("jpg")),
    "jpeg": Kind("image/jpeg", _magic("jpg")),
    "gif": Kind("image/gif", _magic("gif")),
    "mp4": Kind("video/mp4", _magic("mp4", "m4v")),
    "zip": Kind("application/zip", _zip),
    "rar": Kind("application/vnd.rar", _magic("rar")),
    "7z": Kind("application/x-7z-compressed", _magic("7z")),
}
DEFAULT = "pdf docx xlsx pptx doc xls ppt txt csv md png jpg jpeg gif mp4 zip"


def extension_of(name: str) -> str:
    """What comes after the last dot, in lower case; empty if there is none."""
    return PurePosixPath(name).suffix.removeprefix(".").lower()
