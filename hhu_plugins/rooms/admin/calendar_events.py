"""What 预约日历 shows: the reservations of a window, who holds them, and when the rooms are closed."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

import colander
import sqlalchemy as sa
from pyramid.response import Response

from hhu_base.models import User
from hhu_base.rest import Identifier, Instant, Text, query
from hhu_base.values.refusal import Refusal
from hhu_plugins.rooms import closed_times, display, occupancy
from hhu_plugins.rooms.intervals import to_utc
from hhu_plugins.rooms.models import HELD, Meetingroom, Reservation

# A month is drawn as six weeks.
LONGEST_WINDOW = timedelta(days=45)
MOST_EVENTS = 20_000
BAD_WINDOW = "一次最多查看 45 天。"
TOO_MANY = "这段时间的预约太多，请选择一个会议室，或者换成周、日视图。"


class WindowSchema(colander.MappingSchema):
    start = Instant()
    end = Instant()
    room = Identifier(missing=None)
    place = Text(missing=None)


_WINDOW = query(WindowSchema)


def find(request) -> Response:
    """``GET …/events.json?start=…&end=…``: what touches the window, with ``room`` or ``place`` there."""
    asked = _WINDOW(request)
    start, end = asked["start"], asked["end"]
    if not start < end <= start + LONGEST_WINDOW:
        raise Refusal(BAD_WINDOW)
    found, rooms = _in_window(start, end), sa.select(Meetingroom.id, Meetingroom.location)
    if asked["room"] is not None:
        found = found.where(Reservation.room_id == asked["room"])
        rooms = rooms.where(Meetingroom.id == asked["room"])
    elif asked["place"] is not None:
        rooms = rooms.where(Meetingroom.location == asked["place"])
        found = found.where(Reservation.room_id.in_(rooms.with_only_columns(Meetingroom.id)))
    return _answer(request, found, _closed(request, rooms, start, end))


def tell_one(request, row: Reservation) -> Response:
    """One reservation in the shape of ``find``."""
    found = _in_window(row.reserve_from, row.reserve_to).where(Reservation.id == row.id)
    return _answer(request, found, [])


def _in_window(start: datetime, end: datetime) -> sa.Select:
    """Those in a window, with the names that the script knows."""
    return occupancy.reservations(
        (start, end),
        Reservation.id,
        Reservation.room_id.label("room"),
        Reservation.user_id.label("person"),
        Reservation.reserve_from.label("from"),
        Reservation.reserve_to.label("to"),
        sa.case(
            (Reservation.status == HELD, f"{display.HELD_FOR}：" + Reservation.description),
            else_=Reservation.description,
        ).label("text"),
    ).limit(MOST_EVENTS + 1)


def _closed(request, rooms: sa.Select, start: datetime, end: datetime) -> list[dict[str, Any]]:
    """When these rooms are closed; most rooms share their hours, so each stretch is told once."""
    start, end = to_utc((start, end))
    closed = closed_times.read(request.db, start, end)
    if not closed:
        return []
    by_stretch: dict[closed_times.Closed, list[int]] = defaultdict(list)
    for room in request.db.execute(rooms):
        for stretch in closed.during(room, start, end):
            by_stretch[stretch].append(room.id)
    return [
        {
            "from": each.start.isoformat(),
            "to": each.end.isoformat(),
            "reason": each.reason,
            "closure": each.is_closure,
            "rooms": ids,
        }
        for each, ids in by_stretch.items()
    ]


def _answer(request, reservations: sa.Select, closed: list[dict[str, Any]]) -> Response:
    """``{"events": […], "people": {id: {…}}, "closed": […]}``, the first two in one statement.

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
    text = f'{{"events":{all_events},"people":{all_people},"closed":{json.dumps(closed)}}}'
    return Response(text.encode(), content_type="application/json", charset=None)
