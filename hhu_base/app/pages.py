"""Pages under /app/: the directive that adds one, and its line in the menu."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pyramid.security import NO_PERMISSION_REQUIRED

from hhu_base.web.security import APP_PATH, SIGNED_IN, add_page_area


@dataclass(frozen=True)
class AppPage:
    """A page; with ``menu`` it has a line in the menu and a large way on 今天.

    ``hint`` is what the way says under its name. ``badge(request)`` is a number beside the line, of
    what is new there; 0: none. ``is_in_top``: it is no line, but a button at the top of every page.
    ``is_read``: it can be opened, and does not only take what is sent.
    """

    name: str
    plugin: str
    path: str
    title: str
    menu: str | None = None
    icon: str = "circle"
    hint: str = ""
    order: int = 100
    badge: Callable[[Any], int] | None = None
    is_in_top: bool = False
    is_read: bool = True


def add_page(
    config,
    name: str,
    path: str,
    view: Callable,
    *,
    title: str,
    renderer: str | None = None,
    menu: str | None = None,
    icon: str = "circle",
    hint: str = "",
    order: int = 100,
    badge: Callable[[Any], int] | None = None,
    is_in_top: bool = False,
    methods: Sequence[str] = ("GET",),
    public: bool = False,
    **options: Any,
) -> None:
    """Directive: ``view(request)`` at ``path``, for everybody who is signed in, or ``public``.

    Usually under /app/. A public page may have another path, whose first part (``/r/``) is then
    nobody else's: the session counts there, too. ``order`` is that of the menu; ``options`` go to
    ``add_view``. A page with several views adds the others with ``config.add_view(route_name=name, …)``.
    """
    page = AppPage(
        name=name,
        plugin=config.registry["plugins.current"],
        path=path,
        title=title,
        menu=menu,
        icon=icon,
        hint=hint,
        order=order,
        badge=badge,
        is_in_top=is_in_top,
        is_read="GET" in methods,
    )
    if not path.startswith(APP_PATH):
        add_page_area(config.registry, path)
    config.add_route(name, path)
    config.add_view(
        view,
        route_name=name,
        renderer=renderer,
        request_method=tuple(methods),
        permission=NO_PERMISSION_REQUIRED if public else SIGNED_IN,
        **options,
    )
    config.action(("app-page", name), lambda: config.registry["app.pages"].update({name: page}))


def menu_of(registry) -> list[AppPage]:
    """The pages with a line in the menu, in its order."""
    pages = [page for page in registry["app.pages"].values() if page.menu]
    return sorted(pages, key=lambda page: page.order)


def includeme(config) -> None:
    # Name of the route → its page.
    config.registry["app.pages"] = {}
    config.add_directive("add_page", add_page)
