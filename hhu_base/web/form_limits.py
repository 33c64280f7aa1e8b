"""What is posted to these pages is looked at before anything reads it.

WebOb keeps an object for each part of a form, however many there are, raises whatever comes for
one that is none, and gives a file where a text was expected. So every client, signed in or not,
is held to a number of bytes and of fields; and a file is only what a view with ``takes_files``
gets in the field ``file``.
"""

from __future__ import annotations

from typing import IO

from pyramid.security import NO_PERMISSION_REQUIRED
from webob.compat import cgi_FieldStorage, parse_header

from hhu_base.values.refusal import Refusal
from hhu_base.web.errors import TooLarge, is_disk_full
from hhu_base.web.request import FORM
from hhu_base.web.security import is_page

MULTIPART = "multipart/form-data"
# A group of all teachers has a field for each; a hundred thousand would cost minutes.
MOST_FIELDS = 5000
# To sign in takes four.
FEW_FIELDS = 50
FILE_FIELD = "file"
_BLOCK = 256 * 1024


def posted_view(view, info):
    """View deriver: between the permission, which comes first, and CSRF, which reads the form."""
    if info.exception_only or info.options.get("require_csrf") is False:
        return view
    takes_files = info.options.get("takes_files", False)
    is_for_all = info.options.get("permission") == NO_PERMISSION_REQUIRED
    most_fields = FEW_FIELDS if is_for_all else MOST_FIELDS

    def looked_at(context, request):
        if request.method == "POST" and is_page(request):
            check(request, takes_files, most_fields)
        return view(context, request)

    return looked_at


posted_view.options = ("takes_files",)  # type: ignore[attr-defined]


def check(request, takes_files: bool, most_fields: int) -> None:
    """Raises TooLarge or Refusal; afterwards ``request.POST`` has texts, and files if it may."""
    most = request.registry["rest.max_body_bytes"]
    # With files it is the web server that has a limit.
    if not takes_files and (request.content_length or 0) > most:
        raise TooLarge
    kind, options = parse_header(request.environ.get("CONTENT_TYPE", ""))
    if kind in (FORM, ""):
        delimiter = b"&"
    elif kind != MULTIPART:
        return  # JSON, of which WebOb makes no form.
    elif takes_files:
        # A file may be full of lines that look like the ends of parts.
        delimiter = b"--" + options.get("boundary", "").encode("latin-1", "replace")
    else:
        delimiter = b"\n--"  # of parts inside parts, too
    if _count(request, delimiter) > most_fields:
        raise Refusal("提交的字段太多。")
    try:
        fields = request.POST
    # Of forms that are none it raises many things, a DeprecationWarning among them. What is large it
    # keeps in a file.
    except Exception as error:
        if isinstance(error, OSError) and is_disk_full(error):
            raise
        raise Refusal("请求格式错误。") from None
    names = {name for name, value in fields.items() if isinstance(value, cgi_FieldStorage)}
    if names - ({FILE_FIELD} if takes_files else set()):
        raise Refusal("请求格式错误。")


def _count(request, delimiter: bytes) -> int:
    came = request.body_file_raw
    request.make_body_seekable()
    body = request.body_file_raw
    request.add_finished_callback(lambda request: _close(request, None if body is came else body))
    body.seek(0)
    count, tail = 0, b""
    while block := body.read(_BLOCK):
        count += (tail + block).count(delimiter)
        tail = block[-len(delimiter) + 1 :] if len(delimiter) > 1 else b""
    return count


def _close(request, copy: IO[bytes] | None) -> None:
    """The temporary files of a large form; ``copy`` is WebOb's, if it has made one."""
    parsed = request.environ.get("webob._parsed_post_vars")
    for value in parsed[0].values() if parsed else ():
        if isinstance(value, cgi_FieldStorage):
            value.file.close()
    if copy is not None:
        copy.close()


def includeme(config) -> None:
    config.add_view_deriver(posted_view, under="secured_view", over="csrf_view")
