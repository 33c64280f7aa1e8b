"""``/app/rooms/``, 找会议室: one question, and the rooms that are free then, the smallest first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from pyramid.httpexceptions import HTTPSeeOther

from hhu_base.database import among
from hhu_base.values.refusal import Refusal
from hhu_plugins.rooms import (
    approval_rules,
    availability,
    display,
    equipment,
    occupancy,
)
from hhu_plugins.rooms.models import Meetingroom, Photo
from hhu_plugins.rooms.occupancy import Room
from hhu_plugins.rooms.pages import question, strips, waiting_form
from hhu_plugins.rooms.pages.question import FIND, Chip, Question
from hhu_plugins.rooms.pages.refusals import REFUSED, refuse, sentences
from hhu_plugins.rooms.policy import check_times
from hhu_plugins.rooms.schemas import LONGEST_DESCRIPTION

ROUTE = "rooms.find"
# The others are a tap away.
_MOST_SHOWN = 12
_OTHER_TIMES = 6


class Line(NamedTuple):
    """A room that one may choose."""

    room: Room
    name: str
    url: str
    photo: str
    needs_approval: bool
    strip: strips.Strip


class Found(NamedTuple):
    """``sentence`` is why nothing was looked for."""

    free: Sequence[Room] = ()
    taken: Sequence[Room] = ()
    sentence: str = ""


def show(request) -> dict[str, Any]:
    """``GET /app/rooms/``"""
    return _page(request, question.read(request))


def wait(request) -> dict[str, Any] | HTTPSeeOther:
    """``POST /app/rooms/``: wait for any room that fits."""
    asked = question.read(request, request.POST)
    try:
        question.check(asked, request.POST)
        return waiting_form.submit(request, asked)
    except REFUSED as error:
        return _page(request, asked, refuse(request, error))


def _page(request, asked: Question, errors: Sequence[str] = ()) -> dict[str, Any]:
    found = _find(request, asked)
    is_all = request.GET.get("show") == "all"
    shown = found.free if is_all else found.free[:_MOST_SHOWN]
    scale, lines = _lines(request, asked, shown)
    return {
        "asked": asked,
        "errors": [*asked.errors, *errors],
        "sentence": found.sentence,
        "count": len(found.free),
        "lines": lines,
        "scale": scale,
        "more": len(found.free) - len(shown),
        "all_url": f"{asked.url()}&show=all",
        "taken": [
            (room, display.full_name(room), room_url(room.id, asked)) for room in found.taken
        ],
        "others": [] if found.free or found.sentence else _other_times(request, asked),
        "fits_any": bool(found.taken) and asked.interval[0] > asked.now,
        "words": _words(request, asked),
        "places": all_places(request),
        "step": request.registry["rooms.policy"].step.seconds,
        "description": request.POST.get("description", ""),
        "longest": LONGEST_DESCRIPTION,
    }


def room_url(room_id: int, asked: Question) -> str:
    return asked.url(f"{FIND}{room_id}/")


def _find(request, asked: Question) -> Found:
    policy, user_id = asked.policy, request.identity.user_id
    try:
        interval = check_times(policy, asked.now, *asked.interval, may_exceed=True)
        places = availability.free_rooms(
            request.db,
            policy,
            asked.now,
            interval,
            people_count=asked.people,
            location=asked.place or None,
            equipment=asked.equipment,
            user_id=user_id,
        )
    except Refusal as refused:
        return Found(sentence=" ".join(sentences(refused)))
    free = [each.room for place in places for each in place.rooms]
    free.sort(key=lambda room: room.seats_count)
    fitting = occupancy.rooms(
        request.db,
        seats=asked.people,
        location=asked.place or None,
        equipment=asked.equipment,
        for_user=user_id,
    )
    free_ids = {room.id for room in free}
    others = [room for room in fitting if room.id not in free_ids]
    used = occupancy.taken(request.db, [room.id for room in others], interval)
    return Found(free, [room for room in others if room.id in used])


def _lines(request, asked: Question, rooms: Sequence[Room]) -> tuple[strips.Scale, list[Line]]:
    scale, bars = strips.draw(request.db, rooms, asked.day, asked.policy.zone, asked.interval)
    pictures = first_photos(request, [room.id for room in rooms])
    user_id = request.identity.user_id
    asking = {
        room.id
        for room in approval_rules.with_approvers(request.db, [room.id for room in rooms])
        if approval_rules.is_needed(request.db, asked.policy, room, user_id, asked.interval)
    }
    return scale, [
        Line(
            room,
            display.full_name(room),
            room_url(room.id, asked),
            pictures.get(room.id, ""),
            room.id in asking,
            bars[room.id],
        )
        for room in rooms
    ]


def first_photos(request, room_ids: Collection[int]) -> dict[int, str]:
    """Where the small photo is that stands for a room, by the room's id."""
    first: dict[int, str] = {}
    for room_id, photo_id in request.db.execute(
        sa.select(Photo.room_id, Photo.id)
        .where(among(Photo.room_id, room_ids))
        .order_by(Photo.position, Photo.id)
    ):
        first.setdefault(room_id, f"{FIND}photos/{photo_id}/small.jpg")
    return first


def _other_times(request, asked: Question) -> list[Chip]:
    """When on this day there is a room for so long, nearest first."""
    policy = asked.policy
    try:
        places = availability.free_rooms(
            request.db,
            policy,
            asked.now,
            strips.window_of(asked.day, policy.zone),
            length=timedelta(minutes=asked.minutes),
            people_count=asked.people,
            location=asked.place or None,
            equipment=asked.equipment,
            user_id=request.identity.user_id,
        )
    except Refusal:
        return []
    gaps = sorted({gap for place in places for room in place.rooms for gap in room.free})
    start, _ = asked.interval
    wanted = (start, start + policy.round_length(timedelta(minutes=asked.minutes)))
    nearest = availability.nearest_stretches(policy, gaps, wanted, _OTHER_TIMES * 20)
    return [
        Chip(
            display.clock_span(*each, policy.zone),
            asked.url(**asked.at_interval(each)),
            False,
        )
        for each in list(dict.fromkeys(nearest))[:_OTHER_TIMES]
    ]


def _words(request, asked: Question) -> list[tuple[str, bool]]:
    known = equipment.words(request.db)
    return [(word, word in asked.equipment) for word in dict.fromkeys([*known, *asked.equipment])]


def all_places(request) -> list[str]:
    """Where there are rooms, by pinyin."""
    found = request.db.scalars(
        sa.select(Meetingroom.location)
        .group_by(Meetingroom.location)
        .order_by(sa.func.min(Meetingroom.location_key))
    )
    return list(found)


def includeme(config) -> None:
    config.add_page(
        ROUTE,
        FIND,
        show,
        title="找会议室",
        renderer="hhu_plugins.rooms:templates/app_find.jinja2",
        menu="会议室",
        icon="door-open",
        hint="哪天、几点、多久",
        order=10,
    )
    config.add_view(
        wait,
        route_name=ROUTE,
        renderer="hhu_plugins.rooms:templates/app_find.jinja2",
        request_method="POST",
        permission="signed-in",
    )
