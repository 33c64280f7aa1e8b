"""冲突查询: which rooms are free for an urgent meeting, who has the others, and what to do about it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

import sqlalchemy as sa
from pyramid.httpexceptions import HTTPSeeOther
from sqlalchemy.orm import joinedload

from hhu_base.admin import MOST_AT_ONCE, flash
from hhu_base.database import among
from hhu_base.models import User
from hhu_base.rest import NotFound
from hhu_base.values.refusal import FieldErrors, Refusal
from hhu_base.web import display as web_display
from hhu_base.web.security import hold_identity
from hhu_plugins.rooms import asks, display, equipment, occupancy, vacancies
from hhu_plugins.rooms.admin import (
    conflict_actions,
    conflict_forms,
    conflict_query,
    reservation_form,
)
from hhu_plugins.rooms.admin.asks import AskAdmin
from hhu_plugins.rooms.admin.conflict_actions import is_id
from hhu_plugins.rooms.admin.conflict_forms import OpenForm
from hhu_plugins.rooms.admin.conflict_query import PATH, ConflictQuery
from hhu_plugins.rooms.admin.reservation_actions import LONGEST_REASON
from hhu_plugins.rooms.models import Meetingroom, Reservation
from hhu_plugins.rooms.policy import BookingPolicy
from hhu_plugins.rooms.schemas import LONGEST_DESCRIPTION

MOST_ROWS = 200
# So many free rooms are seen at once; the others unfold.
_FIRST = 8


class TakenRoom(NamedTuple):
    """A room with who has it; ``open_ids`` are of those about which something can be done."""

    room: Meetingroom
    rows: list[Reservation]
    open_ids: list[int]


def show(request) -> dict[str, Any]:
    """``GET /admin/rooms/conflicts/?start=…&end=…&…``; ``do`` and ``id`` open a form."""
    attempt = OpenForm(request.GET.get("do", ""), _ids(request.GET))
    return _page(request, conflict_query.read(request), attempt)


def resolve(request) -> dict[str, Any] | HTTPSeeOther:
    """``POST /admin/rooms/conflicts/?…``: ``do`` is move, cancel or replace."""
    hold_identity(request)
    what, ids = request.POST.get("do", ""), _ids(request.POST)
    deed: Callable | None = conflict_actions.ACTIONS.get(what)
    try:
        if deed is None or not ids:
            raise FieldErrors({"": ["请先选择一个预约。"]})
        if len(ids) > MOST_AT_ONCE:
            raise FieldErrors({"": [f"一次最多处理 {MOST_AT_ONCE} 个预约。"]})
        with request.db.begin_nested():
            said = deed(request, ids)
    except (Refusal, NotFound) as refused:
        request.response.status = 404 if isinstance(refused, NotFound) else 400
        return _page(
            request,
            conflict_query.read(request),
            conflict_forms.refused(request, what, ids, refused),
        )
    flash(request, said)
    return HTTPSeeOther(conflict_query.read(request).url(request.registry.site_zone))


def _ids(fields) -> list[int]:
    return sorted({int(text) for text in fields.getall("id") if is_id(text)})


def _page(request, asked: ConflictQuery, attempt: OpenForm) -> dict[str, Any]:
    # A refused attempt has changed nothing; what was read meanwhile may still be dirty.
    request.db.expire_all()
    rooms = request.db.scalars(sa.select(Meetingroom).order_by(*occupancy.LIST_ORDER)).all()
    found = [] if asked.problem else _find(request, asked, rooms)
    zone, now = request.registry.site_zone, datetime.now(UTC)
    policy: BookingPolicy = request.registry["rooms.policy"]
    meeting = asked.meeting(policy)
    may_change = bool(request.has_permission("rooms.change"))
    opened = attempt.rows(found, now) if may_change else []
    holder = attempt.posted.get("user_id", "")
    wanted = {}
    if meeting is not None:
        times = (display.field_time(each, zone) for each in meeting)
        wanted = dict(zip(("reserve_from", "reserve_to"), times, strict=True))
    url = asked.url(zone)
    return {
        "title": "冲突查询",
        "asked": asked,
        "attempt": attempt,
        "url": url,
        "rooms": _by_place(rooms),
        "words": equipment.words(request.db),
        "is_past": asked.end <= now,
        "free": [] if asked.problem else _free(request, asked, now),
        "first": _FIRST,
        "count": min(len(found), MOST_ROWS),
        "places": _grouped(rooms, found[:MOST_ROWS], now),
        "is_cut": len(found) > MOST_ROWS,
        "talks": asks.under_way(request.db, [row.id for row in found[:MOST_ROWS]]),
        "asks_path": AskAdmin.path,
        "may_change": may_change,
        "now": now,
        "wanted": wanted,
        "opened": opened,
        "displaced": conflict_forms.displaced(request, opened, attempt),
        "step": int(policy.step.total_seconds()),
        "book": lambda room: _booking_url(room.id, wanted, url),
        "local": lambda moment: display.field_time(moment, zone),
        "day": lambda row: display.day(row.reserve_from, zone),
        "clock": lambda row: display.clock_span(row.reserve_from, row.reserve_to, zone),
        "purpose": display.purpose,
        "span": display.span(asked.start, asked.end, zone),
        "full_name": display.full_name,
        "holders": web_display.labels(request, User, [int(holder)]) if is_id(holder) else {},
        "longest_reason": LONGEST_REASON,
        "longest_description": LONGEST_DESCRIPTION,
    }


def _booking_url(room_id: int, wanted: dict[str, str], back: str) -> str:
    """Where a room is booked for the time that was asked about."""
    params = {"room_id": room_id, **wanted, "back": back}
    return reservation_form.PATH + "?" + urlencode(params, safe=":")


def _find(request, asked: ConflictQuery, rooms: Sequence[Meetingroom]) -> list[Reservation]:
    statement = (
        occupancy.reservations((asked.start, asked.end))
        .options(joinedload(Reservation.room), joinedload(Reservation.user))
        .limit(MOST_ROWS + 1)
    )
    fit = {room.id for room in rooms if asked.fits(room)}
    if len(fit) < len(rooms):
        statement = statement.where(among(Reservation.room_id, fit))
    return list(request.db.scalars(statement))


def _free(request, asked: ConflictQuery, now: datetime) -> list[vacancies.Vacancy]:
    policy: BookingPolicy = request.registry["rooms.policy"]
    if asked.end <= now:
        return []
    interval = policy.widen(max(asked.start, now), asked.end)
    return vacancies.find(request.db, interval, seats=asked.people, equipment=asked.words)


def _by_place(rooms: Sequence[Meetingroom]) -> dict[str, list[Meetingroom]]:
    places: dict[str, list[Meetingroom]] = defaultdict(list)
    for room in rooms:
        places[room.location].append(room)
    return places


def _grouped(
    rooms: Sequence[Meetingroom], found: Sequence[Reservation], now: datetime
) -> list[tuple[str, list[TakenRoom]]]:
    """By place and room, in the order of lists; of a room in the order of time."""
    by_room: dict[int, list[Reservation]] = defaultdict(list)
    for row in found:
        by_room[row.room_id].append(row)
    return [
        (
            place,
            [
                TakenRoom(room, rows, [row.id for row in rows if row.reserve_to > now])
                for room, rows in ((room, by_room[room.id]) for room in here)
            ],
        )
        for place, here in _by_place([room for room in rooms if room.id in by_room]).items()
    ]


def includeme(config) -> None:
    renderer = "hhu_plugins.rooms:templates/conflicts.jinja2"
    config.add_admin_page(
        show,
        PATH,
        "冲突查询",
        permission="rooms.view",
        icon="search",
        renderer=renderer,
        request_method="GET",
    )
    config.add_view(
        resolve,
        route_name=PATH,
        permission="rooms.change",
        renderer=renderer,
        request_method="POST",
    )
