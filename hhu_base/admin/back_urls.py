"""Where to go when something is done: back to where the person came from.

``?back=`` travels along: a list gives its own address, filter, order and page included, to the page
of a row, and this one gives its own, with that in it, to what is asked about the row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode

from hhu_base.web.pages import back_url
from hhu_base.web.security import ADMIN_PATH

if TYPE_CHECKING:
    from hhu_base.admin.model_admin import ModelAdmin


def list_url(request, admin: ModelAdmin) -> str:
    """The list of a table as the person left it, if they came from it; or all of it."""
    address = back_url(request)
    while address and _path(address) != admin.path:
        address = _further_back(address)
    return address or admin.path


def with_back(url: str, back: str, **parameters: object) -> str:
    """``url`` with these parameters, from which one gets back to ``back``."""
    given = {name: value for name, value in {**parameters, "back": back}.items() if value}
    return f"{url}?{urlencode(given)}" if given else url


def _path(address: str) -> str:
    return address.partition("#")[0].partition("?")[0]


def _further_back(address: str) -> str:
    """Shorter each time, since it is a part of ``address``."""
    query = address.partition("#")[0].partition("?")[2]
    return _checked(parse_qs(query).get("back", [""])[0])


def _checked(address: object) -> str:
    if not isinstance(address, str) or not address.startswith(ADMIN_PATH):
        return ""
    # It becomes a header, in which anything else would be an error.
    return address if address.isascii() and address.isprintable() else ""
