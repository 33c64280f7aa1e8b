"""预约日历: the board of all rooms, and the calendar of one, to be dragged by those who may.

The pages' scripts ask the ``….json`` paths, which answer in the shapes of the REST API.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote

import colander
import sqlalchemy as sa
from pyramid.response import Response

from hhu_base.admin import AdminRoot, audited
from hhu_base.rest import Identifier, Instant, Text, YesNo, form
from hhu_base.values.refusal import TOGETHER, Refusal
from hhu_base.web.security import hold_identity
from hhu_plugins.rooms import booking, display, occupancy
from hhu_plugins.rooms.admin import calendar_events, changes, reservation_form
from hhu_plugins.rooms.admin.reservation_actions import LONGEST_REASON
from hhu_plugins.rooms.models import Meetingroom
from hhu_plugins.rooms.policy import BookingPolicy

PATH = "/admin/rooms/calendar/"
EVENTS, MOVE, CANCEL = PATH + "events.json", PATH + "move.json", PATH + "cancel.json"

BOARDS = ("board", "board-week")
VIEWS = (*BOARDS, "month", "week", "day", "list")
# The scripts keep in it which view was open last, of which room or place.
COOKIE = "rooms_calendar"
MOVED_MEANWHILE = "这个预约刚刚被别人改动过，日历已经刷新，请确认后再试。"


class MoveSchema(colander.MappingSchema):
    """``was_…`` is where it was dragged away from."""

    id = Identifier(title="预约")
    reserve_from = Instant(title="开始时间")
    reserve_to = Instant(title="结束时间")
    room_id = Identifier(missing=colander.drop, title="会议室")
    was_from = Instant(title="原开始时间")
    was_to = Instant(title="原结束时间")
    was_room_id = Identifier(missing=None, title="原会议室")
    knowingly = YesNo(missing=False, title=changes.KNOWINGLY_TITLE)


class CancelSchema(colander.MappingSchema):
    id = Identifier(title="预约")
    reason = Text(max_length=LONGEST_REASON, title="取消原因")


_MOVE, _CANCEL = form(MoveSchema), form(CancelSchema)


def show(request) -> dict[str, Any]:
    """``GET /admin/rooms/calendar/``, with ``view``, ``date``, and ``room`` or ``place``.

    Without any it opens as it was last seen in this browser.
    """
    policy: BookingPolicy = request.registry["rooms.policy"]
    rooms = request.db.scalars(sa.select(Meetingroom).order_by(*occupancy.LIST_ORDER)).all()
    places: dict[str, list[Meetingroom]] = {}
    for room in rooms:
        places.setdefault(room.location, []).append(room)
    may_change = bool(request.has_permission("rooms.change"))
    asked = _asked(request)
    view = asked.get("view", "")
    if view not in VIEWS:
        view = "week" if asked.get("room") else BOARDS[0]
    settings = {
        "zone": str(request.registry.site_zone),
        "step": int(policy.step.total_seconds()),
        "shortest": int(policy.round_length(policy.shortest).total_seconds()),
        "mayChange": may_change,
        "csrf": request.session.get_csrf_token(),
        "view": view,
        "asked": asked,
        "cookie": COOKIE,
        "urls": {
            "page": PATH,
            "events": EVENTS,
            "move": MOVE,
            "cancel": CANCEL,
            "reservations": "/admin/rooms/reservations/",
            "book": reservation_form.PATH,
        },
        "rooms": [_describe(room) for room in rooms],
    }
    return {
        "title": "预约日历",
        "settings": settings,
        "places": places,
        "may_change": may_change,
        "is_board": view in BOARDS,
    }


def _asked(request) -> Mapping[str, str]:
    """What the address says, or where it says nothing, what was open last."""
    if request.GET:
        return dict(request.GET)
    return dict(parse_qsl(unquote(request.cookies.get(COOKIE, ""))))


def _describe(room: Meetingroom) -> dict[str, Any]:
    return {
        "id": room.id,
        "name": display.full_name(room),
        "place": room.location,
        "seats": room.seats_count,
        "equipment": list(room.equipment),
    }


def move(request) -> Response:
    """``POST …/move.json``: after a reservation was dragged or stretched."""
    hold_identity(request)
    wanted = _MOVE(request)
    row = changes.find_open(request, wanted["id"])
    was_room_id = wanted["was_room_id"] or row.room_id
    if row.room_id != was_room_id or not booking.is_at(row, wanted["was_from"], wanted["was_to"]):
        raise Refusal(MOVED_MEANWHILE, TOGETHER)
    with audited(request, row, changes.MOVED):
        changes.move(request, row, wanted)
    return calendar_events.tell_one(request, row)


def cancel(request) -> dict[str, Any]:
    """``POST …/cancel.json``"""
    hold_identity(request)
    wanted = _CANCEL(request)
    row = changes.find_open(request, wanted["id"], or_held=True)
    with audited(request, row, changes.CANCELLED):
        changes.cancel(request, row, wanted["reason"])
    return {"id": row.id, "status": row.status}


def includeme(config) -> None:
    config.add_admin_page(
        show,
        PATH,
        "预约日历",
        permission="rooms.view",
        icon="calendar3",
        renderer="hhu_plugins.rooms:templates/calendar.jinja2",
        request_method="GET",
    )
    for path, view, method, permission in (
        (EVENTS, calendar_events.find, "GET", "rooms.view"),
        (MOVE, move, "POST", "rooms.change"),
        (CANCEL, cancel, "POST", "rooms.change"),
    ):
        config.add_route(path, path, factory=AdminRoot)
        config.add_view(
            view, route_name=path, request_method=method, permission=permission, renderer="json"
        )
