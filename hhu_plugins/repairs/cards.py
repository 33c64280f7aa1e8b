"""The cards: in the back office what waits, by category, and how long it takes; in 今天 one's own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hhu_plugins.repairs import requests, statistics
from hhu_plugins.repairs.deadlines import span
from hhu_plugins.repairs.display import shortened, tone_of
from hhu_plugins.repairs.models import OPEN, SOLVED, STATUS_NAMES, RepairRequest
from hhu_plugins.repairs.notifications import page_of
from hhu_plugins.repairs.report import REQUESTS, TABS

_DAYS = 90
_MOST_OWN = 3


def open_requests(request) -> dict[str, Any]:
    counts = statistics.open_by_category(request.db)
    overdue = statistics.count_overdue(request.db)
    since = datetime.now(UTC) - timedelta(days=_DAYS)
    median = statistics.median_time_to_solve(request.db, since)
    most = max((each.open + each.taken_up for each in counts), default=1)
    return {
        "title": "报修",
        "icon": "tools",
        "url": f"{REQUESTS}?tab={TABS[OPEN]}",
        "figure": sum(each.open for each in counts),
        "text": "条等待受理" + (f"，{overdue} 条已超时" if overdue else ""),
        "template": "hhu_plugins.repairs:templates/card.jinja2",
        "days": _DAYS,
        "median": span(median) if median is not None else "",
        "bars": [
            {
                "category": each.category or "未分类",
                "url": f"{REQUESTS}?tab=all&f.category_id={each.category_id or '-'}",
                "open": each.open,
                "taken_up": each.taken_up,
                # Of a drawing 100 wide.
                "open_width": round(100 * each.open / most, 2),
                "taken_up_width": round(100 * each.taken_up / most, 2),
            }
            for each in counts
        ],
    }


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
