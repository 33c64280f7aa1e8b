"""预约日历: the reservations as a calendar, to be dragged by those who may change them.

The page's script asks the ``….json`` paths, which answer in the shapes of the REST API.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import colander
import sqlalchemy as sa
from pyramid.response import Response

from hhu_base.admin import AdminRoot, audited
from hhu_base.models import User
from hhu_base.rest import Identifier, Instant, Text, YesNo, body, query
from hhu_base.values.refusal import TOGETHER, Refusal
from hhu_base.web.security import hold_identity
from hhu_plugins.rooms import booking, display, occupancy
from hhu_plugins.rooms.admin import changes, reservation_form
from hhu_plugins.rooms.admin.reservations import LONGEST_REASON
from hhu_plugins.rooms.models import Meetingroom, Reservation
from hhu_plugins.rooms.policy import BookingPolicy

PATH = "/admin/rooms/calendar/"
EVENTS, MOVE, CANCEL = PATH + "events.json", PATH + "move.json", PATH + "cancel.json"

# A month is drawn as six weeks.
LONGEST_WINDOW = timedelta(days=45)
MOST_EVENTS = 20_000
BAD_WINDOW = "一次最多查看 45 天。"
TOO_MANY = "这段时间的预约太多，请选择一个会议室，或者换成周、日视图。"
MOVED_MEANWHILE = "这个预约刚刚被别人改动过，日历已经刷新，请确认后再试。"


class WindowSchema(colander.MappingSchema):
    start = Instant()
    end = Instant()
    room = Identifier(missing=None)
    place = Text(missing=None)


class MoveSchema(colander.MappingSchema):
    """``was_…`` are the times that were dragged away from."""

    id = Identifier(title="预约")
    reserve_from = Instant(title="开始时间")
    reserve_to = Instant(title="结束时间")
    was_from = Instant(title="原开始时间")
    was_to = Instant(title="原结束时间")
    knowingly = YesNo(missing=False, title=changes.KNOWINGLY_TITLE)


class CancelSchema(colander.MappingSchema):
    id = Identifier(title="预约")
    reason = Text(max_length=LONGEST_REASON, title="取消原因")


_WINDOW, _MOVE, _CANCEL = query(WindowSchema), body(MoveSchema), body(CancelSchema)


def show(request) -> dict[str, Any]:
    """``GET /admin/rooms/calendar/``, with ``room`` or ``place``, ``view`` and ``date``."""
    policy: BookingPolicy = request.registry["rooms.policy"]
    rooms = request.db.scalars(sa.select(Meetingroom).order_by(*occupancy.LIST_ORDER)).all()
    places: dict[str, list[Meetingroom]] = {}
    for room in rooms:
        places.setdefault(room.location, []).append(room)
    may_change = bool(request.has_permission("rooms.change"))
    settings = {
        "zone": str(request.registry.site_zone),
        "step": int(policy.step.total_seconds()),
        "shortest": int(policy.round_length(policy.shortest).total_seconds()),
        "mayChange": may_change,
        "csrf": request.session.get_csrf_token(),
        "urls": {
            "page": PATH,
            "events": EVENTS,
            "move": MOVE,
            "cancel": CANCEL,
            "reservations": "/admin/rooms/reservations/",
            "book": reservation_form.PATH,
        },
        "rooms": [
            {"id": room.id, "name": display.full_name(room), "place": room.location}
            for room in rooms
        ],
    }
    return {"title": "预约日历", "settings": settings, "places": places, "may_change": may_change}


def find_events(request) -> Response:
    """``GET …/events.json?start=…&end=…``: what touches the window; in one statement."""
    asked = _WINDOW(request)
    start, end = asked["start"], asked["end"]
    if not start < end <= start + LONGEST_WINDOW:
        raise Refusal(BAD_WINDOW)
    found = _found(start, end)
    if asked["room"] is not None:
        found = found.where(Reservation.room_id == asked["room"])
    elif asked["place"] is not None:
        here = sa.select(Meetingroom.id).where(Meetingroom.location == asked["place"])
        found = found.where(Reservation.room_id.in_(here))
    return _answer(request, found.limit(MOST_EVENTS + 1))


def move(request) -> Response:
    """``POST …/move.json``: after a reservation was dragged or stretched."""
    hold_identity(request)
    wanted = _MOVE(request)
    row = changes.find_open(request, wanted["id"])
    if not booking.is_at(row, wanted["was_from"], wanted["was_to"]):
        raise Refusal(MOVED_MEANWHILE, TOGETHER)
    with audited(request, row, changes.MOVED):
        changes.move(request, row, wanted)
    return _answer(
        request, _found(row.reserve_from, row.reserve_to).where(Reservation.id == row.id)
    )


def cancel(request) -> dict[str, Any]:
    """``POST …/cancel.json``"""
    hold_identity(request)
    wanted = _CANCEL(request)
    row = changes.find_open(request, wanted["id"])
    with audited(request, row, changes.CANCELLED):
        changes.cancel(request, row, wanted["reason"])
    return {"id": row.id, "status": row.status}


def _found(start: datetime, end: datetime) -> sa.Select:
    """Those in a window, with the names that the script knows."""
    return occupancy.reservations(
        (start, end),
        Reservation.id,
        Reservation.room_id.label("room"),
        Reservation.user_id.label("person"),
        Reservation.reserve_from.label("from"),
        Reservation.reserve_to.label("to"),
        Reservation.description.label("text"),
    )


def _answer(request, reservations: sa.Select) -> Response:
    """``{"events": […], "people": {id: {…}}}``, in one statement.

    PostgreSQL writes the JSON: a month of all rooms is ten thousand rows, for which Python needs
    several times longer. Each person is told once, and not with each of the reservations.
    """
    found = reservations.cte("found")
    events = sa.select(sa.func.json_agg(found.table_valued())).scalar_subquery()
    phone = sa.func.coalesce(sa.func.nullif(User.phone, ""), User.tel)
    name = sa.func.coalesce(sa.func.nullif(User.fullname, ""), User.username)
    about = ("name", name, "phone", phone, "email", sa.func.coalesce(User.email, ""))
    people = (
        sa.select(sa.func.json_object_agg(User.id, sa.func.json_build_object(*about)))
        .where(User.id.in_(sa.select(found.c.person)))
        .scalar_subquery()
    )
    count = sa.select(sa.func.count()).select_from(found).scalar_subquery()
    texts = (
        sa.func.coalesce(sa.cast(part, sa.Text), empty)
        for part, empty in ((events, "[]"), (people, "{}"))
    )
    number, all_events, all_people = request.db.execute(sa.select(count, *texts)).one()
    if number > MOST_EVENTS:
        raise Refusal(TOO_MANY)
    text = f'{{"events":{all_events},"people":{all_people}}}'
    return Response(text.encode(), content_type="application/json", charset=None)


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
        (EVENTS, find_events, "GET", "rooms.view"),
        (MOVE, move, "POST", "rooms.change"),
        (CANCEL, cancel, "POST", "rooms.change"),
    ):
        config.add_route(path, path, factory=AdminRoot)
        config.add_view(
            view, route_name=path, request_method=method, permission=permission, renderer="json"
        )
