"""Corrections of clock-ins by hand, on the page of a registration: always with a reason."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther

from hhu_base.accounts.devices import describe as device_name
from hhu_base.admin import CHANGE, TableContext, back_url, find_row, flash, label, with_back
from hhu_base.values.refusal import Refusal
from hhu_base.values.text import storable, trimmed
from hhu_base.web import audit
from hhu_base.web.security import hold_identity
from hhu_plugins.activities import clockin_corrections
from hhu_plugins.activities.admin import answer_fields
from hhu_plugins.activities.admin.enrollment_filters import identifier
from hhu_plugins.activities.models import Clockin, ClockinItem, Enrollment


def correct(context: TableContext, request) -> HTTPSeeOther:
    """``POST /admin/activities/enrollments/ID/correct``: ``item``, ``reason``, ``add`` or not."""
    hold_identity(request)
    enrollment = find_row(context)
    item = request.db.scalar(
        sa.select(ClockinItem).where(
            ClockinItem.id == identifier(request.POST.get("item", "")),
            ClockinItem.activity_id == enrollment.activity_id,
        )
    )
    if item is None:
        raise HTTPNotFound
    reason = trimmed(storable(request.POST.get("reason", "")))
    try:
        with request.db.begin_nested():
            said = (_add if "add" in request.POST else _remove)(request, enrollment, item, reason)
    except Refusal as refusal:
        flash(request, str(refusal), "danger")
    else:
        flash(request, said)
    return HTTPSeeOther(with_back(context.admin.url(enrollment), back_url(request)))


def _add(request, enrollment: Enrollment, item: ClockinItem, reason: str) -> str:
    clockin_corrections.add(
        request.db,
        item_id=item.id,
        user_id=enrollment.user_id,
        by_user_id=request.identity.user_id,
        reason=reason,
        now=datetime.now(UTC),
    )
    _record(request, "补录打卡", enrollment, {}, {item.label: "已打卡", "原因": reason.strip()})
    return f"已补录“{item.label}”。"


def _remove(request, enrollment: Enrollment, item: ClockinItem, reason: str) -> str:
    clockin_id = request.db.scalar(
        sa.select(Clockin.id).where(
            Clockin.item_id == item.id, Clockin.user_id == enrollment.user_id
        )
    )
    gone = clockin_corrections.remove(request.db, clockin_id or 0, reason=reason)
    if gone is None:
        raise Refusal("没有这条打卡记录，可能刚刚被撤销。")
    before = {item.label: "已打卡", "打卡时间": gone["time"], "地址": gone["address"]}
    before["设备"] = device_name(gone["user_agent"])
    kept = {name: text for name, text in before.items() if text}
    _record(request, "撤销打卡", enrollment, kept, {"原因": gone["reason"]})
    return f"已撤销“{item.label}”。"


def _record(request, action: str, row: Enrollment, before: dict, after: dict) -> None:
    audit.record(request, action, row, label(request, row), before, after)


def of_enrollment(request, row: Enrollment) -> dict[str, Any]:
    """What the page of a registration shows below the answers."""
    is_same = sa.and_(Clockin.item_id == ClockinItem.id, Clockin.user_id == row.user_id)
    items: Any = request.db.execute(
        sa.select(ClockinItem, Clockin)
        .outerjoin(Clockin, is_same)
        .where(ClockinItem.activity_id == row.activity_id)
        .order_by(ClockinItem.from_time, ClockinItem.id)
    ).all()
    return {
        "items": [tuple(each) for each in items],
        "old_answers": answer_fields.old_answers(row),
        "may_correct": request.has_permission(CHANGE),
    }


def includeme(config) -> None:
    path = r"/admin/{plugin:activities}/{table:enrollments}/{id:\d+}/correct"
    config.add_route("activities.correct", path, factory=TableContext)
    config.add_view(
        correct, route_name="activities.correct", request_method="POST", permission=CHANGE
    )
