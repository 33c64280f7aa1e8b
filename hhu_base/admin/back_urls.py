"""Where to go when something is done: back to where the person came from.

``?back=`` travels along: a list gives its own address, filter, order and page included, to the page
of a row, and this one gives its own, with that in it, to what is asked about the row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from hhu_base.web.pages import back_url, further_back, path_of

if TYPE_CHECKING:
    from hhu_base.admin.model_admin import ModelAdmin


def list_url(request, admin: ModelAdmin) -> str:
    """The list of a table as the person left it, if they came from it; or all of it."""
    address = back_url(request)
    while address and path_of(address) != admin.path:
        address = further_back(address)
    return address or admin.path


def with_back(url: str, back: str, **parameters: object) -> str:
    """``url`` with these parameters, from which one gets back to ``back``."""
    given = {name: value for name, value in {**parameters, "back": back}.items() if value}
    return f"{url}{'&' if '?' in url else '?'}{urlencode(given)}" if given else url
