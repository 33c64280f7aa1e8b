"""``/app/rooms/ID/``: one room at one time, which is reserved, asked for, waited for or talked about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from sqlalchemy.orm import selectinload, undefer_group

from hhu_base.app import Place, place_actions
from hhu_base.rest import form
from hhu_base.values.refusal import Refusal
from hhu_base.web.sessions import flash
from hhu_plugins.rooms import (
    availability,
    display,
    orders,
    schedules,
)
from hhu_plugins.rooms.models import HELD, REQUESTED, Meetingroom, Reservation
from hhu_plugins.rooms.pages import question, situations, strips, waiting_form
from hhu_plugins.rooms.pages.question import FIND, Question
from hhu_plugins.rooms.pages.refusals import REFUSED, refuse
from hhu_plugins.rooms.schemas import LONGEST_DESCRIPTION, ReservationSchema

ROUTE = "rooms.room"
RESERVATIONS = "/app/reservations/"
_RESERVE = form(ReservationSchema, summary=True)
# As many of one's last descriptions are offered.
_MOST_WORDS = 5


def show(request) -> dict[str, Any]:
    """``GET /app/rooms/ID/``"""
    return _page(request, question.read(request))


def act(request) -> dict[str, Any] | HTTPSeeOther:
    """``POST /app/rooms/ID/``: ``do`` is ``book`` or ``wait``."""
    room = find_room(request)
    room_id = room.id
    asked = question.read(request, request.POST)
    try:
        question.check(asked, request.POST)
    except Refusal as refused:
        return _page(request, asked, refuse(request, refused))
    try:
        if request.POST.get("do") == "wait":
            return waiting_form.submit(request, asked, room_id)
        return _book(request, room_id, *asked.interval)
    except REFUSED as error:
        said = refuse(request, error)
        mine = situations.find_mine(request, room_id, asked)
        if mine is not None:  # sent twice
            return HTTPSeeOther(f"{RESERVATIONS}{mine.id}/")
        return _page(request, asked, said)


def _book(request, room_id: int, start: datetime, end: datetime) -> HTTPSeeOther:
    wanted = _RESERVE.read(
        request,
        {
            "meetingroom": room_id,
            "reserve_from": start.isoformat(),
            "reserve_to": end.isoformat(),
            "description": request.POST.get("description", ""),
            "approval": request.POST.get("approval", "no"),
        },
    )
    made = orders.reserve(
        request,
        room_id,
        (wanted["reserve_from"], wanted["reserve_to"]),
        wanted["description"],
        with_approval=wanted["approval"],
    )
    if made.status == REQUESTED:
        flash(request, "申请已提交，有了结果会通知您。审批之前，这个时间还没有为您保留。")
    else:
        flash(request, "预约成功。")
    return HTTPSeeOther(f"{RESERVATIONS}{made.id}/")


def find_room(request) -> Meetingroom:
    """Raises HTTPNotFound."""
    room = request.db.scalar(
        sa.select(Meetingroom)
        .where(Meetingroom.id == int(request.matchdict["id"]))
        .options(selectinload(Meetingroom.photos), undefer_group("approval"))
    )
    if room is None:
        raise HTTPNotFound
    return room


def _page(request, asked: Question, errors: Sequence[str] = ()) -> dict[str, Any]:
    room = find_room(request)
    name, here = display.full_name(room), f"{FIND}{room.id}/"
    situation = situations.read(request, room, asked)
    scale, bars = strips.draw(request.db, [room], asked.day, asked.policy.zone, asked.interval)
    # Said by the rule already, and once is enough.
    errors = [
        each for each in dict.fromkeys([*errors, *asked.errors]) if each != situation.sentence
    ]
    return {
        "title": name,
        "room": room,
        "rules": asked.policy.of(room),
        "asked": asked,
        "here": here,
        "errors": errors,
        "situation": situation,
        "scale": scale,
        "strip": bars[room.id],
        "day": _day(request, room, asked),
        "words": _last_words(request),
        "description": request.params.get("description", ""),
        "confirms_itself": bool(request.POST.get("confirms_itself")),
        "longest": LONGEST_DESCRIPTION,
        "step": asked.policy.step.seconds,
        "actions": [
            each
            for each in place_actions(request, Place(room.location, name, room.id))
            if not each.url.startswith(FIND)
        ],
    }


def _day(request, room: Meetingroom, asked: Question) -> list[dict[str, Any]]:
    """What the room's day is made of, in order: taken, closed, and free for a tap."""
    zone = asked.policy.zone
    [day] = schedules.days(request.db, room, asked.day, 1, zone)
    parts: list[tuple[datetime, datetime, dict[str, Any]]] = []
    for row in day.reservations:
        is_held = row.status == HELD
        parts.append(
            (
                row.reserve_from,
                row.reserve_to,
                {
                    "kind": "mine" if row.user_id == request.identity.user_id else "taken",
                    "text": "为候补的人保留" if is_held else row.description,
                    "who": "" if is_held else display.person(row.user),
                },
            )
        )
    for each in day.closed:
        parts.append((each.start, each.end, {"kind": "closed", "text": each.reason, "who": ""}))
    parts.sort(key=lambda part: part[:2])
    rules = asked.policy.of(room)
    usual = strips.Scale.of(asked.day, zone)
    begin = max(usual.start, asked.policy.down(asked.now))
    gaps = availability.find_gaps(
        asked.policy, (begin, usual.end), [part[:2] for part in parts], rules.shortest
    )
    lines = [
        {**more, "start": start, "times": display.clock_span(start, end, zone), "url": ""}
        for start, end, more in parts
    ]
    for start, end in gaps if begin < usual.end else ():
        length = min(asked.minutes, (end - start).total_seconds() // 60)
        lines.append(
            {
                "kind": "free",
                "text": "空闲",
                "who": "",
                "start": start,
                "times": display.clock_span(start, end, zone),
                "url": asked.url(
                    f"{FIND}{room.id}/",
                    at=start.astimezone(zone).time(),
                    minutes=int(length),
                ),
            }
        )
    return sorted(lines, key=lambda line: line["start"])


def _last_words(request) -> list[str]:
    """What one's last meetings were, each once."""
    found = request.db.execute(
        sa.select(Reservation.description, sa.func.max(Reservation.id).label("last"))
        .where(Reservation.user_id == request.identity.user_id)
        .group_by(Reservation.description)
        .order_by(sa.desc("last"))
        .limit(_MOST_WORDS)
    )
    return [row.description for row in found]


def _path_for(place: Place) -> str | None:
    return f"{FIND}{place.room_id}/" if place.room_id is not None else None


def includeme(config) -> None:
    renderer = "hhu_plugins.rooms:templates/app_room.jinja2"
    config.add_page(ROUTE, FIND + r"{id:\d{1,18}}/", show, title="会议室", renderer=renderer)
    config.add_view(
        act,
        route_name=ROUTE,
        renderer=renderer,
        request_method="POST",
        permission="signed-in",
    )
    config.add_place_action("rooms.book", "预约其他时间", _path_for, order=10, icon="calendar-plus")
