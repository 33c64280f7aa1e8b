"""``/app/rooms/board/``, 全天一览: who has which room on a day, for those who want to look."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from hhu_base.values.refusal import Refusal
from hhu_plugins.rooms import display, occupancy
from hhu_plugins.rooms.models import Meetingroom
from hhu_plugins.rooms.occupancy import NOT_OPEN, Occupancy
from hhu_plugins.rooms.pages import find, question, strips
from hhu_plugins.rooms.pages.question import FIND, Question
from hhu_plugins.rooms.pages.refusals import sentences

BOARD = f"{FIND}board/"


def show(request) -> dict[str, Any]:
    """``GET /app/rooms/board/``; of each reservation what the availability query tells, too."""
    asked = question.read(request)
    zone = asked.policy.zone
    window = strips.window_of(asked.day, zone)
    scale = strips.Scale.of(asked.day, zone)
    sentence, calendars = "", []
    try:
        calendars = occupancy.calendars(
            request.db, window, seats=asked.people, equipment=asked.equipment
        )
    except Refusal as refused:
        sentence = " ".join(sentences(refused))
    places: dict[str, list[dict[str, Any]]] = {}
    ids = request.db.scalars(sa.select(Meetingroom.id).order_by(*occupancy.LIST_ORDER))
    order = {room_id: number for number, room_id in enumerate(ids)}
    for each in sorted(calendars, key=lambda found: order.get(found.room.id, 0)):
        if asked.place in ("", each.room.location):
            places.setdefault(each.room.location, []).append(
                {
                    "name": each.room.name,
                    "full_name": display.full_name(each.room),
                    "seats": each.room.seats_count,
                    "url": asked.url(f"{FIND}{each.room.id}/"),
                    "parts": [
                        part
                        for taken in each.reservations
                        if (part := _part(taken, scale, zone)) is not None
                    ],
                }
            )
    return {
        "asked": asked,
        "errors": [*asked.errors, *filter(None, [sentence])],
        "here": BOARD,
        "places": places,
        "all_places": find.all_places(request),
        "scale": scale,
        "now": _now(scale, asked),
        "before": asked.url(BOARD, day=asked.day - timedelta(days=1)),
        "after": asked.url(BOARD, day=asked.day + timedelta(days=1)),
        "date": display.day(window[0], zone),
    }


def _part(taken: Occupancy, scale: strips.Scale, zone) -> dict[str, Any] | None:
    is_closed = taken.reserve_user == NOT_OPEN
    interval = (taken.reserve_from, taken.reserve_to)
    span = scale.span(interval, strips.CLOSED if is_closed else strips.TAKEN)
    if span is None:
        return None
    who = "" if is_closed else taken.reserve_user.partition("-")[2]
    return {
        "span": span,
        "text": taken.description or (NOT_OPEN if is_closed else ""),
        "who": who,
        "times": display.clock_span(*interval, zone),
    }


def _now(scale: strips.Scale, asked: Question) -> float | None:
    """Where this moment stands on this day, in percent."""
    if not scale.start <= asked.now < scale.end:
        return None
    return round(100 * ((asked.now - scale.start) / (scale.end - scale.start)), 2)


def includeme(config) -> None:
    config.add_page(
        "rooms.board",
        BOARD,
        show,
        title="全天一览",
        renderer="hhu_plugins.rooms:templates/app_board.jinja2",
    )
