"""The outermost tween: URLs that cannot be read stop here, and no error leaves as bare HTML.

Exception views run inside the transaction; this is for what fails outside of it, such as a
transaction that cannot even begin, and for exception views that fail themselves.
"""

from __future__ import annotations

import logging
import re
import sys
from urllib.parse import unquote_to_bytes

from pyramid.tweens import EXCVIEW
from webob.datetime_utils import parse_date

from hhu_base.values.refusal import Refusal
from hhu_base.web.error_views import last_resort, named
from hhu_base.web.errors import NotFound

log = logging.getLogger(__name__)

# A name or an address, and perhaps a port.
_HOST = re.compile(r"([A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{0,5})?")
_DATES = ("HTTP_IF_MODIFIED_SINCE", "HTTP_IF_UNMODIFIED_SINCE", "HTTP_IF_RANGE")


def url_guard_tween_factory(handler, registry):
    def guard(request):
        try:
            check_url(request.environ)
            drop_unreadable_dates(request.environ)
            return handler(request)
        except Exception:
            try:
                return request.invoke_exception_view(sys.exc_info(), reraise=True)
            except Exception:
                log.exception("an exception view failed during %s", named(request))
                return last_resort(request)

    return guard


def check_url(environ: dict) -> None:
    """WSGI hands bytes over as Latin-1; what is no UTF-8 would blow up wherever it is first read.

    So would a Host that is none, in the addresses that answers are full of.
    """
    if not _HOST.fullmatch(environ.get("HTTP_HOST") or "-"):
        raise Refusal("请求的主机名无效。")
    path = environ.get("PATH_INFO", "")
    if "\0" in path or "\n" in path or not (path.isascii() or is_utf8(path.encode("latin-1"))):
        raise NotFound
    query = environ.get("QUERY_STRING", "")
    if ("%" in query or not query.isascii()) and not is_utf8(
        unquote_to_bytes(query.encode("latin-1"))
    ):
        raise Refusal("查询参数不是有效的 UTF-8 编码。")


def drop_unreadable_dates(environ: dict) -> None:
    """RFC 9110: what is no date is ignored. WebOb reads it after all our code, and fails."""
    for name in _DATES:
        if name in environ:
            try:
                parse_date(environ[name])
            except (ValueError, OverflowError):
                del environ[name]


def is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def includeme(config) -> None:
    config.add_tween(
        "hhu_base.web.url_guard.url_guard_tween_factory",
        over=("pyramid_tm.tm_tween_factory", EXCVIEW),
    )
