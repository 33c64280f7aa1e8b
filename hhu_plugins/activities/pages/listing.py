"""``/app/activities/``: those one may see, or has to do with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa

from hhu_base.values import text
from hhu_base.values.search import MAX_CHARACTERS, SearchError, search_words
from hhu_plugins.activities import display, queries
from hhu_plugins.activities.admin import projector
from hhu_plugins.activities.models import WaitingEntry

PATH = "/app/activities/"
_ON_A_PAGE = 20
_MOST_PAGES = 10_000


def show_activities(request) -> dict[str, Any]:
    """``GET /app/activities/?search=…&my=yes``"""
    user_id, now = request.identity.user_id, datetime.now(UTC)
    search = text.trimmed(text.storable(request.GET.get("search", "")))
    my = request.GET.get("my") == "yes"
    page = _page(request.GET.get("page", ""))
    error, found = "", []
    try:
        statement = queries.listed(user_id, now, search_words(search), my=my)
    except SearchError as refusal:
        error = str(refusal)
    else:
        before = (page - 1) * _ON_A_PAGE
        found = request.db.execute(statement.offset(before).limit(_ON_A_PAGE + 1)).all()
    waits_for = set(
        request.db.scalars(
            sa.select(WaitingEntry.activity_id).where(WaitingEntry.user_id == user_id)
        )
    )
    return {
        "lines": [_line(request, row, waits_for, now) for row in found[:_ON_A_PAGE]],
        "search": search[:MAX_CHARACTERS],
        "longest": MAX_CHARACTERS,
        "my": my,
        "error": error,
        "before": _url(search, my, page - 1) if page > 1 else "",
        "after": _url(search, my, page + 1) if len(found) > _ON_A_PAGE else "",
        "path": PATH,
        "codes": len(projector.find_duties(request)),
        "codes_path": projector.APP_PATH,
    }


def _line(request, row, waits_for: set[int], now: datetime) -> dict[str, Any]:
    activity = row.Activity
    return {
        "url": f"{PATH}{activity.id}/",
        "name": activity.name,
        "when": display.span(activity.time_start, activity.time_end, request.registry.site_zone),
        "where": activity.location,
        "state": display.state_of(
            activity,
            row.enrollment_count,
            now,
            is_mine=row.my_enrollment_count > 0,
            is_waiting=activity.id in waits_for,
        ),
    }


def _url(search: str, my: bool, page: int) -> str:
    asked = {"search": search, "my": "yes" if my else "", "page": str(page) if page > 1 else ""}
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"{PATH}?{query}" if query else PATH


def _page(given: str) -> int:
    is_number = given.isascii() and given.isdigit() and len(given) < 9
    return min(max(int(given), 1), _MOST_PAGES) if is_number else 1


def includeme(config) -> None:
    config.add_page(
        "activities.app.list",
        PATH,
        show_activities,
        title="活动",
        renderer="hhu_plugins.activities:templates/app_activities.jinja2",
        menu="活动",
        icon="calendar-event",
        hint="报名、候补、打卡",
        order=300,
    )
