"""``/r/ID``: the page at the door of a room, for everybody, and on a tablet with ``?panel``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.security import NO_PERMISSION_REQUIRED
from sqlalchemy.orm import joinedload

from hhu_base.app import Place, place_actions
from hhu_base.app.places import PlaceButton
from hhu_base.database.transactions import abort
from hhu_base.tasks.decisions import OutcomeUnknown
from hhu_base.values import qr_codes
from hhu_base.values.refusal import Refusal
from hhu_base.web.sessions import flash
from hhu_plugins.rooms import (
    booking,
    checkins,
    display,
    door_states,
    orders,
    photo_files,
)
from hhu_plugins.rooms.models import Meetingroom
from hhu_plugins.rooms.schemas import LONGEST_DESCRIPTION

_ROUTE, _PHOTO = "rooms.door", "rooms.door.photo"
NOT_YOURS = "现在等待签到的会议不是您预约的。"
USUAL = "临时会议"


def show(request) -> dict[str, Any] | HTTPSeeOther:
    """``GET /r/ID``; ``?book=HH:MM`` and ``?checkin`` ask who it is, and then go on."""
    room = _find_room(request)
    is_panel = "panel" in request.GET
    if (
        not is_panel
        and request.identity is None
        and ("book" in request.GET or "checkin" in request.GET)
    ):
        next_ = request.path_qs
        return HTTPSeeOther(request.route_path("app.sign-in", _query={"next": next_}))
    policy, now = request.registry["rooms.policy"], datetime.now(UTC)
    state = door_states.read(request.db, policy, room, now)
    user_id = request.identity.user_id if request.identity else None
    is_mine = state.checkin is not None and state.checkin.user_id == user_id
    wanted = request.GET.get("book", "")
    name = display.full_name(room)
    actions = place_actions(request, Place(room.location, name, room.id))
    return {
        "title": name,
        "room": room,
        "here": display.door_path(room.id),
        "photo": f"{display.door_path(room.id)}/photo.jpg?{room.photos[0].id}"
        if room.photos
        else "",
        "state": state,
        "until": _clock(policy, now, state.until),
        "checkin_before": _clock(policy, now, state.checkin_before),
        "is_panel": is_panel,
        "code": _code(request, room, actions) if is_panel else "",
        "own_code": _svg(request, display.door_path(room.id)) if is_panel else "",
        "is_mine": is_mine,
        "wants_to_check_in": "checkin" in request.GET,
        "not_yours": NOT_YOURS,
        "chosen": next((each for each in state.choices if each.clock == wanted), None),
        "is_gone": bool(wanted) and all(each.clock != wanted for each in state.choices),
        "usual": USUAL,
        "longest": LONGEST_DESCRIPTION,
        "now": now.astimezone(policy.zone),
        "actions": actions,
    }


def _code(request, room: Meetingroom, actions: Sequence[PlaceButton]) -> str:
    """On a tablet, which everybody uses, nobody signs in: they go on with their phones."""
    asked, here = request.GET, display.door_path(room.id)
    if "checkin" in asked:
        return _svg(request, f"{here}?checkin")
    if "book" in asked:
        return _svg(request, f"{here}?{urlencode({'book': asked['book'][:20]})}")
    places = {str(number): each.url for number, each in enumerate(actions, 1)}
    url = places.get(asked.get("go", ""))
    return _svg(request, url) if url else ""


def _svg(request, path: str) -> str:
    return qr_codes.svg(f"{request.registry.public_url}{path}")


def act(request) -> HTTPSeeOther:
    """``POST /r/ID``: ``do`` is ``book`` with ``until``, or ``checkin``."""
    room = _find_room(request)
    here = display.door_path(room.id)
    if request.identity is None:
        is_checkin = request.POST.get("do") == "checkin"
        query = {"next": f"{here}?checkin" if is_checkin else here}
        return HTTPSeeOther(request.route_path("app.sign-in", _query=query))
    try:
        if request.POST.get("do") == "checkin":
            said = _check_in(request, room)
        else:
            said = _book(request, room)
        flash(request, said)
    except (Refusal, OutcomeUnknown) as refused:
        abort(request)
        flash(request, str(refused), "danger")
    return HTTPSeeOther(here)


def show_photo(request):
    """``GET /r/ID/photo.jpg``: the one that stands for the room."""
    room = _find_room(request)
    if not room.photos:
        raise HTTPNotFound
    try:
        return photo_files.respond(request, room.photos[0], "large")
    except FileNotFoundError:
        raise HTTPNotFound from None


def _find_room(request) -> Meetingroom:
    room = request.db.scalar(
        sa.select(Meetingroom)
        .where(Meetingroom.id == int(request.matchdict["id"]))
        .options(joinedload(Meetingroom.photos))
    )
    if room is None:
        raise HTTPNotFound
    return room


def _clock(policy, now: datetime, moment: datetime | None) -> str:
    """``14:00``, or ``明天 08:00``."""
    if moment is None:
        return ""
    local, today = moment.astimezone(policy.zone), now.astimezone(policy.zone).date()
    return f"{'明天 ' if local.date() > today else ''}{local:%H:%M}"


def _check_in(request, room: Meetingroom) -> str:
    """Raises Refusal."""
    policy, now = request.registry["rooms.policy"], datetime.now(UTC)
    found = door_states.read(request.db, policy, room, now).checkin
    if found is None or found.user_id != request.identity.user_id:
        raise Refusal(NOT_YOURS if found else "现在没有等待签到的会议。")
    row = booking.find_locked(request.db, found.id)
    if row is None:
        raise HTTPNotFound
    checkins.check_in(policy, row)
    return "已签到。"


def _book(request, room: Meetingroom) -> str:
    """Ask for it like everybody else, wait for the decision. Raises Refusal."""
    policy, now = request.registry["rooms.policy"], datetime.now(UTC)
    wanted = request.POST.get("until", "")
    offered = door_states.read(request.db, policy, room, now).choices
    chosen = next((each for each in offered if each.clock == wanted), None)
    if chosen is None:
        raise Refusal("这个时间刚刚不能再预约了，请重新选择。")
    text = " ".join(request.POST.get("description", "").split())[:LONGEST_DESCRIPTION] or USUAL
    made = orders.reserve(request, room.id, (policy.down(now), chosen.end), text)
    _come_in(request, made.id)
    return f"已预约到 {chosen.clock}。"


def _come_in(request, reservation_id: int) -> None:
    """Whoever books at the door is there."""
    row = booking.find_locked(request.db, reservation_id)
    if row is not None and checkins.is_wanted(row):
        checkins.check_in(request.registry["rooms.policy"], row)


def includeme(config) -> None:
    path = r"/r/{id:\d{1,18}}"
    config.add_page(
        _ROUTE,
        path,
        show,
        title="会议室",
        renderer="hhu_plugins.rooms:templates/door.jinja2",
        public=True,
    )
    config.add_view(
        act, route_name=_ROUTE, request_method="POST", permission=NO_PERMISSION_REQUIRED
    )
    config.add_route(_PHOTO, f"{path}/photo.jpg")
    config.add_view(
        show_photo, route_name=_PHOTO, request_method="GET", permission=NO_PERMISSION_REQUIRED
    )
