"""The shell around the teachers' pages: what their templates know as ``app``."""

from __future__ import annotations

from functools import partial

from pyramid.events import BeforeRender

from hhu_base.app.inbox import waiting_items
from hhu_base.app.pages import AppPage, menu_of
from hhu_base.plugins.failures import CORE
from hhu_base.web.security import is_page

TODAY = "app.today"
_IN_THE_BAR = 5


class AppShell:
    """``app.menu`` and ``app.badge(page)``, of the person who is signed in."""

    def __init__(self, request):
        self.request = request

    @property
    def menu(self) -> list[AppPage]:
        return menu_of(self.request.registry)

    @property
    def lines(self) -> list[AppPage]:
        return [page for page in self.menu if not page.is_in_top]

    @property
    def top(self) -> list[AppPage]:
        return [page for page in self.menu if page.is_in_top]

    @property
    def ways(self) -> list[AppPage]:
        """Those lines that plugins have brought: the large ways on 今天."""
        return [page for page in self.lines if page.plugin != CORE]

    @property
    def own(self) -> list[AppPage]:
        """Those of the base, without 今天."""
        return [page for page in self.lines if page.plugin == CORE and page.name != TODAY]

    @property
    def beyond_the_bar(self) -> list[AppPage]:
        """A phone's bar has room for five lines: the others are one tap away, on 今天."""
        return self.ways[_IN_THE_BAR - 1 - len(self.own) :]

    def badge(self, page: AppPage) -> int:
        """How much is new there; what fails in it is the page's own matter."""
        if page.badge is None or self.request.identity is None:
            return 0
        failures = self.request.registry["plugins.failures"]
        count = partial(page.badge, self.request)
        return failures.attempt(
            page.plugin, f"badge {page.name}", count, session=self.request.db, otherwise=0
        )

    @property
    def waiting(self) -> int:
        return len(waiting_items(self.request))

    def is_current(self, page: AppPage) -> bool:
        path = self.request.path_info
        return path == page.path or (page.name != TODAY and path.startswith(page.path))


def _give_the_shell(event: BeforeRender) -> None:
    request = event.get("request")
    if request is None or not is_page(request):
        return
    event["app"] = AppShell(request)
    route = request.matched_route
    page = request.registry["app.pages"].get(route.name) if route is not None else None
    if page is not None:
        event.setdefault("title", page.title)


def includeme(config) -> None:
    config.add_subscriber(_give_the_shell, BeforeRender)
