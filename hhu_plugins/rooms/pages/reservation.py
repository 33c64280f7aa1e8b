"""``/app/reservations/ID/``: one of one's own, with all that can be done to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from pyramid.httpexceptions import HTTPSeeOther

from hhu_base import calendars
from hhu_base.rest import NotFound, path_id
from hhu_base.values.refusal import Refusal
from hhu_base.web.headers import content_disposition
from hhu_base.web.security import hold_identity
from hhu_base.web.sessions import flash
from hhu_plugins.rooms import (
    asks,
    booking,
    calendar_feeds,
    cancellation,
    changes,
    checkins,
    display,
    holds,
    orders,
)
from hhu_plugins.rooms.models import CANCELLED, CONFIRMED, HELD, REQUESTED, WITHDRAWN, Reservation
from hhu_plugins.rooms.pages import words
from hhu_plugins.rooms.pages.question import FIND
from hhu_plugins.rooms.pages.refusals import REFUSED, refuse
from hhu_plugins.rooms.pages.words import RESERVATIONS

ROUTE = "rooms.reservation"
_WEEK = timedelta(weeks=1)
PATH = RESERVATIONS + r"{id:\d{1,18}}/"


def show(request) -> dict[str, Any]:
    """``GET /app/reservations/ID/``; one that repeats another is that one."""
    row = find_own(request)
    now, policy = datetime.now(UTC), request.registry["rooms.policy"]
    word, tone = words.state(policy, row, now)
    is_open = row.status == CONFIRMED and row.reserve_to > now
    has_begun = row.reserve_from <= now
    start = row.reserve_from.astimezone(policy.zone)
    length = (row.reserve_to - row.reserve_from).total_seconds() // 60
    times = {"at": f"{start:%H:%M}", "minutes": f"{length:.0f}"}
    # The first of those that repeat it is a week later.
    weeks = max(1, -((start - now) // _WEEK))
    later = {"day": f"{start + weeks * _WEEK:%Y-%m-%d}", **times, "description": row.description}
    room_url = f"{FIND}{row.room_id}/"
    return {
        "title": display.shortened(row.description, 60),
        "row": row,
        "room": display.full_name(row.room),
        "when": display.span(row.reserve_from, row.reserve_to, policy.zone),
        "word": word,
        "tone": tone,
        "here": words.path_of(row),
        "room_url": f"{room_url}?{urlencode({'day': f'{start:%Y-%m-%d}', **times})}",
        "repeat_url": f"{room_url}repeat/?{urlencode(later)}",
        "is_open": is_open,
        "is_running": is_open and has_begun,
        "is_held": row.status == HELD and row.hold_until is not None and row.hold_until > now,
        "hold_until": row.hold_until and display.moment(row.hold_until, policy.zone),
        "is_requested": row.status == REQUESTED and not has_begun,
        "wants_checkin": checkins.is_open(policy, row, now),
        "checkin_before": display.moment(checkins.deadline(policy, row), policy.zone)
        if checkins.is_wanted(row) and not checkins.is_checked_in(row) and is_open
        else "",
        "is_checked_in": checkins.is_checked_in(row),
        "may_undo": changes.may_undo(row, now),
        "open_asks": asks.under_way(request.db, [row.id]).get(row.id, []) if is_open else [],
        "shared": words.shared(row, policy.zone),
    }


def find_own(request) -> Reservation:
    """Raises NotFound."""
    row = orders.find_own(request, path_id(request))
    return orders.find_own(request, row.repeats_id) if row.repeats_id is not None else row


def act(request) -> HTTPSeeOther:
    """``POST /app/reservations/ID/``: ``do`` is cancel, undo, end, checkin or confirm."""
    row = find_own(request)
    here = words.path_of(row)
    do = {
        "cancel": _cancel,
        "undo": _undo,
        "end": _end,
        "checkin": _check_in,
        "confirm": _confirm,
    }.get(request.POST.get("do", ""))
    if do is None:
        raise Refusal("不知道要做什么，请返回后重试。")
    try:
        answer = do(request, row)
        hold_identity(request)
        return answer
    except REFUSED as error:
        for sentence in refuse(request, error):
            flash(request, sentence, "danger")
        return HTTPSeeOther(here)


def _cancel(request, row: Reservation) -> HTTPSeeOther:
    """Done again it is no harm. Raises Refusal where it is over."""
    user_id, policy = request.identity.user_id, request.registry["rooms.policy"]
    was, reservation_id = row.status, row.id
    is_cancelled = cancellation.cancel(
        request.db, policy, reservation_id, by_user_id=user_id, holder_id=user_id
    )
    request.db.refresh(row)
    if not is_cancelled and row.status not in (CANCELLED, WITHDRAWN):
        raise booking.not_open(row)
    if was == CONFIRMED:
        return HTTPSeeOther(f"{RESERVATIONS}?cancelled={reservation_id}")
    flash(request, {HELD: "已放弃。", REQUESTED: "申请已撤回。"}.get(was, "已取消。"))
    return HTTPSeeOther(RESERVATIONS)


def _undo(request, row: Reservation) -> HTTPSeeOther:
    found = _locked(request, row)
    changes.undo_cancel(request.db, request.registry["rooms.policy"], found)
    return _done(request, found, "已恢复预约。")


def _end(request, row: Reservation) -> HTTPSeeOther:
    policy = request.registry["rooms.policy"]
    changes.end(request.db, policy, row, by_user_id=request.identity.user_id)
    end = row.reserve_to.astimezone(policy.zone)
    return _done(request, row, f"会议到 {end:%H:%M} 结束，后面的时间已经空出来。")


def _check_in(request, row: Reservation) -> HTTPSeeOther:
    found = _locked(request, row)
    checkins.check_in(request.registry["rooms.policy"], found)
    return _done(request, found, "已签到。")


def _confirm(request, row: Reservation) -> HTTPSeeOther:
    found = _locked(request, row)
    holds.confirm(request.db, found)
    return _done(request, found, "已预约。")


def _locked(request, row: Reservation) -> Reservation:
    found = booking.find_locked(request.db, row.id)
    if found is None:
        raise NotFound
    return found


def _done(request, row: Reservation, sentence: str) -> HTTPSeeOther:
    flash(request, sentence)
    return HTTPSeeOther(words.path_of(row))


def show_ics(request):
    """``GET /app/reservations/ID/meeting.ics``: for the calendar of a phone or a desk."""
    user_id = request.identity.user_id
    feed = calendar_feeds.of_reservation(request.db, user_id, path_id(request))
    response = calendars.respond(request, user_id, feed)
    response.headers["Content-Disposition"] = content_disposition("会议.ics", "meeting.ics")
    return response


def includeme(config) -> None:
    renderer = "hhu_plugins.rooms:templates/app_reservation.jinja2"
    config.add_page(ROUTE, PATH, show, title="我的预约", renderer=renderer)
    config.add_view(act, route_name=ROUTE, request_method="POST", permission="signed-in")
    config.add_route(f"{ROUTE}.ics", f"{PATH}meeting.ics")
    config.add_view(
        show_ics, route_name=f"{ROUTE}.ics", request_method="GET", permission="signed-in"
    )
