"""What 今天 says about repairs: one's own that are not solved yet."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from hhu_plugins.repairs.models import OPEN, STATUS_NAMES, TAKEN_UP, RepairRequest

_LINES = 5
_LONGEST = 30


def my_open_requests(request) -> dict[str, Any] | None:
    """The newest first; None: there are none."""
    zone = request.registry.site_zone
    found = request.db.scalars(
        sa.select(RepairRequest)
        .where(
            RepairRequest.user_id == request.identity.user_id,
            RepairRequest.status.in_((OPEN, TAKEN_UP)),
        )
        .order_by(RepairRequest.id.desc())
        .limit(_LINES + 1)
    ).all()
    if not found:
        return None
    return {
        "card": {
            "name": "repairs",
            "title": "我的报修",
            "icon": "tools",
            "lines": [_line(row, zone) for row in found[:_LINES]],
            "more": "更早的还有" if len(found) > _LINES else "",
        }
    }


def _line(row: RepairRequest, zone) -> dict[str, str]:
    text = " ".join(row.description.split())
    return {
        "time": f"{row.created_at.astimezone(zone):%m-%d}",
        "text": f"{' '.join(row.location.split())} · {STATUS_NAMES[row.status]}",
        "note": text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…",
    }
