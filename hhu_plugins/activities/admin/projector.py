"""The code of a clock-in on the screen, for administrators and the item's own staff."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from pyramid.httpexceptions import HTTPNotFound

from hhu_base.admin import AdminRoot, Headings, MenuItem
from hhu_base.values import pinyin
from hhu_base.web.security import SIGNED_IN, is_admin_page
from hhu_plugins.activities import attendance, clockins, serializers
from hhu_plugins.activities.models import ClockinItem

PATH = "/admin/activities/clockin/"
# The same for teachers who were appointed, in their pages.
APP_PATH = "/app/activities/codes/"
_LINES = 8
_COLUMNS: dict[str, tuple[str, Any]] = {
    "item": ("打卡项", lambda item: pinyin.text_key(item.label)),
    "activity": ("活动", lambda item: item.activity.name_key),
    "time": ("时间", lambda item: (item.from_time, item.id)),
    # Those that are on come first by their time, too.
    "state": ("状态", lambda item: item.from_time),
}
_BEFORE, _NOW, _OVER = "before", "now", "over"


def url(item: ClockinItem, base: str = PATH) -> str:
    return f"{base}{item.id}/"


def show_projector(request) -> dict[str, Any]:
    """``GET /admin/activities/clockin/ITEM/``"""
    item = _item(request)
    return {
        "title": f"{item.label} · {item.activity.name}",
        "item": item,
        "window": window(request, item),
        "code": _code(request, item),
        "back": _base(request),
    }


def show_code(request) -> dict[str, Any]:
    """``GET /admin/activities/clockin/ITEM/code``: the code of this moment, and who is there."""
    return _code(request, _item(request))


def list_duties(request) -> dict[str, Any]:
    """``GET /admin/activities/clockin/``: the codes that one may show."""
    now = datetime.now(UTC)
    heads = Headings(request, _COLUMNS, "time")
    return {
        "title": "打卡码",
        "heads": heads.all(lambda sort: f"?sort={sort}"),
        "duties": [
            (item, url(item, _base(request)), window(request, item), _state(item, now))
            for item in heads.sorted(find_duties(request))
        ],
    }


def duties_card(request) -> dict[str, Any] | None:
    """A card of the home page, for those who have a code to show."""
    found = find_duties(request)
    if not found:
        return None
    return {
        "title": "打卡码",
        "icon": "qr-code",
        "url": PATH,
        "figure": len(found),
        "text": "项打卡由您展示二维码",
        "lines": [
            {
                "text": item.label,
                "url": url(item),
                "note": f"{item.activity.name} · {window(request, item)}",
            }
            for item in found[:_LINES]
        ],
        "more": f"还有 {len(found) - _LINES} 项" if len(found) > _LINES else "",
    }


def window(request, item: ClockinItem | sa.Row) -> str:
    """``11月24日 08:30–09:10``; the second day only where it is another one."""
    zone = request.registry.site_zone
    start, end = item.from_time.astimezone(zone), item.to_time.astimezone(zone)
    first = f"{start.month}月{start.day}日 {start:%H:%M}"
    is_same_day = start.date() == end.date()
    last = f"{end:%H:%M}" if is_same_day else f"{end.month}月{end.day}日 {end:%H:%M}"
    return f"{first}–{last}"


def _code(request, item: ClockinItem) -> dict[str, Any]:
    now = datetime.now(UTC)
    codes = request.registry["activities.codes"]
    count = attendance.of_item(request.db, item.id)
    return serializers.code(codes, item.id, now) | {
        "grace": codes.grace,
        "state": _state(item, now),
        "present": count.present if count else 0,
        "enrolled": count.enrolled if count else 0,
    }


def _state(item: ClockinItem, now: datetime) -> str:
    if now < item.from_time:
        return _BEFORE
    return _NOW if now < item.to_time else _OVER


def _item(request) -> ClockinItem:
    text = request.matchdict["id"]
    item = None
    if len(text) < 19:
        item = clockins.duty(
            request.db,
            int(text),
            request.identity.user_id,
            is_administrator=_is_administrator(request),
        )
    if item is None:
        raise HTTPNotFound
    return item


def _base(request) -> str:
    return PATH if is_admin_page(request) else APP_PATH


def find_duties(request):
    """The clock-ins that are not over whose code the person who is signed in may show."""
    return clockins.duties(
        request.db,
        request.identity.user_id,
        is_administrator=_is_administrator(request),
        now=datetime.now(UTC),
    )


def _is_administrator(request) -> bool:
    return bool(request.has_permission("activities.change", AdminRoot(request)))


def includeme(config) -> None:
    config.add_admin_page(
        list_duties,
        PATH,
        "打卡码",
        is_in_menu=False,
        request_method="GET",
        renderer="hhu_plugins.activities:templates/duties.jinja2",
    )
    config.add_admin_page(
        show_projector,
        PATH + r"{id:\d+}/",
        "打卡码",
        is_in_menu=False,
        request_method="GET",
        renderer="hhu_plugins.activities:templates/projector.jinja2",
    )
    code = PATH + r"{id:\d+}/code"
    config.add_route(code, code, factory=AdminRoot)
    config.add_view(
        show_code, route_name=code, request_method="GET", permission=SIGNED_IN, renderer="json"
    )
    config.add_admin_card(duties_card)
    # Those who only show codes find theirs on the home page, and others have no use for an empty list.
    line = MenuItem("activities", "打卡码", PATH, "qr-code", "activities.change")
    config.action(("admin-menu", PATH), config.registry["admin.menu"].append, (line,))
