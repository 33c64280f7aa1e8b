"""Its part of the search: activities that one may see."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa

from hhu_base.app import MOST_HITS, Hit
from hhu_base.database.keys import contains, sounds_like
from hhu_base.web.display import site_time
from hhu_plugins.activities import queries
from hhu_plugins.activities.models import Activity


def find_activities(request, words: list[str]) -> list[Hit]:
    """Those that are open, or the caller's own; what is not over first, then the latest."""
    now = datetime.now(UTC)
    found = request.db.execute(
        queries.visible(request.identity.user_id)
        .where(*(_is_in(word) for word in words))
        .order_by(Activity.time_end < now, Activity.time_start.desc(), Activity.id.desc())
        .limit(MOST_HITS)
    )
    return [
        Hit(
            title=row.Activity.name,
            detail=" · ".join(filter(None, _facts(request, row))),
            url=f"/app/activities/{row.Activity.id}/",
            icon="calendar2-heart",
        )
        for row in found
    ]


def _facts(request, row) -> tuple[str, ...]:
    mine = "已报名" if row.my_enrollment_count else ""
    return site_time(request, row.Activity.time_start), row.Activity.location, mine


def _is_in(word: str) -> sa.ColumnElement[bool]:
    return contains([Activity.search_key], word) | sounds_like(
        [Activity.name_key, Activity.location_key], word
    )


def includeme(config) -> None:
    config.add_search(
        "activities", "活动", find_activities, order=50, more="/app/activities/?search="
    )
