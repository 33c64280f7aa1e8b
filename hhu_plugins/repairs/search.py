"""Its part of the search: one's own repairs."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from hhu_base.app import MOST_HITS, Hit
from hhu_base.database.keys import contains, sounds_like
from hhu_base.web.display import site_time
from hhu_plugins.repairs.models import STATUS_NAMES, WITHDRAWN, RepairCategory, RepairRequest


def find_own(request, words: list[str]) -> list[Hit]:
    """Those with the words in place, description or category, the newest first."""
    found = request.db.scalars(
        sa.select(RepairRequest)
        .outerjoin(RepairRequest.category)
        .options(contains_eager(RepairRequest.category))
        .where(
            RepairRequest.user_id == request.identity.user_id,
            # To their reporters they are gone.
            RepairRequest.status != WITHDRAWN,
            *(_is_in(word) for word in words),
        )
        .order_by(RepairRequest.id.desc())
        .limit(MOST_HITS)
    )
    return [_hit(request, row) for row in found]


def _is_in(word: str) -> sa.ColumnElement[bool]:
    return (
        contains([RepairRequest.search_key], word)
        | contains([RepairCategory.search_key], word)
        | sounds_like([RepairRequest.location_key, RepairCategory.name_key], word)
    )


def _hit(request, row: RepairRequest) -> Hit:
    facts = (
        row.category.name if row.category else "",
        STATUS_NAMES[row.status],
        site_time(request, row.created_at),
    )
    title = " ".join(f"{row.location} {row.description}".split())
    return Hit(
        title=title if len(title) <= 60 else title[:59] + "…",
        detail=" · ".join(filter(None, facts)),
        url=f"/app/repairs/{row.id}/",
        icon="tools",
    )


def includeme(config) -> None:
    config.add_search("repairs", "我的报修", find_own, order=40)
