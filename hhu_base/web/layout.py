"""The shell around every page: the side menu, the person, what is to be said; and the home page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from markupsafe import Markup
from pyramid.events import BeforeRender
from pyramid.renderers import render

from hhu_base.models import User
from hhu_base.web import display
from hhu_base.web.pages import AdminRoot, MenuItem, acl_of
from hhu_base.web.security import ADMIN_PATH, SIGNED_IN, is_page

_WEEKDAYS = "一二三四五六日"
_CARD = "hhu_base.admin:templates/card.jinja2"


class Shell:
    """What the templates ask the shell for: ``shell.menu``, ``shell.asset("admin.css")``, …"""

    def __init__(self, request):
        self.request = request
        self.asset = request.asset

    @property
    def nonce(self) -> str:
        return self.request.csp_nonce

    @property
    def csrf_token(self) -> str:
        return self.request.session.get_csrf_token()

    @property
    def user(self) -> User | None:
        identity = self.request.identity
        return self.request.db.get(User, identity.user_id) if identity else None

    @property
    def flashes(self) -> list:
        return self.request.session.pop_flash()

    @property
    def menu(self) -> list[tuple[str, list[MenuItem]]]:
        """Section → its lines that the person who is signed in may see; the base comes last."""
        registry = self.request.registry
        sections: dict[str, list[MenuItem]] = {name: [] for name in registry["admin.sections"]}
        failures = registry["plugins.failures"]
        for line in registry["admin.menu"]:
            may = failures.attempt(
                line.plugin, f"menu {line.path}", partial(self._may, line), otherwise=False
            )
            if may:
                sections[line.plugin].append(line)
        names = sorted(sections, key=lambda name: name == "core")
        return [(registry["admin.sections"][n], sections[n]) for n in names if sections[n]]

    def is_current(self, line: MenuItem) -> bool:
        return self.request.path_info.startswith(line.path)

    def section_of(self, admin) -> str:
        return self.request.registry["admin.sections"][admin.plugin]

    def time(self, moment: datetime) -> str:
        return display.site_time(self.request, moment)

    def may(self, permission: str) -> bool:
        return bool(self.request.has_permission(permission, AdminRoot(self.request)))

    def _may(self, line: MenuItem) -> bool:
        if line.admin is None:
            return self.may(line.permission)
        context = _Granting(acl_of(line.admin))
        return bool(self.request.has_permission(line.permission, context))


class _Granting:
    def __init__(self, acl: list):
        self.__acl__ = acl


def home(request) -> dict[str, Any]:
    """``GET /admin/``"""
    root = AdminRoot(request)
    allowed = [
        (plugin, function)
        for plugin, function, permission in request.registry["admin.cards"]
        if request.has_permission(permission, root)
    ]
    # The first of all tells what has failed: it is asked last.
    numbered = reversed(list(enumerate(allowed, 1)))
    drawn = [_draw(request, number, *each) for number, each in numbered]
    cards = [card for card in reversed(drawn) if card is not None]
    today = datetime.now(request.registry.site_zone)
    shown = f"{today.year} 年 {today.month} 月 {today.day} 日 星期{_WEEKDAYS[today.weekday()]}"
    return {"title": "首页", "cards": cards, "today": shown}


def _draw(request, number: int, plugin: str, function: Callable) -> Markup | None:
    """A card as HTML: what goes wrong in drawing it is its own, too."""

    def draw(card: dict[str, Any] | None = None) -> Markup | None:
        card = function(request) if card is None else card
        if card is None:
            return None
        return Markup(render(_CARD, {"card": card, "id": number}, request))  # noqa: S704

    failures = request.registry["plugins.failures"]
    what = f"card {function.__module__}.{function.__qualname__}"
    # To leave it out would say that all is well.
    instead = {
        "title": request.registry["admin.sections"].get(plugin, plugin),
        "icon": "exclamation-triangle",
        "lines": [{"text": "这一部分暂时无法显示，已经记入日志。"}],
    }
    failed = object()
    drawn = failures.attempt(plugin, what, draw, session=request.db, otherwise=failed)
    return draw(instead) if drawn is failed else drawn


def _give_the_shell(event: BeforeRender) -> None:
    request = event.get("request")
    if request is not None and is_page(request):
        event["shell"] = Shell(request)


def includeme(config) -> None:
    config.add_subscriber(_give_the_shell, BeforeRender)
    config.add_route("admin.home", ADMIN_PATH, factory=AdminRoot)
    config.add_view(
        home,
        route_name="admin.home",
        request_method="GET",
        permission=SIGNED_IN,
        renderer="hhu_base.admin:templates/home.jinja2",
    )
