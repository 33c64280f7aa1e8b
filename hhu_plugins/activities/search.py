"""Its part of the search: activities that one may see."""

from __future__ import annotations

from datetime import UTC, datetime

from hhu_base.app import MOST_HITS, Hit
from hhu_base.web.display import site_time
from hhu_plugins.activities import queries


def find_activities(request, words: list[str]) -> list[Hit]:
    """Those that are open, or the caller's own; the next one first, and what is over last."""
    now = datetime.now(UTC)
    listed = queries.listed(request.identity.user_id, now, words)
    found = request.db.execute(listed.limit(MOST_HITS))
    return [
        Hit(
            title=row.Activity.name,
            detail=" · ".join(filter(None, _facts(request, row))),
            url=f"/app/activities/{row.Activity.id}/",
            icon="calendar-event",
        )
        for row in found
    ]


def _facts(request, row) -> tuple[str, ...]:
    mine = "已报名" if row.my_enrollment_count else ""
    return site_time(request, row.Activity.time_start), row.Activity.location, mine


def includeme(config) -> None:
    config.add_search(
        "activities", "活动", find_activities, order=50, more="/app/activities/?search="
    )
