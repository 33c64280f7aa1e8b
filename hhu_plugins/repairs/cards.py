"""The cards: in the back office what waits, by category, and how long it takes; in 今天 one's own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hhu_plugins.repairs import requests, statistics
from hhu_plugins.repairs.admin.requests import RequestAdmin
from hhu_plugins.repairs.display import shortened, tone_of
from hhu_plugins.repairs.models import OPEN, SOLVED, STATUS_NAMES, RepairRequest
from hhu_plugins.repairs.notifications import page_of

_DAYS = 90
_MOST_OWN = 3


def open_requests(request) -> dict[str, Any]:
    counts = statistics.open_by_category(request.db)
    since = datetime.now(UTC) - timedelta(days=_DAYS)
    median = statistics.median_time_to_solve(request.db, since)
    most = max((each.open + each.taken_up for each in counts), default=1)
    return {
        "title": "报修",
        "icon": "tools",
        "url": f"{RequestAdmin.path}?f.status={OPEN}",
        "figure": sum(each.open for each in counts),
        "text": "条等待受理",
        "template": "hhu_plugins.repairs:templates/card.jinja2",
        "days": _DAYS,
        "median": readable(median) if median is not None else "",
        "bars": [
            {
                "category": each.category or "未分类",
                "url": f"{RequestAdmin.path}?f.category_id={each.category_id or '-'}",
                "open": each.open,
                "taken_up": each.taken_up,
                # Of a drawing 100 wide.
                "open_width": round(100 * each.open / most, 2),
                "taken_up_width": round(100 * each.taken_up / most, 2),
            }
            for each in counts
        ],
    }


def readable(time: timedelta) -> str:
    """``25 分钟``, ``3.5 小时``, ``2 天``."""
    minutes = time.total_seconds() / 60
    if minutes < 60:
        return f"{max(1, round(minutes))} 分钟"
    figure, unit = (minutes / 60, "小时") if minutes < 48 * 60 else (minutes / 1440, "天")
    return f"{figure:.1f}".removesuffix(".0") + f" {unit}"


def own_requests(request) -> dict[str, Any] | None:
    """The card of 今天: one's own that are not solved, the last reported first."""
    mine = requests.own_requests(request.identity.user_id).where(RepairRequest.status != SOLVED)
    found = request.db.scalars(mine.limit(_MOST_OWN + 1)).all()
    if not found:
        return None
    return {
        "repairs": found[:_MOST_OWN],
        "has_more": len(found) > _MOST_OWN,
        "status_names": STATUS_NAMES,
        "tone_of": tone_of,
        "shortened": shortened,
        "page_of": page_of,
    }
