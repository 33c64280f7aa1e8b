"""``GET /app/search/``: the search over everything that teachers see, and the part of it that is the pages' own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hhu_base.values import pinyin
from hhu_base.web.search import Hit, Search, SearchPart
from hhu_base.web.security import APP_PATH, SIGNED_IN

PATH = f"{APP_PATH}search/"
_NAME = "app.search"


def add_search(
    config,
    name: str,
    title: str,
    find: Callable[[Any, list[str]], Sequence[Hit]],
    order: int = 100,
    *,
    more: str = "",
) -> None:
    """Directive: a part of the search. ``find(request, words)`` gives the hits in which each word occurs.

    ``MOST_HITS`` of them, the nearest first, and within a few milliseconds: it is asked while people
    type. ``more`` is the address of a list of all, to which the search is appended.
    """
    part = SearchPart(config.registry["plugins.current"], name, title, find, order, more)
    config.action(("search", name), lambda: config.registry[_NAME].append(part))


def show_search(request) -> dict[str, Any]:
    """``GET /app/search/``, and ``/app/search/results``, the part that changes while one types."""
    parts = sorted(request.registry[_NAME], key=lambda part: part.order)
    return {"search": Search(request, parts)}


def _find_pages(request, words: list[str]) -> list[Hit]:
    """The pages with nothing to be filled in in their paths, and the lines of 我的."""
    registry = request.registry
    hits = {
        page.path: Hit(page.title, page.hint, page.path, page.icon)
        for page in registry["app.pages"].values()
        if page.is_read and "{" not in page.path and page.name != _NAME
    } | {line.path: Hit(line.title, "我的", line.path, line.icon) for line in registry["app.me"]}
    return [hit for hit in hits.values() if all(pinyin.is_named(hit.title, word) for word in words)]


def includeme(config) -> None:
    config.registry[_NAME] = []
    config.add_directive("add_search", add_search)
    config.add_page(
        _NAME,
        PATH,
        show_search,
        title="搜索",
        renderer="hhu_base.app:templates/search.jinja2",
        icon="search",
    )
    config.add_route("app.search.results", f"{PATH}results", request_method="GET")
    config.add_view(
        show_search,
        route_name="app.search.results",
        permission=SIGNED_IN,
        renderer="hhu_base.web:templates/search_results.jinja2",
    )
    config.add_search("pages", "页面", _find_pages, order=0)
