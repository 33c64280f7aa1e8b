"""``/app/reservations/series/ID/``: the dates of one's own series, changed, added and cancelled together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther

from hhu_base.rest import form, path_id
from hhu_base.values.refusal import TOGETHER, Refusal
from hhu_base.web.sessions import flash
from hhu_plugins.rooms import display, plan_form, series, series_orders
from hhu_plugins.rooms.models import Reservation
from hhu_plugins.rooms.pages import change, reservations, words
from hhu_plugins.rooms.pages.refusals import REFUSED, refuse
from hhu_plugins.rooms.pages.repeat import as_fields
from hhu_plugins.rooms.plans import Plan
from hhu_plugins.rooms.policy import BookingPolicy
from hhu_plugins.rooms.schemas import LONGEST_DESCRIPTION
from hhu_plugins.rooms.series_orders import PlanChanged
from hhu_plugins.rooms.series_schemas import DateSchema, SeriesChangeSchema

SKIPPED = "保持不变"
NOT_SEEN = "请先看过各次的改动，再确认。"
HAS_BEGUN = "这一次已经开始或者取消，请重新选择从哪一次起改。"
_CHANGE, _DATE = form(SeriesChangeSchema, summary=True), form(DateSchema, summary=True)
_NAMES = ("from", "room_id", "day", "start", "end", "description")


def show(request) -> dict[str, Any]:
    """``GET /app/reservations/series/ID/``"""
    return _page(request, {})


def act(request) -> dict[str, Any] | HTTPSeeOther:
    """``POST``: ``do`` is plan, save, add or cancel."""
    texts = {name: request.POST.get(name, "") for name in _NAMES}
    do = request.POST.get("do", "")
    try:
        if do == "cancel":
            return _cancel(request)
        if do == "add":
            return _add(request, texts)
        return _change(request, texts, is_seen=do == "save")
    except PlanChanged as changed:
        return _page(request, texts, refuse(request, changed), changed.plan)
    except REFUSED as error:
        return _page(request, texts, refuse(request, error), is_adding=do == "add")


def _cancel(request) -> HTTPSeeOther:
    found = series_orders.find_own(request, path_id(request))
    policy = request.registry["rooms.policy"]
    number = series.cancel_ahead(request.db, policy, found.id, by_user_id=found.user_id)
    if number:
        flash(request, f"已取消 {number} 次。")
    else:
        flash(request, series.NONE_AHEAD, "info")
    return _done(request)


def _add(request, texts: dict[str, str]) -> HTTPSeeOther:
    start, end = change.read_times(texts, request.registry["rooms.policy"])
    fields = {"reserve_from": start.isoformat(), "reserve_to": end.isoformat()}
    series_orders.add_date(request, path_id(request), _DATE.read(request, fields))
    flash(request, "已增加一次。")
    return _done(request)


def _change(request, texts: dict[str, str], *, is_seen: bool) -> dict[str, Any] | HTTPSeeOther:
    """The plan of a change, or the change itself. Raises Refusal and PlanChanged."""
    policy: BookingPolicy = request.registry["rooms.policy"]
    first = _chosen_first(request, texts["from"])
    fields = _fields(first, texts, policy)
    planned = series_orders.change(request, path_id(request), _CHANGE.read(request, fields))
    if not is_seen or planned is None:
        return _page(request, texts, plan=planned)
    digest = request.POST.get(plan_form.DIGEST, "")
    if not digest:
        raise Refusal(NOT_SEEN, TOGETHER)
    if digest != planned.digest:
        raise PlanChanged(planned)
    choices = as_fields(plan_form.read(planned, request.POST, policy.zone))
    wanted = _CHANGE.read(request, {**fields, "digest": digest, "dates": choices})
    series_orders.change(request, path_id(request), wanted)
    flash(request, "已改好。")
    return _done(request)


def _fields(first: Reservation, texts: dict[str, str], policy: BookingPolicy) -> dict[str, Any]:
    """What ``SeriesChangeSchema`` reads; what nobody touched is left out."""
    was = change.texts_of(first, policy)
    fields: dict[str, Any] = {"from": was["day"]}
    if texts["room_id"] != was["room_id"]:
        fields["meetingroom"] = texts["room_id"]
    if any(texts[name] != was[name] for name in ("day", "start", "end")):
        start, end = change.read_times(texts, policy)
        fields |= {"reserve_from": start.isoformat(), "reserve_to": end.isoformat()}
    if texts["description"].split() != first.description.split():
        fields["description"] = texts["description"]
    return fields


def _chosen_first(request, text: str) -> Reservation:
    """The date from which on it is changed. Raises Refusal where that is none of those ahead."""
    for row in _ahead(request):
        if str(row.id) == text:
            return row
    raise Refusal(HAS_BEGUN, TOGETHER)


def _ahead(request) -> list[Reservation]:
    found = series_orders.find_own(request, path_id(request))
    return series.reservations(request.db, found.id, begin_after=datetime.now(UTC))


def _done(request) -> HTTPSeeOther:
    return HTTPSeeOther(f"{words.RESERVATIONS}series/{path_id(request)}/")


def _page(
    request,
    texts: dict[str, str],
    errors: Sequence[str] = (),
    plan: Plan | None = None,
    *,
    is_adding: bool = False,
) -> dict[str, Any]:
    policy, now = request.registry["rooms.policy"], datetime.now(UTC)
    found = series_orders.loaded(request, path_id(request))
    ahead = _ahead(request)
    first = next((row for row in ahead if str(row.id) == texts.get("from")), None)
    first = first or next(iter(ahead), None)
    usual = {} if first is None else {"from": str(first.id), **change.texts_of(first, policy)}
    added = texts if is_adding else {}
    return {
        "found": found,
        "here": f"{words.RESERVATIONS}series/{found.id}/",
        "lines": [
            {"day": display.day(row.reserve_from, policy.zone)}
            | reservations.line(policy, row, now)
            for row in found.reservations
        ],
        "ahead": [
            (row.id, display.span(row.reserve_from, row.reserve_to, policy.zone)) for row in ahead
        ],
        "texts": usual | ({} if is_adding else texts),
        "added": {**usual, "day": "", **added},
        "errors": list(errors),
        "is_adding": is_adding,
        "plan": plan and plan_form.draw(request, plan, request.POST, skipped=SKIPPED),
        "places": change.places_of(request),
        "full_name": display.full_name,
        "step": policy.step.seconds,
        "longest": LONGEST_DESCRIPTION,
    }


def includeme(config) -> None:
    renderer, name = "hhu_plugins.rooms:templates/app_series.jinja2", "rooms.series"
    path = words.RESERVATIONS + r"series/{id:\d{1,18}}/"
    config.add_page(name, path, show, title="系列预约", renderer=renderer)
    config.add_view(
        act, route_name=name, renderer=renderer, request_method="POST", permission="signed-in"
    )
