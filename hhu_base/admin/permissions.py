"""Who may see and change what: the contexts of the administrators' pages.

Each plugin has two permissions, ``<plugin>.view`` and ``<plugin>.change``; the base's are
``core.view`` and ``core.change``. Superusers have all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyramid.authorization import Allow
from pyramid.httpexceptions import HTTPNotFound

from hhu_base.web.pages import CHANGE, EVERYTHING, OPTIONS, VIEW

if TYPE_CHECKING:
    from hhu_base.admin.model_admin import ModelAdmin


class TableContext:
    """The context of a declared table; its permissions are ``view``, ``change`` and ``options``."""

    def __init__(self, request, admin: ModelAdmin | None = None):
        self.request = request
        if admin is None:
            match = request.matchdict
            admin = request.registry["admin.tables"][match["plugin"], match["table"]]
        self.admin: ModelAdmin = admin
        self.__acl__ = _acl_of(admin)


def _acl_of(admin: ModelAdmin) -> list:
    # Users who fill in a form that points to this table have to find its rows.
    others = sorted(admin.pointed_at_by - {admin.plugin})
    pointing = [(Allow, f"may:{plugin}.change", OPTIONS) for plugin in others]
    if admin.only_superusers:
        return [EVERYTHING, *pointing]
    return [
        EVERYTHING,
        (Allow, f"may:{admin.plugin}.view", (VIEW, OPTIONS)),
        (Allow, f"may:{admin.plugin}.change", (VIEW, CHANGE, OPTIONS)),
        *pointing,
    ]


class DeclaredTable:
    """Route predicate: the path names a declared table, or the route isn't meant.

    ``declared_table="import_key"``: one that declares this attribute.
    """

    def __init__(self, value, config):
        self.value = value

    def text(self) -> str:
        return f"declared_table = {self.value!r}"

    phash = text

    def __call__(self, info, request) -> bool:
        match = info["match"]
        admin = request.registry["admin.tables"].get((match["plugin"], match["table"]))
        return admin is not None and (self.value is True or bool(getattr(admin, self.value)))


def find_row(context: TableContext):
    """The row that the path names, or 404."""
    text = context.request.matchdict["id"]
    row = None
    if len(text) < 19:
        row = context.request.db.scalar(
            context.admin.query(context.request).where(context.admin.key == int(text))
        )
    if row is None:
        raise HTTPNotFound
    return row


def includeme(config) -> None:
    config.registry["admin.tables"] = {}
    config.add_route_predicate("declared_table", DeclaredTable)
