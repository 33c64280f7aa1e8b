"""The directives with which plugins add to the administrators' pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyramid.authorization import ALL_PERMISSIONS, Allow, Authenticated

from hhu_base.admin import field_names
from hhu_base.admin.model_admin import ModelAdmin
from hhu_base.plugins import _title_of
from hhu_base.web.security import ADMIN_PATH, SIGNED_IN, STAFF, SUPERUSER

if TYPE_CHECKING:
    from hhu_base.admin.model_admin import ModelAdmin


@dataclass(frozen=True)
class MenuItem:
    """A line of the side menu; ``context`` makes the context that grants ``permission``."""

    plugin: str
    title: str
    path: str
    icon: str
    permission: str
    admin: ModelAdmin | None = None


def add_model_admin(config, declaration: type[ModelAdmin]) -> None:
    """Directive: the pages of a table, as ``declaration`` says."""
    admin = declaration()
    field_names.check(admin)
    registry = config.registry
    admin.zone = registry.site_zone
    _add_section(registry, admin.plugin)

    def register() -> None:
        registry["admin.tables"][admin.plugin, admin.table] = admin
        if admin.is_in_menu:
            line = MenuItem(admin.plugin, admin.title, admin.path, admin.icon, "view", admin)
            registry["admin.menu"].append(line)

    config.action(("admin-table", admin.path), register, order=admin.menu_order)


def add_admin_page(
    config,
    view: Callable,
    path: str,
    title: str,
    *,
    permission: str = SIGNED_IN,
    icon: str = "window",
    is_in_menu: bool = True,
    **options: Any,
) -> None:
    """Directive: a plain view at ``path``, and its menu line; ``options`` go to ``add_view``.

    A page with several views adds the others with ``config.add_view(route_name=path, …)``.
    """
    plugin = path.split("/")[2]
    _add_section(config.registry, plugin)
    config.add_route(path, path, factory=AdminRoot)
    config.add_view(view, route_name=path, permission=permission, **options)

    def register() -> None:
        if is_in_menu:
            line = MenuItem(plugin, title, path, icon, permission)
            config.registry["admin.menu"].append(line)

    config.action(("admin-page", path), register)


def add_admin_card(config, function: Callable, *, permission: str = SIGNED_IN) -> None:
    """Directive: ``function(request)`` gives a card of the home page, or None if all is well.

    A card is a dict: ``title``, ``icon``, ``url``, ``figure`` (what is large), ``text``, and
    ``lines``, each a dict with ``time``, ``text``, ``note`` and ``url``; and ``template``, which draws
    more of it, as ``card``. All but the title are optional.
    """

    plugin = config.registry["plugins.current"]

    def register() -> None:
        config.registry["admin.cards"].append((plugin, function, permission))

    config.action(("admin-card", function), register)


def _add_section(registry, plugin: str) -> None:
    sections = registry["admin.sections"]
    if plugin not in sections:
        sections[plugin] = _title_of(plugin)


def _connect(registry) -> None:
    """Tell each table who points to it."""
    by_model = {admin.model: admin for admin in registry["admin.tables"].values()}
    registry["admin.by_model"] = by_model
    for admin in by_model.values():
        for node in admin.nodes.values():
            target = by_model.get(getattr(node, "relation", None))
            if target is not None:
                target.pointed_at_by.add(admin.plugin)


def includeme(config) -> None:
    registry = config.registry
    registry["admin.menu"] = []
    registry["admin.cards"] = []
    config.add_directive("add_model_admin", add_model_admin)
    config.add_directive("add_admin_page", add_admin_page)
    config.add_directive("add_admin_card", add_admin_card)
    config.action(None, _connect, args=(registry,), order=9999)


VIEW, CHANGE, OPTIONS = "view", "change", "options"
EVERYTHING = (Allow, SUPERUSER, ALL_PERMISSIONS)


def permission_names(registry) -> dict[str, str]:
    """Every permission that a group can have → its Chinese name."""
    return {
        f"{plugin}.{verb}": f"{title} · {word}"
        for plugin, title in registry["admin.sections"].items()
        for verb, word in ((VIEW, "查看"), (CHANGE, "修改"))
    }


class AdminRoot:
    """The context of pages that are no declared table; their permissions are ``rooms.view``, …"""

    def __init__(self, request):
        self.request = request
        self.__acl__ = [
            (Allow, Authenticated, SIGNED_IN),
            (Allow, STAFF, STAFF),
            EVERYTHING,
            *((Allow, f"may:{name}", name) for name in permission_names(request.registry)),
        ]


def acl_of(admin: ModelAdmin) -> list:
    if admin.only_superusers:
        return [EVERYTHING]
    return [
        EVERYTHING,
        (Allow, f"may:{admin.plugin}.view", (VIEW, OPTIONS)),
        (Allow, f"may:{admin.plugin}.change", (VIEW, CHANGE, OPTIONS)),
        # Whoever fills in a form that points to this table has to find its rows.
        *((Allow, f"may:{plugin}.change", OPTIONS) for plugin in sorted(admin.pointed_at_by)),
    ]


def back_url(request) -> str:
    """``?back=/admin/…``, if it is one of these pages; a question keeps it in its form."""
    path = request.params.get("back", "")
    if not isinstance(path, str) or not path.startswith(ADMIN_PATH):
        return ""
    # It becomes a header, in which anything else would be an error.
    return path if path.isascii() and path.isprintable() else ""
