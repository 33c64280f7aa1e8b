"""Answers that are files or tables, and answers that are not sent again to who has them.

A stored file is sent whole, in part, or not at all if the client has it. It goes through ``wsgi.file_wrapper`` where the server has one. Waitress then sends it from
its main loop: neither is it held in memory, nor is a thread occupied by a client on a slow line.
"""

from __future__ import annotations

import hashlib
import io
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Any, BinaryIO

from pyramid.response import FileIter, Response

from hhu_base.values import spreadsheets
from hhu_base.web.headers import content_disposition

_BLOCK = 64 * 1024
_IN_MEMORY = 2**20
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})", re.IGNORECASE)


class OutOfRange(Exception):
    """None of the bytes that are asked for exist."""


# For what never changes under its address.
IMMUTABLE = "private, max-age=31536000, immutable"


def respond(
    request,
    path: Path,
    *,
    size: int | None = None,
    etag: str,
    type_: str,
    name: str | None,
    modified: datetime,
    caching: str = "private, no-cache",
) -> Response:
    """200, 206, 304 or 416. Raises FileNotFoundError.

    ``name``: that of a download; None: a page shows it. ``size``: where it is known already.
    """
    if size is None:
        size = path.stat().st_size
    response = Response(
        content_type=type_,
        # Texts are stored as they came, in whatever encoding.
        charset=None,
        etag=etag,
        last_modified=modified,
        accept_ranges="bytes",
        cache_control=caching,
        vary=("Authorization",),
    )
    if name is not None:
        response.headers["Content-Disposition"] = content_disposition(name)
    response.headers["X-Content-Type-Options"] = "nosniff"
    if "If-None-Match" in request.headers and etag in request.if_none_match:
        response.status_code = 304
        response.content_type = None
        response.content_length = None
        return response
    start, end = 0, size
    # RFC 9110: ranges are for GET only.
    if request.method == "GET" and _has_the_rest(request, etag):
        try:
            part = part_of(size, request.headers.get("Range", ""))
        except OutOfRange:
            response.status_code = 416
            response.headers["Content-Range"] = f"bytes */{size}"
            response.content_length = 0
            return response
        if part is not None:
            start, end = part
            response.status_code = 206
            response.headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    file = path.open("rb")
    file.seek(start)
    response.app_iter = _body(request, file, end - start, is_to_end=end == size)
    response.content_length = end - start
    return response


def part_of(size: int, header: str) -> tuple[int, int] | None:
    """The bytes that a Range header asks for, end excluded; None: all of them.

    Our own, since WebOb's answers only the first of several, and fails for ``bytes=--5``. Several
    at once, and what can't be read, count as none, which the RFC allows. Raises OutOfRange.
    """
    match = _RANGE.fullmatch(header.strip())
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return None
    if start >= size:
        raise OutOfRange
    return start, end


def is_whole(response: Response) -> bool:
    """Whether the answer begins a download: all of the file, or its first part."""
    begins = response.headers.get("Content-Range", "").startswith("bytes 0-")
    return response.status_code == 200 or (response.status_code == 206 and begins)


def _has_the_rest(request, etag: str) -> bool:
    """A part is of use only to who has the rest of this very version."""
    asked = request.headers.get("If-Range", "").strip()
    return not asked or asked == f'"{etag}"'


def _body(request, file: BinaryIO, length: int, *, is_to_end: bool):
    wrapper = request.environ.get("wsgi.file_wrapper")
    # Not every server's wrapper stops where we say.
    if wrapper is not None and is_to_end:
        return wrapper(file, _BLOCK)
    return _Part(file, length)


class _Part:
    """So many bytes of a file, block by block."""

    def __init__(self, file: BinaryIO, length: int):
        self._file = file
        self._left = length

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        block = self._file.read(min(_BLOCK, self._left))
        if not block:
            raise StopIteration
        self._left -= len(block)
        return block

    def close(self) -> None:
        self._file.close()


def download(request, title: str, titles: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    """A table as a file of the kind that the path asks for, ``xlsx`` or ``csv``.

    It is written to a temporary file first: the answer leaves after the transaction has ended.
    """
    kind = request.matchdict["kind"]
    file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115
    spreadsheets.write(file, kind, title, titles, rows)
    return table(file, dated(request, title), kind)


def table(file: IO[bytes], name: str, kind: str) -> Response:
    """What was written to ``file``, under this name."""
    length = file.seek(0, io.SEEK_END)
    file.seek(0)
    disposition = content_disposition(f"{name}.{kind}", f"table.{kind}")
    return Response(
        app_iter=FileIter(file),
        content_length=length,
        headerlist=[
            ("Content-Type", spreadsheets.TYPES[kind]),
            ("Content-Disposition", disposition),
        ],
    )


def dated(request, title: str) -> str:
    """The name of a file that says when it was made."""
    return f"{title}-{datetime.now(request.registry.site_zone):%Y%m%d-%H%M}"


def revalidated(response: Response, user_id: int) -> Response:
    """This answer to this user, with an ETag; 304 for who has this very answer."""
    digest = hashlib.blake2b(response.body, digest_size=16)
    # Whatever keeps answers on their way must not take one caller's for another's.
    digest.update(user_id.to_bytes(8))
    response.etag = digest.hexdigest()
    response.cache_control = "private, no-cache"
    response.vary = ("Authorization",)
    response.conditional_response = True
    return response
