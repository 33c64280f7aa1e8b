"""系列预约: the dates of one series; those ahead are changed or cancelled together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import colander
import sqlalchemy as sa
from pyramid.httpexceptions import HTTPSeeOther
from sqlalchemy.orm import joinedload

from hhu_base.admin import audited, back_url, flash, with_back
from hhu_base.database import lock
from hhu_base.rest import Identifier, Instant, NotFound, Text, YesNo, body
from hhu_base.telemetry import request_ids
from hhu_base.values.refusal import TOGETHER, Refusal
from hhu_base.web.security import hold_identity
from hhu_plugins.rooms import (
    booking,
    decisions,
    display,
    groups,
    occupancy,
    plans,
    series,
    series_plans,
)
from hhu_plugins.rooms.admin import changes, plan_form
from hhu_plugins.rooms.admin.reservations import LONGEST_REASON, SERIES_PATH, STATUSES
from hhu_plugins.rooms.admin.room_choice import Draft
from hhu_plugins.rooms.models import CANCELLED, CONFIRMED, Meetingroom, Reservation, Series
from hhu_plugins.rooms.plans import Plan
from hhu_plugins.rooms.policy import BookingPolicy
from hhu_plugins.rooms.schemas import LONGEST_DESCRIPTION

ROUTE = SERIES_PATH + r"{id:\d{1,18}}/"
NOT_CHANGED = "没有改动。"
NOT_SEEN = "请先看过各次的改动，再确认。"
SKIPPED = "保持不变"


class ChangeSchema(colander.MappingSchema):
    """What is to change from a date on: that date gets these times, the others move alike."""

    room_id = Identifier(missing=None, title="会议室")
    reserve_from = Instant(title="开始时间")
    reserve_to = Instant(title="结束时间")
    description = Text(max_length=LONGEST_DESCRIPTION, title="会议说明")
    knowingly = YesNo(missing=False, title=changes.KNOWINGLY_TITLE)

    def deserialize(self, cstruct=colander.null):
        if isinstance(cstruct, Mapping):
            cstruct = {name: text for name, text in cstruct.items() if text != ""}
        return super().deserialize(cstruct)


class CancelSchema(colander.MappingSchema):
    reason = Text(max_length=LONGEST_REASON, title="取消原因")


_CHANGE, _CANCEL = body(ChangeSchema), body(CancelSchema)


@dataclass
class Ahead:
    """The dates that have not begun, from one of them on; ``at`` is its reservation's id."""

    rows: Sequence[Reservation]
    at: int


def show(request) -> dict[str, Any]:
    """``GET /admin/rooms/series/ID/``; ``from``: the reservation from which on it is changed."""
    return _page(request, Draft.of(request.GET))


def save(request) -> dict[str, Any] | HTTPSeeOther:
    """``POST /admin/rooms/series/ID/``: ``do`` is plan, save or cancel."""
    draft = Draft.of(request.POST)
    lock(request.db, decisions.LOCK)
    hold_identity(request)
    deed: Callable | None = {"plan": _plan, "save": _save, "cancel": _cancel}.get(
        request.POST.get("do", "")
    )
    try:
        if deed is None:
            raise Refusal(NOT_CHANGED, TOGETHER)
        return deed(request, draft)
    except Refusal as refused:
        request.response.status = 400
        draft.refuse(refused)
        request.db.expire_all()
        return _page(request, draft)


def _plan(request, draft: Draft) -> dict[str, Any]:
    return _page(request, draft, _changed(request, draft)[0])


def _save(request, draft: Draft) -> dict[str, Any] | HTTPSeeOther:
    # Who asked before comes before.
    policy: BookingPolicy = request.registry["rooms.policy"]
    decisions.decide_pending(request.db, policy)
    plan, rows, wanted = _changed(request, draft)
    seen = draft.texts.get(plan_form.DIGEST, "")
    if plan.digest != seen:
        request.response.status = 409 if seen else 400
        draft.general.append(series.CHANGED if seen else NOT_SEEN)
        return _page(request, draft, plan)
    try:
        with request.db.begin_nested(), ExitStack() as records:
            choices = plan_form.read(plan, draft.texts, policy.zone)
            with changes.telling_why_not(request):
                chosen = series_plans.chosen(policy, plan, choices, may_exceed=wanted["knowingly"])
            for index, row in enumerate(rows, 1):
                if index in chosen:
                    records.enter_context(audited(request, row, changes.MOVED))
            group_id = series.submit_change(
                request.db,
                rows,
                chosen,
                by_user_id=request.identity.user_id,
                description=wanted["description"],
                decide_within=None,
                request_id=request_ids.current(),
            )
            if group_id is not None:
                by = request.identity.user_id
                groups.decide_now(request.db, policy, group_id, by_user_id=by)
                request.db.expire_all()
    except Refusal as refused:
        request.response.status = 400
        draft.refuse(refused)
        request.db.expire_all()
        return _page(request, draft, plan)
    flash(request, f"已改动 {len(chosen)} 次。")
    return _back(request)


