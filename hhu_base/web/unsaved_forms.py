"""What was filled in when the session had ended: kept in the page of the sign-in, and sent again.

The fields travel as one hidden field through the sign-in; afterwards a page shows where they would
go, and its button posts them there, as if they came from the form itself. So nothing is saved
without a click, everything is checked as ever, and nothing is stored on the way. Passwords and
files are left out. Only forms of our own pages are kept, or any page could have a visitor post.
"""

from __future__ import annotations

import json
from urllib.parse import quote

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.renderers import render_to_response
from pyramid.response import Response

from hhu_base.values.refusal import Refusal
from hhu_base.web import form_limits
from hhu_base.web.audit import is_secret
from hhu_base.web.security import home_of, is_page

FIELD = "unsaved"
LONGEST = 50_000
_MOST_FIELDS = 1000
# The form of one's own password has nothing else.
_PASSWORDS = frozenset(("current", "new", "again"))

Fields = list[tuple[str, str]]


def ask_to_sign_in(request) -> Response:
    """The page of the sign-in, or the way to it; afterwards one is where one wanted to be."""
    fields = read(request)
    if fields:
        return _sign_in_first(request, fields)
    home = home_of(request)
    response = HTTPSeeOther(f"{home}sign-in")
    wanted = request.path_qs if request.method == "GET" else home
    if wanted != home:
        response.location = f"{home}sign-in?next={quote(wanted, safe='')}"
    return response


def _sign_in_first(request, fields: Fields) -> Response:
    """The sign-in itself, since a redirect would lose what was filled in."""
    page = {
        "username": "",
        "error": "登录状态已经失效，刚才的内容还没有保存。请重新登录，填写的内容会保留。",
        "next": request.path_qs,
        "unsaved": pack(fields),
    }
    response = render_to_response(
        "hhu_base.accounts:templates/sign_in.jinja2", page, request=request
    )
    response.status_code = 401
    return response


def read(request) -> Fields:
    """The fields of a form that was posted by somebody who is not signed in; empty: none to keep."""
    if request.method != "POST" or not _is_from_here(request):
        return []
    try:
        form_limits.check(request, True, _MOST_FIELDS)
        fields = [(n, v) for n, v in request.POST.items() if isinstance(v, str) and _is_kept(n)]
    except (Refusal, ValueError):
        return []
    return fields if len(pack(fields)) <= LONGEST else []


def pack(fields: Fields) -> str:
    """As one text, for a hidden field."""
    return json.dumps(fields, ensure_ascii=False)


def unpack(text: str) -> Fields:
    """The fields in such a text; empty for any other."""
    if len(text) > LONGEST:
        return []
    try:
        pairs = json.loads(text)
        fields = [(name, value) for name, value in pairs]
    except (ValueError, TypeError, RecursionError):
        return []
    if len(fields) > _MOST_FIELDS:
        return []
    is_text = all(isinstance(part, str) for pair in fields for part in pair)
    return [(n, v) for n, v in fields if _is_kept(n)] if is_text else []


def _is_kept(name: str) -> bool:
    return name != "csrf_token" and not is_secret(name) and name not in _PASSWORDS


def _is_from_here(request) -> bool:
    """Browsers say of every form from which site it comes."""
    return is_page(request) and request.headers.get("Origin") == request.host_url
