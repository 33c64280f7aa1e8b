"""Whether a file is of the type that its name promises, where one has to open it to know."""

from __future__ import annotations

from pathlib import Path

from hhu_base.documents import plain
from hhu_base.values.office_packages import Package, PackageError, PackageTooLarge

_MOST_BYTES = 64 * 1024**2
_OFFICE = "application/vnd.openxmlformats-officedocument."
_MAIN_TYPES = {
    "docx": f"{_OFFICE}wordprocessingml.",
    "xlsx": f"{_OFFICE}spreadsheetml.",
    "pptx": f"{_OFFICE}presentationml.",
}
# Of before 2007: streams of which one is there.
_STREAMS = {
    "doc": ("WordDocument",),
    "xls": ("Workbook", "Book"),
    "ppt": ("PowerPoint Document",),
}
OPENED = (*_MAIN_TYPES, *_STREAMS, "txt", "csv", "md")


def judge(path: Path, extension: str) -> str:
    """Empty for a file of this type (one of ``OPENED``); ``mismatch``, or ``macros`` in it."""
    if extension in _MAIN_TYPES:
        return _judge_package(path, _MAIN_TYPES[extension])
    if extension in _STREAMS:
        return "" if _has_stream(path, _STREAMS[extension]) else "mismatch"
    return "" if plain.text_encoding(path) else "mismatch"


def _judge_package(path: Path, expected: str) -> str:
    try:
        with path.open("rb") as file:
            package = Package(file, _MOST_BYTES)
            type_ = package.content_type(package.main_part())
            if package.has_macros():
                return "macros"
    except (PackageError, PackageTooLarge, OSError):
        return "mismatch"
    return "" if type_.startswith(expected) else "mismatch"


def _has_stream(path: Path, names: tuple[str, ...]) -> bool:
    import olefile

    try:
        with olefile.OleFileIO(str(path)) as file:
            return any(file.exists(name) for name in names)
    # Of damaged files it raises whatever comes.
    except Exception:
        return False
