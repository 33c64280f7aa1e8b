"""The file in a form that somebody posted."""

from __future__ import annotations

from pathlib import PurePath

from hhu_base.web.form_limits import FILE_FIELD

_LONGEST_NAME = 200


def posted_file(request, max_bytes: int) -> tuple[str, bytes]:
    """Its name, made fit to be shown, and its content; both empty where none was chosen.

    One byte more than ``max_bytes`` at most, which tells that it is too large.
    """
    field = request.POST.get(FILE_FIELD)
    if not hasattr(field, "filename"):
        return "", b""
    name = PurePath(str(field.filename).replace("\\", "/")).name[-_LONGEST_NAME:]
    with field.file as file:
        content = file.read(max_bytes + 1)
    return "".join(filter(str.isprintable, name)), content
