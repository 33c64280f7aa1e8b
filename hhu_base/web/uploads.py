"""The files in a form that somebody posted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

from hhu_base.web.form_limits import FILE_FIELD

_LONGEST_NAME = 200


def posted_files(request, max_bytes: int) -> Iterator[tuple[str, bytes]]:
    """The name of each, made fit to be shown, and its content.

    One byte more than ``max_bytes`` at most, which tells that it is too large.
    """
    for field in request.POST.getall(FILE_FIELD):
        if not hasattr(field, "filename"):
            continue
        name = PurePath(str(field.filename).replace("\\", "/")).name[-_LONGEST_NAME:]
        with field.file as file:
            content = file.read(max_bytes + 1)
        yield "".join(filter(str.isprintable, name)), content


def posted_file(request, max_bytes: int) -> tuple[str, bytes]:
    """The only one; name and content are empty where none was chosen."""
    return next(posted_files(request, max_bytes), ("", b""))
