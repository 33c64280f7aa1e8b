"""Who may see and change what: the contexts of the administrators' pages.

Each plugin has two permissions, ``<plugin>.view`` and ``<plugin>.change``; the base's are
``core.view`` and ``core.change``. Superusers may everything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyramid.httpexceptions import HTTPNotFound

from hhu_base.web.pages import acl_of

if TYPE_CHECKING:
    from hhu_base.admin.model_admin import ModelAdmin


class TableContext:
    """The context of a declared table; its permissions are ``view``, ``change`` and ``options``."""

    def __init__(self, request):
        self.request = request
        match = request.matchdict
        self.admin: ModelAdmin = request.registry["admin.tables"][match["plugin"], match["table"]]
        self.__acl__ = acl_of(self.admin)


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
    config.registry["admin.sections"] = {}
    config.add_route_predicate("declared_table", DeclaredTable)
