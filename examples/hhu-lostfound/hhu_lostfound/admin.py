"""The administrators' page 失物, and a card of the home page."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from hhu_base.admin import Action, Badge, Column, ModelAdmin
from hhu_base.values.refusal import TOGETHER, Refusal
from hhu_lostfound import things
from hhu_lostfound.models import CLAIMED, RETURNED, STATUS_NAMES, WAITING, Thing
from hhu_lostfound.schemas import ThingSchema

_TONES = {WAITING: "warn", CLAIMED: "calm", RETURNED: "good"}
_LINES = 5


def _decide(status: str):
    def do(request, row: Thing) -> None:
        if not things.set_status(request.db, row.id, status, expected=CLAIMED):
            raise Refusal(f"“{row.name}”的状态刚刚被别人改变，请刷新后再试。", TOGETHER)

    return do


def _is_claimed(row: Thing) -> bool:
    return row.status == CLAIMED


class ThingAdmin(ModelAdmin):
    """失物"""

    path = "/admin/lostfound/things/"
    model = Thing
    schema = ThingSchema
    columns = (
        "name",
        "place",
        "found_at",
        Column(
            "status",
            "状态",
            value=lambda row: Badge(STATUS_NAMES[row.status], _TONES.get(row.status, "calm")),
            sort=("status",),
        ),
        Column(
            "finder",
            "拾到者",
            value=lambda row: row.finder.fullname,
            sort=("finder.name_key",),
            needs=("finder",),
        ),
        Column(
            "claimer",
            "认领人",
            value=lambda row: row.claimer.fullname if row.claimer else "",
            sort=("claimer.name_key",),
            needs=("claimer",),
        ),
    )
    search = ("name", "place", "description", "finder.search_key")
    filters = ("status", "found_at")
    unit = "件"
    labels = {"status": "状态"}
    actions = (
        Action(
            "return",
            "归还",
            _decide(RETURNED),
            confirm="确认已经归还给认领人。",
            is_for=_is_claimed,
            icon="check2-circle",
        ),
        Action(
            "reopen",
            "重新招领",
            _decide(WAITING),
            confirm="认领不成立，物品会重新出现在招领列表里。",
            is_for=_is_claimed,
            icon="arrow-counterclockwise",
        ),
    )
    icon = "search-heart"

    def new(self, request) -> Thing:
        return Thing(finder_id=request.identity.user_id, found_at=datetime.now(UTC))

    def write(self, request, row: Thing, values: dict[str, Any]) -> None:
        # Left empty, it was just now.
        super().write(request, row, {k: v for k, v in values.items() if v is not None})

    def shown(self, request, name: str, value: Any) -> Any:
        return STATUS_NAMES.get(value, value) if name == "status" else value

    def facts(self, request, row: Thing):
        facts = [("状态", STATUS_NAMES[row.status]), ("拾到者", row.finder.fullname)]
        if row.claimer:
            facts += [("认领人", row.claimer.fullname), ("留言", row.message)]
        return facts


def claims_card(request) -> dict[str, Any] | None:
    """What was claimed, and is to be given back."""
    rows = request.db.scalars(
        sa.select(Thing).where(Thing.status == CLAIMED).order_by(Thing.id.desc())
    ).all()
    if not rows:
        return None
    return {
        "title": "失物招领",
        "icon": ThingAdmin.icon,
        "url": f"{ThingAdmin.path}?f.status={CLAIMED}",
        "figure": len(rows),
        "text": "件已有人认领，等待归还",
        "lines": [
            {"text": row.name, "url": f"{ThingAdmin.path}{row.id}/", "note": row.place}
            for row in rows[:_LINES]
        ],
    }
