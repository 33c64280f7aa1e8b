"""``/app/rooms/ID/``: one room at one time, which is reserved, asked for, waited for or talked about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from sqlalchemy.orm import selectinload, undefer_group

from hhu_base.app import Place, place_actions
from hhu_base.rest import body
from hhu_base.values.refusal import Refusal
from hhu_base.web.sessions import flash
from hhu_plugins.rooms import (
    approval_rules,
    availability,
    closed_times,
    decisions,
    display,
    giving_way,
    occupancy,
    orders,
    schedules,
)
from hhu_plugins.rooms.closed_times import CLOSED, OUTSIDE
from hhu_plugins.rooms.eligibility import NOT_ELIGIBLE
from hhu_plugins.rooms.intervals import Interval
from hhu_plugins.rooms.models import CONFIRMED, HELD, REQUESTED, Meetingroom, Reservation
from hhu_plugins.rooms.pages import find, question, strips
from hhu_plugins.rooms.pages.question import FIND, Chip, Question
from hhu_plugins.rooms.pages.refusals import REFUSED, refuse, sentences
from hhu_plugins.rooms.policy import check_times
from hhu_plugins.rooms.schemas import LONGEST_DESCRIPTION, ReservationSchema

ROUTE = "rooms.room"
RESERVATIONS = "/app/reservations/"
_RESERVE = body(ReservationSchema, summary=True)
# As many of one's last descriptions are offered.
_MOST_WORDS = 5


@dataclass(frozen=True)
class Situation:
    """Whether the room can be had then: ``sentence`` is why it can't.

    ``mine``: it is one's own already. ``can_wait`` and ``ask_url``: what else there is to do.
    """

    sentence: str = ""
    needs_approval: bool = False
    mine: Reservation | None = None
    can_wait: bool = False
    ask_url: str = ""
    stretches: Sequence[Chip] = ()
    rooms: Sequence[tuple[str, str]] = ()

    @property
    def is_free(self) -> bool:
        return not self.sentence and self.mine is None


def show(request) -> dict[str, Any]:
    """``GET /app/rooms/ID/``"""
    return _page(request, question.read(request))


def act(request) -> dict[str, Any] | HTTPSeeOther:
    """``POST /app/rooms/ID/``: ``do`` is ``book`` or ``wait``."""
    room = find_room(request)
    room_id = room.id
    asked = question.read(request, request.POST)
    start, end = asked.interval
    try:
        if request.POST.get("do") == "wait":
            fields = {"meetingroom": room_id, **find.wait_fields(request, start, end)}
            return find.submit_waiting(request, find.WAIT.read(request, fields))
        return _book(request, room_id, start, end)
    except REFUSED as error:
        said = refuse(request, error)
        mine = _find_mine(request, room_id, asked)
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


def _find_mine(request, room_id: int, asked: Question) -> Reservation | None:
    start, end = asked.policy.widen(*asked.interval)
    return request.db.scalars(
        sa.select(Reservation).where(
            Reservation.user_id == request.identity.user_id,
            Reservation.room_id == room_id,
            Reservation.reserve_from == start,
            Reservation.reserve_to == end,
            Reservation.status.in_((CONFIRMED, REQUESTED)),
        )
    ).first()


def _page(request, asked: Question, errors: Sequence[str] = ()) -> dict[str, Any]:
    room = find_room(request)
    name, here = display.full_name(room), f"{FIND}{room.id}/"
    situation = read_situation(request, room, asked)
    scale, bars = strips.draw(request.db, [room], asked.day, asked.policy.zone, asked.interval)
    # Said by the rule already, and once is enough.
    errors = [*asked.errors, *(each for each in errors if each != situation.sentence)]
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


def read_situation(request, room: Meetingroom, asked: Question) -> Situation:
    """The rules say the last word when it is sent; this is what can be known before."""
    me, policy = request.identity.user_id, asked.policy
    if not find.may_book(request, room.id):
        return Situation(NOT_ELIGIBLE)
    mine = _find_mine(request, room.id, asked)
    if mine is not None:
        return Situation(mine=mine)
    try:
        interval = check_times(policy.of(room), asked.now, *asked.interval)
    except Refusal as refused:
        return Situation(" ".join(sentences(refused)))
    needs_approval = approval_rules.is_needed(request.db, policy, room, me, interval)
    closed = closed_times.read(request.db, *interval).during(room, *interval)
    taken = occupancy.conflicts(request.db, room.id, interval)
    if not closed and not taken:
        if needs_approval and interval[0] <= asked.now:
            return Situation("需要审批的会议室，只能申请还没有开始的时间。")
        return Situation(needs_approval=needs_approval)
    can_wait = interval[0] > asked.now and not needs_approval
    sentence = decisions.TAKEN if taken else CLOSED
    if closed and closed[0].reason not in ("", OUTSIDE):
        sentence = f"{sentence}（{closed[0].reason}）"
    instead = availability.alternatives(
        request.db, policy, datetime.now(UTC), room, interval, user_id=me
    )
    return Situation(
        sentence,
        needs_approval,
        can_wait=can_wait and bool(taken),
        ask_url=_ask_url(asked, taken, me) if can_wait and not closed else "",
        stretches=[_stretch(asked, room, each) for each in instead.stretches],
        rooms=[
            (f"{display.full_name(each)}（{each.seats_count} 座）", find.room_url(each.id, asked))
            for each in instead.rooms
        ],
    )


def _stretch(asked: Question, room: Meetingroom, interval: Interval) -> Chip:
    local = interval[0].astimezone(asked.policy.zone)
    times = display.clock_span(*interval, asked.policy.zone)
    day = "" if local.date() == asked.day else f"{question.day_name(local.date(), asked.today)} "
    url = asked.url(f"{FIND}{room.id}/", **asked.at_interval(interval))
    return Chip(f"{day}{times}", url, False)


def _ask_url(asked: Question, taken: Sequence[Reservation], me: int) -> str:
    """Where its holder can be asked to give way; empty where that is of no use."""
    if len(taken) != 1 or taken[0].status != CONFIRMED or taken[0].user_id == me:
        return ""
    if taken[0].reserve_from - giving_way.LATEST <= asked.now:
        return ""
    return asked.url(f"{FIND}ask/{taken[0].id}/")


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


def includeme(config) -> None:
    renderer = "../templates/app_room.jinja2"
    config.add_page(ROUTE, FIND + r"{id:\d{1,18}}/", show, title="会议室", renderer=renderer)
    config.add_view(
        act,
        route_name=ROUTE,
        renderer=renderer,
        request_method="POST",
        permission="signed-in",
    )
