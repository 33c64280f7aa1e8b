"""``GET /app/``, 今天: what is mine now and next, and the large ways on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from markupsafe import Markup
from pyramid.path import AssetResolver
from pyramid.renderers import render

from hhu_base.web.security import APP_PATH

_WEEKDAYS = "一二三四五六日"


def add_today_card(
    config,
    order: int,
    find: Callable[[Any], dict[str, Any] | None],
    renderer: str = "hhu_base.app:templates/card.jinja2",
) -> None:
    """Directive: a card of 今天. ``find(request)`` gives what the template gets; None: no card.

    Without a ``renderer`` it gives a ``card``: ``name`` (in the page's ids), ``title``, ``icon``,
    ``lines``, each with ``time``, ``text``, ``note`` and ``url``, and ``url`` and ``more``.
    """
    plugin = config.registry["plugins.current"]
    template = AssetResolver(config.package).resolve(renderer).absspec()
    entry = (order, plugin, find, template)
    config.action(("today-card", find), lambda: config.registry["app.cards"].append(entry))


def show_today(request) -> dict[str, Any]:
    """``GET /app/``"""
    now = datetime.now(request.registry.site_zone)
    cards = [
        card
        for _, *entry in sorted(request.registry["app.cards"], key=lambda each: each[0])
        if (card := _draw(request, *entry)) is not None
    ]
    return {
        "cards": cards,
        "today": f"{now.month} 月 {now.day} 日 星期{_WEEKDAYS[now.weekday()]}",
        "greeting": _greeting(now.hour),
    }


def _greeting(hour: int) -> str:
    if hour < 6 or hour >= 18:
        return "晚上好"
    return "上午好" if hour < 12 else "下午好"


def _draw(request, plugin: str, find: Callable, template: str) -> Markup | None:
    """A card as HTML: what goes wrong in drawing it is its own, too."""

    def draw() -> Markup | None:
        values = find(request)
        if values is None:
            return None
        return Markup(render(template, values, request))  # noqa: S704

    failures = request.registry["plugins.failures"]
    failed = Markup(
        '<section class="panel card-app"><p>这一部分暂时无法显示，请稍后再试。</p></section>'
    )
    return failures.attempt(plugin, f"today {template}", draw, session=request.db, otherwise=failed)


def includeme(config) -> None:
    config.registry["app.cards"] = []
    config.add_directive("add_today_card", add_today_card)
    config.add_page(
        "app.today",
        APP_PATH,
        show_today,
        title="今天",
        renderer="hhu_base.app:templates/today.jinja2",
        menu="今天",
        icon="sun",
        order=0,
    )
