"""冲突查询: who has a room when it is wanted, and at once what can be done about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from urllib.parse import urlencode

import colander
import sqlalchemy as sa
from pyramid.httpexceptions import HTTPSeeOther
from sqlalchemy.orm import joinedload

from hhu_base.admin import MOST_AT_ONCE, flash
from hhu_base.models import User
from hhu_base.rest import Identifier, Instant, NotFound, query
from hhu_base.values.refusal import FieldErrors, Refusal
from hhu_base.web import display as web_display
from hhu_base.web.security import hold_identity
from hhu_plugins.rooms import display, occupancy
from hhu_plugins.rooms.admin import conflict_actions
from hhu_plugins.rooms.admin.reservations import LONGEST_REASON
from hhu_plugins.rooms.models import Meetingroom, Reservation
from hhu_plugins.rooms.policy import BookingPolicy
from hhu_plugins.rooms.schemas import LONGEST_DESCRIPTION

PATH = "/admin/rooms/conflicts/"
LONGEST_RANGE = timedelta(days=31)
MOST_ROWS = 200
_OPENS, _CLOSES = 8, 18


class RangeSchema(colander.MappingSchema):
    start = Instant(missing=None, title="从")
    end = Instant(missing=None, title="到")
    room = Identifier(missing=None, title="会议室")


_RANGE = query(RangeSchema)


@dataclass
class OpenForm:
    """The form that is open: what is to be done with which reservations.

    ``posted`` and ``errors`` are what was tried and why it was not done.
    """

    what: str = ""
    ids: list[int] = field(default_factory=list)
    posted: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    general: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class ConflictQuery:
    """The range of time that is looked at, and what was wrong with what was asked for."""

    start: datetime
    end: datetime
    room: Meetingroom | None
    problem: str = ""


def show(request) -> dict[str, Any]:
    """``GET /admin/rooms/conflicts/?start=…&end=…&room=…``; ``do`` and ``id`` open a form."""
    attempt = OpenForm(request.GET.get("do", ""), _ids(request.GET))
    return _page(request, _asked(request), attempt)


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
        return _page(request, _asked(request), _failed(request, what, ids, refused))
    flash(request, said)
    return HTTPSeeOther(_url(_asked(request), request.registry.site_zone))


def _ids(fields) -> list[int]:
    return sorted({int(text) for text in fields.getall("id") if _is_id(text)})


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def _failed(request, what: str, ids: list[int], refused: Refusal | NotFound) -> OpenForm:
    instead = getattr(refused, "instead", {})
    attempt = OpenForm(what, ids, {**request.POST, **instead})
    for name, sentences in refused.payload.items():
        text = " ".join(sentences) if isinstance(sentences, list) else str(sentences)
        if name in request.POST or name in conflict_actions.FIELDS:
            attempt.errors[name] = text
        else:
            attempt.general.append(text)
    return attempt


def _asked(request) -> ConflictQuery:
    zone = request.registry.site_zone
    today = datetime.now(zone).replace(minute=0, second=0, microsecond=0)
    usual = ConflictQuery(today.replace(hour=_OPENS), today.replace(hour=_CLOSES), None)
    try:
        asked = _RANGE(request)
    except Refusal:
        return ConflictQuery(usual.start, usual.end, None, "请填写正确的开始和结束时间。")
    room = request.db.get(Meetingroom, asked["room"]) if asked["room"] else None
    if asked["start"] is None or asked["end"] is None:
        return ConflictQuery(usual.start, usual.end, room)
    problem = ""
    if asked["end"] <= asked["start"]:
        problem = "结束时间必须晚于开始时间。"
    elif asked["end"] - asked["start"] > LONGEST_RANGE:
        problem = "一次最多查询 31 天。"
    return ConflictQuery(asked["start"], asked["end"], room, problem)


def _url(asked: ConflictQuery, zone: tzinfo) -> str:
    """This page with what was asked for, and no form open."""
    params = {
        "start": display.field_time(asked.start, zone),
        "end": display.field_time(asked.end, zone),
    }
    if asked.room is not None:
        params["room"] = str(asked.room.id)
    return PATH + "?" + urlencode(params, safe=":")


def _page(request, asked: ConflictQuery, attempt: OpenForm) -> dict[str, Any]:
    # A refused attempt has changed nothing; what was read meanwhile may still be dirty.
    request.db.expire_all()
    rooms = request.db.scalars(sa.select(Meetingroom).order_by(*occupancy.LIST_ORDER)).all()
    places: dict[str, list[Meetingroom]] = {}
    for room in rooms:
        places.setdefault(room.location, []).append(room)
    found = [] if asked.problem else _find(request, asked)
    holder = attempt.posted.get("user_id", "")
    zone, now = request.registry.site_zone, datetime.now(UTC)
    policy: BookingPolicy = request.registry["rooms.policy"]
    start, end = (display.field_time(each, zone) for each in policy.widen(asked.start, asked.end))
    may_change = bool(request.has_permission("rooms.change"))
    open_ids = [row.id for row in found if row.reserve_to > now]
    is_known = may_change and attempt.what in conflict_actions.ACTIONS
    is_one = is_known and len(attempt.ids) == 1 and attempt.ids[0] in open_ids
    # All that stand in the way of one room at once.
    is_all = (
        is_known
        and attempt.what == "replace"
        and asked.room is not None
        and len(attempt.ids) != 1
        and len(open_ids) > 1
    )
    return {
        "title": "冲突查询",
        "asked": asked,
        "attempt": attempt,
        "url": _url(asked, zone),
        "places": places,
        "found": found[:MOST_ROWS],
        "is_cut": len(found) > MOST_ROWS,
        "may_change": may_change,
        "now": now,
        "open_ids": open_ids,
        "is_all": is_all,
        "is_drawn": is_all or is_one,
        "step": int(policy.step.total_seconds()),
        # What would be reserved for all of the time that is asked about.
        "wanted": {"reserve_from": start, "reserve_to": end},
        "local": lambda moment: display.field_time(moment, zone),
        "day": lambda row: display.day(row.reserve_from, zone),
        "clock": lambda row: display.clock_span(row.reserve_from, row.reserve_to, zone),
        "full_name": display.full_name,
        "holders": web_display.labels(request, User, [int(holder)]) if _is_id(holder) else {},
        "longest_reason": LONGEST_REASON,
        "longest_description": LONGEST_DESCRIPTION,
    }


def _find(request, asked: ConflictQuery) -> list[Reservation]:
    statement = (
        occupancy.reservations((asked.start, asked.end))
        .options(joinedload(Reservation.room), joinedload(Reservation.user))
        .limit(MOST_ROWS + 1)
    )
    if asked.room is not None:
        statement = statement.where(Reservation.room_id == asked.room.id)
    return list(request.db.scalars(statement))


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
