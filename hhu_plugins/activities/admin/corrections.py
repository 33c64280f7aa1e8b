"""Corrections of clock-ins by hand, on the page of a registration: always with a reason."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther

from hhu_base.accounts.devices import describe as device_name
from hhu_base.admin import (
    CHANGE,
    MOST_AT_ONCE,
    TableContext,
    back_url,
    find_row,
    flash,
    label,
    with_back,
)
from hhu_base.database import among
from hhu_base.values.refusal import Refusal
from hhu_base.values.text import storable, trimmed
from hhu_base.web import audit
from hhu_base.web.security import hold_identity
from hhu_plugins.activities import clockin_corrections, enrollment_search, form_files
from hhu_plugins.activities.admin import answer_fields
from hhu_plugins.activities.admin.enrollment_filters import Asked, identifier
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


def correct_many(context: TableContext, request) -> HTTPSeeOther:
    """``POST /admin/activities/enrollments/correct``: those with an ``id``, or ``all`` that are found."""
    hold_identity(request)
    asked = Asked(request)
    back = HTTPSeeOther(f"{context.admin.path}?{asked.query(page=request.GET.get('page', ''))}")
    item_id = identifier(request.POST.get("item", ""))
    item = request.db.get(ClockinItem, item_id) if item_id is not None else None
    if item is None or asked.activity is None or item.activity_id != asked.activity.id:
        raise HTTPNotFound
    rows = _chosen(request, asked)
    if not rows:
        flash(request, "请先选择要更正的人。", "warning")
        return back
    if len(rows) > MOST_AT_ONCE:
        flash(request, f"一次最多更正 {MOST_AT_ONCE} 人，请先缩小范围。", "danger")
        return back
    reason = trimmed(storable(request.POST.get("reason", "")))
    is_added = "add" in request.POST
    try:
        with request.db.begin_nested():
            done = _correct_all(request, item, rows, reason, is_added)
    except Refusal as refusal:
        flash(request, str(refusal), "danger")
        return back
    flash(request, _said(item, len(done), len(rows), is_added))
    return back


def _chosen(request, asked: Asked) -> list[Enrollment]:
    statement = enrollment_search.find(asked.filters).order_by(None).order_by(Enrollment.id)
    if "all" not in request.POST:
        ids = [identifier(text) for text in request.POST.getall("id")[: MOST_AT_ONCE + 1]]
        statement = statement.where(among(Enrollment.id, [each for each in ids if each]))
    return list(request.db.scalars(statement.limit(MOST_AT_ONCE + 1)))


def _correct_all(
    request, item: ClockinItem, rows: list[Enrollment], reason: str, is_added: bool
) -> set[int]:
    user_ids = [row.user_id for row in rows]
    if is_added:
        done = clockin_corrections.add_many(
            request.db,
            item,
            user_ids,
            by_user_id=request.identity.user_id,
            reason=reason,
            now=datetime.now(UTC),
        )
    else:
        done = clockin_corrections.remove_many(request.db, item, user_ids, reason=reason)
    before, after = ({}, {item.label: "已打卡"}) if is_added else ({item.label: "已打卡"}, {})
    for row in rows:
        if row.user_id in done:
            action = "补录打卡" if is_added else "撤销打卡"
            _record(request, action, row, before, after | {"原因": reason})
    return done


def _said(item: ClockinItem, done: int, chosen: int, is_added: bool) -> str:
    said = f"已为 {done} 人{'补录' if is_added else '撤销'}“{item.label}”。"
    if done < chosen:
        said += f"另有 {chosen - done} 人{'已经打过卡' if is_added else '没有打卡'}，没有改动。"
    return said


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
        "files": form_files.of_answers(request.db, row),
        "may_correct": request.has_permission(CHANGE),
    }


def includeme(config) -> None:
    many = "/admin/{plugin:activities}/{table:enrollments}/correct"
    config.add_route("activities.correct_many", many, factory=TableContext)
    config.add_view(
        correct_many,
        route_name="activities.correct_many",
        request_method="POST",
        permission=CHANGE,
    )
    path = r"/admin/{plugin:activities}/{table:enrollments}/{id:\d+}/correct"
    config.add_route("activities.correct", path, factory=TableContext)
    config.add_view(
        correct, route_name="activities.correct", request_method="POST", permission=CHANGE
    )
