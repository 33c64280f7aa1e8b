"""The page of one's own notices, and what one wants to be told by mail."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther

from hhu_base.notifications import choices, notices
from hhu_base.web import sessions
from hhu_base.web.security import ADMIN_PATH

PATH = "/app/notices/"
CHOICES_PATH = "/app/me/notices/"
_ON_A_PAGE = 20


def show_notices(request) -> dict[str, Any]:
    """``GET /app/notices/``: the newest first; what is shown counts as read from then on."""
    me = request.identity
    before = _number(request.GET.get("before", ""))
    found = notices.page_of(request.db, me.user_id, before, _ON_A_PAGE + 1)
    shown = found[:_ON_A_PAGE]
    new = {notice.id for notice in shown if notice.read_at is None}
    # A browser that only fetches ahead shows nothing to anybody.
    if new and "prefetch" not in request.headers.get("Sec-Purpose", ""):
        notices.mark_read(request.db, me.user_id, *new)
    return {
        "notices": shown,
        "new": new,
        "is_staff": me.is_staff,
        "admin_path": ADMIN_PATH,
        "older": shown[-1].id if len(found) > _ON_A_PAGE else None,
        "is_first": before is None,
    }


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def mark_all_read(request) -> HTTPSeeOther:
    """``POST /app/notices/``"""
    notices.mark_read(request.db, request.identity.user_id)
    return HTTPSeeOther(PATH)


def show_choices(request) -> dict[str, Any]:
    """``GET /app/me/notices/``"""
    return {"sections": choices.sections(request)}


def store_choices(request) -> HTTPSeeOther:
    """``POST /app/me/notices/``: the kinds that are ticked, of all that can be chosen."""
    choices.store(request, frozenset(request.POST.getall("kind")))
    sessions.flash(request, "已保存。")
    return HTTPSeeOther(CHOICES_PATH)


def includeme(config) -> None:
    config.add_page(
        "app.notices",
        PATH,
        show_notices,
        title="通知",
        renderer="hhu_base.notifications:templates/notices.jinja2",
        menu="通知",
        icon="bell",
        order=800,
        is_in_top=True,
        badge=lambda request: notices.count_unread(request.db, request.identity.user_id),
    )
    config.add_view(
        mark_all_read, route_name="app.notices", request_method="POST", permission="signed-in"
    )
    config.add_page(
        "app.notice-choices",
        CHOICES_PATH,
        show_choices,
        title="通知设置",
        renderer="hhu_base.notifications:templates/choices.jinja2",
    )
    config.add_view(
        store_choices,
        route_name="app.notice-choices",
        request_method="POST",
        permission="signed-in",
    )
    config.add_me_line("我的通知", PATH, icon="bell", order=30, note=_unread)
    config.add_me_line("通知设置", CHOICES_PATH, icon="sliders", order=31)


def _unread(request) -> str:
    count = notices.count_unread(request.db, request.identity.user_id)
    return f"{count} 条未读" if count else ""
