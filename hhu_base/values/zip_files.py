"""Opening ZIP archives from outside, XLSX and its kin among them, without trusting them."""

from __future__ import annotations

import io
import zipfile
from typing import IO

# An Office file has some dozens of parts; each costs a hundred bytes here and a thousand in memory.
_LARGEST_DIRECTORY = 1024 * 1024


class _Wary(io.BufferedIOBase):
    """A file of which not very much is read at once, until all the directory has been."""

    def __init__(self, file: IO[bytes]):
        self._file = file
        self.is_opening = True

    def read(self, size: int | None = -1, /) -> bytes:
        size = -1 if size is None else size
        if not self.is_opening:
            return self._file.read(size)
        if size > _LARGEST_DIRECTORY:
            raise zipfile.BadZipFile("a directory that is too large")
        return self._file.read(_LARGEST_DIRECTORY if size < 0 else size)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True


def open_zip(file: IO[bytes]) -> zipfile.ZipFile:
    """The archive in ``file``. Raises BadZipFile, also where its directory is very large.

    ``zipfile`` makes an object for each entry as soon as it opens an archive: of 100 MB that are
    nothing but directory it makes gigabytes.
    """
    wary = _Wary(file)
    archive = zipfile.ZipFile(wary)
    wary.is_opening = False
    return archive
