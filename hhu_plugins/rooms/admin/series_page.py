"""系列预约: the dates of one series; those ahead are changed or cancelled together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import colander
import sqlalchemy as sa
from pyramid.httpexceptions import HTTPSeeOther
from sqlalchemy.orm import joinedload

from hhu_base.admin import back_url, flash, with_back
from hhu_base.database import lock
from hhu_base.rest import NotFound, Text, form
from hhu_base.values.refusal import TOGETHER, Refusal
from hhu_base.web.security import hold_identity
from hhu_plugins.rooms import decisions, display, occupancy, plan_form, series
from hhu_plugins.rooms.admin import series_change
from hhu_plugins.rooms.admin.reservation_actions import LONGEST_REASON
from hhu_plugins.rooms.admin.reservations import SERIES_PATH, STATUSES
from hhu_plugins.rooms.admin.room_choice import Draft
from hhu_plugins.rooms.models import (
    CANCELLED,
    CONFIRMED,
    RELEASED,
    Meetingroom,
    Reservation,
    Series,
)
from hhu_plugins.rooms.plans import Plan
from hhu_plugins.rooms.policy import BookingPolicy
from hhu_plugins.rooms.schemas import LONGEST_DESCRIPTION

ROUTE = SERIES_PATH + r"{id:\d{1,18}}/"
HAS_BEGUN = "这一次已经开始或者取消，请重新选择从哪一次起改。"
NOT_SEEN = "请先看过各次的改动，再确认。"
SKIPPED = "保持不变"


class CancelSchema(colander.MappingSchema):
    reason = Text(max_length=LONGEST_REASON, title="取消原因")


_CANCEL = form(CancelSchema)


def show(request) -> dict[str, Any]:
    """``GET /admin/rooms/series/ID/``; ``from``: the reservation from which on it is changed."""
    return _page(request, Draft.of(request.GET))


def save(request) -> dict[str, Any] | HTTPSeeOther:
    """``POST /admin/rooms/series/ID/``: ``do`` is plan, save, add or cancel."""
    draft = Draft.of(request.POST)
    policy: BookingPolicy = request.registry["rooms.policy"]
    lock(request.db, decisions.LOCK)
    hold_identity(request)
    # Who asked before comes before.
    decisions.decide_pending(request.db, policy)
    change: series_change.Change | None = None
    try:
        what = request.POST.get("do")
        if what == "cancel":
            reason = _CANCEL(request)["reason"]
            with request.db.begin_nested():
                number = series_change.cancel(request, _series(request).id, reason)
            return _done(request, f"已取消 {number} 次。")
        if what == "add":
            with request.db.begin_nested():
                series_change.add(request, _series(request))
            return _done(request, "已增加一次。")
        change = series_change.read(request, _posted_rows(request))
        if what != "save":
            return _page(request, draft, change.plan)
        seen = draft.texts.get(plan_form.DIGEST, "")
        if change.plan.digest != seen:
            request.response.status = 409 if seen else 400
            draft.general.append(series.CHANGED if seen else NOT_SEEN)
            return _page(request, draft, change.plan)
        with request.db.begin_nested():
            number = series_change.store(request, change, draft.texts)
        return _done(request, f"已改动 {number} 次。")
    except Refusal as refused:
        request.response.status = 400
        draft.refuse(refused)
        request.db.expire_all()
        return _page(request, draft, change.plan if change else None)


def _done(request, sentence: str) -> HTTPSeeOther:
    flash(request, sentence)
    return HTTPSeeOther(with_back(f"{SERIES_PATH}{_series(request).id}/", back_url(request)))


def _series(request) -> Series:
    found = request.db.get(Series, int(request.matchdict["id"]))
    if found is None or not found.dates_count:
        raise NotFound
    return found


def _ahead(request) -> list[Reservation]:
    now = datetime.now(UTC)
    return series.reservations(request.db, _series(request).id, begin_after=now)


def _posted_rows(request) -> Sequence[Reservation]:
    """The dates that are to be changed: those ahead, from the one on that the form was about."""
    rows = _ahead(request)
    for place, row in enumerate(rows):
        if str(row.id) == request.POST.get("from"):
            return rows[place:]
    raise Refusal(HAS_BEGUN if rows else series.NONE_AHEAD, TOGETHER)


def _page(request, draft: Draft, plan: Plan | None = None) -> dict[str, Any]:
    found, zone = _series(request), request.registry.site_zone
    rows = request.db.scalars(
        sa.select(Reservation)
        .options(joinedload(Reservation.room), joinedload(Reservation.user))
        .where(
            Reservation.series_id == found.id,
            Reservation.status.in_((CONFIRMED, CANCELLED, RELEASED)),
        )
        .order_by(Reservation.reserve_from, Reservation.id)
    ).all()
    ahead = _ahead(request)
    nothing = Draft({}, [], [])
    added, draft = (draft, nothing) if draft.texts.get("do") == "add" else (nothing, draft)
    place = next((n for n, row in enumerate(ahead) if str(row.id) == draft.texts.get("from")), 0)
    first = ahead[place] if ahead else None
    if first is not None:
        for name, moment in (
            ("reserve_from", first.reserve_from),
            ("reserve_to", first.reserve_to),
        ):
            draft.texts.setdefault(name, display.field_time(moment, zone))
        draft.texts.setdefault("description", first.description)
    rooms = request.db.scalars(sa.select(Meetingroom).order_by(*occupancy.LIST_ORDER)).all()
    places: dict[str, list[Meetingroom]] = {}
    for room in rooms:
        places.setdefault(room.location, []).append(room)
    path = f"{SERIES_PATH}{found.id}/"
    return {
        "title": "系列预约",
        "path": path,
        "back": back_url(request),
        "draft": draft,
        "added": added,
        "found": found,
        "rows": rows,
        "holder": rows[0].user if rows else None,
        "statuses": STATUSES,
        "ahead_ids": {row.id for row in ahead},
        "changed_count": len(ahead) - place,
        "first": first,
        "places": places,
        "full_name": display.full_name,
        "when": lambda row: display.span(row.reserve_from, row.reserve_to, zone),
        "may_change": bool(request.has_permission("rooms.change")),
        "step": int(request.registry["rooms.policy"].step.total_seconds()),
        "longest_description": LONGEST_DESCRIPTION,
        "longest_reason": LONGEST_REASON,
        "plan": plan and plan_form.draw(request, plan, draft.texts, skipped=SKIPPED),
    }


def includeme(config) -> None:
    renderer = "hhu_plugins.rooms:templates/series.jinja2"
    config.add_admin_page(
        show,
        ROUTE,
        "系列预约",
        permission="rooms.view",
        is_in_menu=False,
        renderer=renderer,
        request_method="GET",
    )
    config.add_view(
        save,
        route_name=ROUTE,
        permission="rooms.change",
        renderer=renderer,
        request_method="POST",
    )
