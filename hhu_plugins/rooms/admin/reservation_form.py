"""预约会议室: time first, then what is needed, then the rooms that are free; saved in one step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import colander
from pyramid.httpexceptions import HTTPSeeOther

from hhu_base.admin import back_url, flash
from hhu_base.database import lock
from hhu_base.models import User
from hhu_base.rest import Identifier, Instant, Text, YesNo, form
from hhu_base.values.refusal import FieldErrors, Refusal
from hhu_base.web import display as web_display
from hhu_base.web.security import hold_identity
from hhu_plugins.rooms import decisions, plan_form, rule_form, series
from hhu_plugins.rooms.admin import changes, series_form
from hhu_plugins.rooms.admin.conflict_actions import is_id
from hhu_plugins.rooms.admin.reservations import SERIES_PATH
from hhu_plugins.rooms.admin.room_choice import Draft, describe, shown_rooms
from hhu_plugins.rooms.models import Reservation
from hhu_plugins.rooms.plans import Plan
from hhu_plugins.rooms.recurrence import MOST_DATES
from hhu_plugins.rooms.schemas import LONGEST_DESCRIPTION

PATH = "/admin/rooms/book/"
NO_ROOM = "请选择会议室。"
NO_HOLDER = "请选择预约人。"
NOT_SEEN = "请先看过各次的日期，再确认预约。"
SKIPPED = "跳过"


class OrderSchema(colander.MappingSchema):
    """What is reserved, and for whom."""

    room_id = Identifier(title="会议室", missing_msg=NO_ROOM)
    reserve_from = Instant(title="从", when_missing="请填写从什么时候开始。")
    reserve_to = Instant(title="到", when_missing="请填写到什么时候结束。")
    user_id = Identifier(title="预约人", missing_msg=NO_HOLDER)
    description = Text(max_length=LONGEST_DESCRIPTION, title="会议说明")
    knowingly = YesNo(missing=False, title=changes.KNOWINGLY_TITLE)


class PlanSchema(colander.MappingSchema):
    """What the plan of a series is about."""

    room_id = Identifier(title="会议室", missing_msg=NO_ROOM)
    reserve_from = Instant(title="从", when_missing="请填写从什么时候开始。")
    reserve_to = Instant(title="到", when_missing="请填写到什么时候结束。")
    knowingly = YesNo(missing=False, title=changes.KNOWINGLY_TITLE)


_ORDER, _PLAN = form(OrderSchema), form(PlanSchema)


def show(request) -> dict[str, Any]:
    """``GET /admin/rooms/book/?start=…&end=…&room=…``, all of which may be left out."""
    return _page(request, Draft.of(request.GET))


def save(request) -> dict[str, Any] | HTTPSeeOther:
    """``POST /admin/rooms/book/``: ``do`` is find, plan or book; ``instead``, another room or time."""
    draft = Draft.of(request.POST)
    if "instead" in request.POST:
        draft.change(request.POST["instead"], request.registry.site_zone)
        return _page(request, draft)
    what = request.POST.get("do")
    if what == "book":
        lock(request.db, decisions.LOCK)
        hold_identity(request)
    try:
        if what == "plan" and series_form.is_repeated(draft):
            order = _PLAN(request)
            plan = series_form.make_plan(request, series_form.read_rule(request, draft), order)
            return _page(request, draft, plan)
        if what == "book" and series_form.is_repeated(draft):
            return _reserve_series(request, draft)
        if what == "book":
            with request.db.begin_nested():
                made = _reserve(request, _ORDER(request))
            admin = request.registry["admin.by_model"][Reservation]
            flash(request, f"已预约 {admin.label(made)}。")
            return HTTPSeeOther(back_url(request) or admin.url(made))
    except Refusal as refused:
        _refuse(request, draft, refused)
    return _page(request, draft)


def _refuse(request, draft: Draft, refused: Refusal) -> None:
    request.response.status = 400
    draft.refuse(refused)
    # What was read meanwhile may still be as it was not to be.
    request.db.expire_all()


def _reserve_series(request, draft: Draft) -> dict[str, Any] | HTTPSeeOther:
    """Reserve the dates of the plan that was seen, or show the one that there is now."""
    rule = series_form.read_rule(request, draft)
    # Who asked before comes before.
    decisions.decide_pending(request.db, request.registry["rooms.policy"])
    plan = series_form.make_plan(request, rule, _PLAN(request))
    seen = draft.texts.get(plan_form.DIGEST, "")
    if plan.digest != seen:
        request.response.status = 409 if seen else 400
        draft.general.append(series.CHANGED if seen else NOT_SEEN)
        return _page(request, draft, plan)
    try:
        order = _ORDER(request)
        _check_holder(request, order)
        with request.db.begin_nested():
            made = series_form.reserve(request, plan, rule, order, draft)
    except Refusal as refused:
        _refuse(request, draft, refused)
        return _page(request, draft, plan)
    first = request.registry["admin.by_model"][Reservation].label(made[0])
    flash(request, f"已预约 {len(made)} 次，第一次是 {first}。")
    return HTTPSeeOther(back_url(request) or f"{SERIES_PATH}{made[0].series_id}/")


def _check_holder(request, order: Mapping[str, Any]) -> None:
    if request.db.get(User, order["user_id"]) is None:
        raise FieldErrors({"user_id": [NO_HOLDER]})


def _reserve(request, order: Mapping[str, Any]) -> Reservation:
    """Reserve as ordered, with an entry in the audit log. Raises Refusal."""
    _check_holder(request, order)
    made = Reservation()
    changes.reserve_for(request, made, order)
    changes.record_reserved(request, made)
    return made


def _page(request, draft: Draft, plan: Plan | None = None) -> dict[str, Any]:
    draft.texts.setdefault("user_id", str(request.identity.user_id))
    found = shown_rooms(request, draft)
    holder = draft.texts["user_id"]
    return describe(request, draft, found) | {
        "title": "预约会议室",
        "path": PATH,
        "back": back_url(request),
        "holders": web_display.labels(request, User, [int(holder)]) if is_id(holder) else {},
        "longest_description": LONGEST_DESCRIPTION,
        "terms": rule_form.terms(request),
        "plan": plan and plan_form.draw(request, plan, draft.texts, skipped=SKIPPED),
        "most_dates": MOST_DATES,
    }


def includeme(config) -> None:
    renderer = "hhu_plugins.rooms:templates/book.jinja2"
    config.add_admin_page(
        show,
        PATH,
        "预约会议室",
        permission="rooms.change",
        icon="calendar-plus",
        renderer=renderer,
        request_method="GET",
    )
    config.add_view(
        save,
        route_name=PATH,
        permission="rooms.change",
        renderer=renderer,
        request_method="POST",
    )
