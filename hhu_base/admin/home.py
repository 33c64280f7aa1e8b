"""The home page: cards of what needs attention, the plugins that are left out first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from markupsafe import Markup
from pyramid.renderers import render

from hhu_base.web.pages import AdminRoot
from hhu_base.web.security import ADMIN_PATH, SIGNED_IN, SUPERUSER

_WEEKDAYS = "一二三四五六日"
_CARD = "hhu_base.admin:templates/card.jinja2"


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


def left_out_card(request) -> dict[str, Any] | None:
    """Plugins that cannot be loaded, and what fails of those that are."""
    left_out: dict[str, str] = request.registry["plugins.left_out"]
    failing: dict[tuple[str, str], str] = request.registry["plugins.failures"].reasons
    if not left_out and not failing:
        return None
    lines = [{"text": name, "note": reason} for name, reason in left_out.items()]
    text = "个插件无法加载，已跳过，其他功能不受影响"
    if left_out:
        note = "在服务器上运行 hhu plugins，可以再次检查。"
        lines.append({"text": "修复以后请重新启动", "note": note})
    if failing:
        names = {plugin for plugin, _ in failing}
        text = f"个插件有一部分出错：{'、'.join(sorted(names))}" if not left_out else text
        lines += [
            {"text": f"{plugin} 出错：{what}", "note": reason}
            for (plugin, what), reason in sorted(failing.items())
        ]
    return {
        "title": "插件",
        "icon": "plug",
        "figure": len(left_out) or len({plugin for plugin, _ in failing}),
        "text": text,
        "lines": lines,
    }


def includeme(config) -> None:
    config.add_route("admin.home", ADMIN_PATH, factory=AdminRoot)
    config.add_view(
        home,
        route_name="admin.home",
        request_method="GET",
        permission=SIGNED_IN,
        renderer="hhu_base.admin:templates/home.jinja2",
    )
    # What is wrong, and where, is for superusers: nobody else has this permission.
    config.add_admin_card(left_out_card, permission=SUPERUSER)
