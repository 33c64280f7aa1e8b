"""The shell around every page: the side menu, the person, what is to be said."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from pyramid.events import BeforeRender

from hhu_base.models import User
from hhu_base.web import display
from hhu_base.web.pages import AdminRoot, MenuItem
from hhu_base.web.security import ADMIN_PATH, home_of, is_page


class Shell:
    """What the templates ask the shell for: ``shell.menu``, ``shell.asset("admin.css")``, …"""

    def __init__(self, request):
        self.request = request
        self.asset = request.asset
        self.home = home_of(request)

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

    def with_phones(self, text: str) -> str:
        return display.with_phones(text)

    def help_url(self, *names: str) -> str:
        """The section of the handbook that is about this page; empty where there is none."""
        lines = [line for _, found in self.menu for line in found if self.is_current(line)]
        path = self.request.path_info
        home = "首页" if path == ADMIN_PATH else ""
        nearest = sorted(lines, key=lambda line: -len(line.path))
        handbook = self.request.registry["admin.handbook"]
        return handbook.url_for(*names, *(line.title for line in nearest), home)

    def may(self, permission: str) -> bool:
        return bool(self.request.has_permission(permission, AdminRoot(self.request)))

    def _may(self, line: MenuItem) -> bool:
        return bool(self.request.has_permission(line.permission, line.context(self.request)))


def _give_the_shell(event: BeforeRender) -> None:
    request = event.get("request")
    if request is not None and is_page(request):
        event["shell"] = Shell(request)


def includeme(config) -> None:
    config.add_subscriber(_give_the_shell, BeforeRender)
