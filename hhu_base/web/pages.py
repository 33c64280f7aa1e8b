"""Pages under /admin/: who may see them, their lines in the menu, and the way back."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from pyramid.authorization import ALL_PERMISSIONS, Allow, Authenticated

from hhu_base.plugins import title_of
from hhu_base.web.security import ADMIN_PATH, SIGNED_IN, STAFF, SUPERUSER

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


@dataclass(frozen=True)
class MenuItem:
    """A line of the side menu; ``context`` makes the context that grants ``permission``."""

    plugin: str
    title: str
    path: str
    icon: str
    permission: str
    context: Callable[[Any], Any] = AdminRoot


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
    add_section(config.registry, plugin)
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
    ``lines``, each a dict with ``time``, ``text``, ``note`` and ``url``; ``more``, how many more there
    are than lines; and ``template``, which draws more of it, as ``card``. All but the title are
    optional.
    """

    plugin = config.registry["plugins.current"]

    def register() -> None:
        config.registry["admin.cards"].append((plugin, function, permission))

    config.action(("admin-card", function), register)


def add_section(registry, plugin: str) -> None:
    """The plugin has a part of the menu, and permissions."""
    sections = registry["admin.sections"]
    if plugin not in sections:
        sections[plugin] = title_of(plugin)


def back_url(request, gone: Collection[str] = ()) -> str:
    """``?back=/admin/…``, if it is one of these pages; a question keeps it in its form.

    From a page whose path is ``gone`` the way leads on to where one came from there.
    """
    address = _checked(request.params.get("back", ""))
    while path_of(address) in gone:
        address = further_back(address)
    return address


def path_of(address: str) -> str:
    return address.partition("#")[0].partition("?")[0]


def further_back(address: str) -> str:
    """Shorter each time, since it is a part of ``address``."""
    query = address.partition("#")[0].partition("?")[2]
    return _checked(parse_qs(query).get("back", [""])[0])


def _checked(address: object) -> str:
    if not isinstance(address, str) or not address.startswith(ADMIN_PATH):
        return ""
    # It becomes a header, in which anything else would be an error.
    return address if address.isascii() and address.isprintable() else ""


def includeme(config) -> None:
    registry = config.registry
    registry["admin.menu"] = []
    registry["admin.cards"] = []
    # Plugin → its title.
    registry["admin.sections"] = {}
    config.add_directive("add_admin_page", add_admin_page)
    config.add_directive("add_admin_card", add_admin_card)
