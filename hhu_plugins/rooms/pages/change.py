"""``/app/reservations/ID/change``: another room, time or description for one's own reservation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from pyramid.httpexceptions import HTTPSeeOther

from hhu_base.rest import form
from hhu_base.values.refusal import TOGETHER, Refusal
from hhu_base.web.sessions import flash
from hhu_plugins.rooms import availability, changes, display, eligibility, occupancy, orders
from hhu_plugins.rooms.intervals import Interval
from hhu_plugins.rooms.models import Meetingroom, Reservation
from hhu_plugins.rooms.pages import reservation, words
from hhu_plugins.rooms.pages.refusals import REFUSED, refuse
from hhu_plugins.rooms.policy import BookingPolicy
from hhu_plugins.rooms.schemas import LONGEST_DESCRIPTION, ChangeSchema

_CHANGE = form(ChangeSchema, summary=True)
_NAMES = ("room_id", "day", "start", "end", "description", "revision")
NO_TIMES = "请填写日期和起止时间。"


def show(request) -> dict[str, Any] | HTTPSeeOther:
    """``GET /app/reservations/ID/change``"""
    row = reservation.find_own(request)
    try:
        changes.check_open(row)
    except Refusal as refused:
        flash(request, str(refused), "warning")
        return HTTPSeeOther(words.path_of(row))
    return _page(request, row, texts_of(row, request.registry["rooms.policy"]))


def save(request) -> dict[str, Any] | HTTPSeeOther:
    """``POST``; ``instead`` is another room or time that was offered."""
    row = reservation.find_own(request)
    texts = {name: request.POST.get(name, "") for name in _NAMES}
    _take_instead(texts, request.POST.get("instead", ""))
    here = words.path_of(row)
    try:
        wanted = _CHANGE.read(request, _fields(row, texts, request.registry["rooms.policy"]))
        orders.change(request, row.id, wanted)
    except REFUSED as error:
        said = refuse(request, error)
        row = reservation.find_own(request)
        if request.response.status_code == 409:
            # What was seen is not true any more: now it is, with what was filled in.
            texts["revision"] = str(row.revision)
        return _page(request, row, texts, said)
    flash(request, "已改好。")
    return HTTPSeeOther(here)


def texts_of(row: Reservation, policy: BookingPolicy) -> dict[str, str]:
    """What the form shows at first."""
    start, end = (each.astimezone(policy.zone) for each in (row.reserve_from, row.reserve_to))
    return {
        "room_id": str(row.room_id),
        "day": start.date().isoformat(),
        "start": f"{start:%H:%M}",
        "end": f"{end:%H:%M}",
        "description": row.description,
        "revision": str(row.revision),
    }


def _take_instead(texts: dict[str, str], instead: str) -> None:
    what, _, rest = instead.partition(":")
    if what == "room":
        texts["room_id"] = rest
    elif what == "time" and rest.count("/") == 2:
        texts["day"], texts["start"], texts["end"] = rest.split("/")


def read_times(texts: dict[str, str], policy: BookingPolicy) -> Interval:
    """An end that is not after the start is the next day's. Raises Refusal."""
    try:
        day = date.fromisoformat(texts["day"])
        first, last = (time.fromisoformat(texts[name]) for name in ("start", "end"))
        start = datetime.combine(day, first, policy.zone)
        end = datetime.combine(day + timedelta(days=last <= first), last, policy.zone)
        return start.astimezone(UTC), end.astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        raise Refusal(NO_TIMES, TOGETHER) from None


def _fields(row: Reservation, texts: dict[str, str], policy: BookingPolicy) -> dict[str, Any]:
    """What ``ChangeSchema`` reads; times that nobody touched are left out."""
    fields = {"meetingroom": texts["room_id"]}
    # Browsers end lines in their own way.
    if texts["description"].split() != row.description.split():
        fields["description"] = texts["description"].replace("\r\n", "\n")
    if texts["revision"]:
        fields["revision"] = texts["revision"]
    was = texts_of(row, policy)
    if any(texts[name] != was[name] for name in ("day", "start", "end")):
        start, end = read_times(texts, policy)
        fields |= {"reserve_from": start.isoformat(), "reserve_to": end.isoformat()}
    return fields


def _page(
    request, row: Reservation, texts: dict[str, str], errors: Sequence[str] = ()
) -> dict[str, Any]:
    policy: BookingPolicy = request.registry["rooms.policy"]
    return {
        "row": row,
        "here": words.path_of(row),
        "room": display.full_name(row.room),
        "when": display.span(row.reserve_from, row.reserve_to, policy.zone),
        "texts": texts,
        "errors": list(errors),
        "instead": _instead(request, row, texts) if errors else [],
        "places": places_of(request),
        "full_name": display.full_name,
        "step": policy.step.seconds,
        "longest": LONGEST_DESCRIPTION,
    }


def places_of(request) -> dict[str, list[Meetingroom]]:
    """The rooms that the caller may book, by place."""
    barred = eligibility.rooms_closed_to(request.db, request.identity.user_id)
    places: dict[str, list[Meetingroom]] = {}
    for room in request.db.scalars(sa.select(Meetingroom).order_by(*occupancy.LIST_ORDER)):
        if room.id not in barred:
            places.setdefault(room.location, []).append(room)
    return places


def _instead(request, row: Reservation, texts: dict[str, str]) -> list[tuple[str, str]]:
    """What there is instead of a room that is taken: pairs of value and label of a button."""
    policy: BookingPolicy = request.registry["rooms.policy"]
    try:
        interval = read_times(texts, policy)
        room = request.db.get(Meetingroom, int(texts["room_id"][:18]))
    except (Refusal, ValueError):
        return []
    if room is None or not occupancy.conflicts(
        request.db, room.id, policy.widen(*interval), except_id=row.id
    ):
        return []
    found = availability.alternatives(
        request.db, policy, datetime.now(UTC), room, interval, user_id=request.identity.user_id
    )
    times = []
    for start, end in found.stretches:
        local = start.astimezone(policy.zone), end.astimezone(policy.zone)
        value = f"time:{local[0]:%Y-%m-%d}/{local[0]:%H:%M}/{local[1]:%H:%M}"
        times.append((value, f"改到 {display.span(start, end, policy.zone)}"))
    return times + [
        (f"room:{each.id}", f"换到 {display.full_name(each)}（{each.seats_count} 座）")
        for each in found.rooms
    ]


def includeme(config) -> None:
    renderer = "hhu_plugins.rooms:templates/app_change.jinja2"
    name = "rooms.reservation.change"
    config.add_page(name, f"{reservation.PATH}change", show, title="改动预约", renderer=renderer)
    config.add_view(
        save, route_name=name, renderer=renderer, request_method="POST", permission="signed-in"
    )