def _cancel(request, draft: Draft) -> HTTPSeeOther:
    reason = _CANCEL(request)["reason"]
    found = _series(request)
    rows = series.reservations(request.db, found.id, begin_after=datetime.now(UTC))
    if not rows:
        raise Refusal(series.NONE_AHEAD, TOGETHER)
    with request.db.begin_nested(), ExitStack() as records:
        for row in rows:
            records.enter_context(audited(request, row, changes.CANCELLED))
        series.cancel_ahead(
            request.db,
            request.registry["rooms.policy"],
            found.id,
            by_user_id=request.identity.user_id,
            reason=reason,
        )
    flash(request, f"已取消 {len(rows)} 次。")
    return _back(request)


def _changed(request, draft: Draft) -> tuple[Plan, Sequence[Reservation], dict[str, Any]]:
    """What would become of the dates, the dates, and what is wanted. Raises Refusal."""
    wanted = _CHANGE(request)
    site: BookingPolicy = request.registry["rooms.policy"]
    rows = _ahead(request, draft).rows
    if not rows:
        raise Refusal(series.NONE_AHEAD, TOGETHER)
    knowingly, times = wanted["knowingly"], (wanted["reserve_from"], wanted["reserve_to"])
    room_id = wanted["room_id"]
    is_moved = not booking.is_at(rows[0], *times)
    if wanted["description"] == rows[0].description:
        wanted["description"] = None
    if not is_moved and room_id is None and wanted["description"] is None:
        raise Refusal(NOT_CHANGED, TOGETHER)
    if is_moved:
        changes.check_wanted_times(request, room_id or rows[0].room_id, *times, knowingly=knowingly)
    policy = booking.policy_in(request.db, site, room_id or rows[0].room_id)
    slots = series_plans.shifted(
        policy,
        rows,
        room_id=room_id,
        reserve_from=times[0] if is_moved else None,
        reserve_to=times[1] if is_moved else None,
    )
    skipped = {
        index
        for index in range(1, len(rows) + 1)
        if draft.texts.get(f"choice-{index}") == plan_form.SKIP
    }
    with changes.telling_why_not(request):
        plan = plans.make_plan(
            request.db,
            site,
            datetime.now(UTC),
            slots,
            instead_of=[row.id for index, row in enumerate(rows, 1) if index not in skipped],
            # Times that nobody touches may be beyond the limits.
            may_exceed=knowingly or not is_moved,
        )
    return plan, rows, wanted


def _series(request) -> Series:
    found = request.db.get(Series, int(request.matchdict["id"]))
    if found is None or not found.dates_count:
        raise NotFound
    return found


def _ahead(request, draft: Draft) -> Ahead:
    now = datetime.now(UTC)
    rows = series.reservations(request.db, _series(request).id, begin_after=now)
    at = draft.texts.get("from", "")
    for place, row in enumerate(rows):
        if str(row.id) == at:
            return Ahead(rows[place:], row.id)
    return Ahead(rows, rows[0].id if rows else 0)


def _page(request, draft: Draft, plan: Plan | None = None) -> dict[str, Any]:
    found, zone = _series(request), request.registry.site_zone
    rows = request.db.scalars(
        sa.select(Reservation)
        .options(joinedload(Reservation.room), joinedload(Reservation.user))
        .where(Reservation.series_id == found.id, Reservation.status.in_((CONFIRMED, CANCELLED)))
        .order_by(Reservation.reserve_from, Reservation.id)
    ).all()
    ahead = _ahead(request, draft)
    first = ahead.rows[0] if ahead.rows else None
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
        "found": found,
        "rows": rows,
        "holder": rows[0].user if rows else None,
        "statuses": STATUSES,
        "ahead_ids": {
            row.id
            for row in series.reservations(request.db, found.id, begin_after=datetime.now(UTC))
        },
        "ahead": ahead,
        "first": first,
        "places": places,
        "full_name": display.full_name,
        "when": lambda row: display.span(row.reserve_from, row.reserve_to, zone),
        "may_change": bool(request.has_permission("rooms.change")),
        "step": int(request.registry["rooms.policy"].step.total_seconds()),
        "longest_description": LONGEST_DESCRIPTION,
        "longest_reason": LONGEST_REASON,
        "plan": plan and plan_form.draw(plan, draft.texts, zone, skipped=SKIPPED),
    }


def _back(request) -> HTTPSeeOther:
    return HTTPSeeOther(with_back(f"{SERIES_PATH}{_series(request).id}/", back_url(request)))


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
