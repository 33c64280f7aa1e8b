"""``/app/rooms/waiting/``, 我的候补: what one waits for, and what is held, to be confirmed or given up."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from sqlalchemy.orm import joinedload

from hhu_base.app import InboxAction, InboxItem
from hhu_base.rest import NotFound
from hhu_base.values.refusal import Refusal
from hhu_base.web.sessions import flash
from hhu_plugins.rooms import booking, display, holds, waiting_list
from hhu_plugins.rooms.models import HELD, OFFERED, WAITING, Reservation, WaitingRequest
from hhu_plugins.rooms.waiting_notices import PAGE

_MOST = 50
STATES = {
    "waiting": ("候补中", "blue"),
    "offered": ("等您确认", "warn"),
    "done": ("已预约", "good"),
    "ended": ("已结束", ""),
    "withdrawn": ("已放弃", ""),
}


def show(request) -> dict[str, Any]:
    """``GET /app/rooms/waiting/``"""
    zone = request.registry.site_zone
    rows = request.db.scalars(
        waiting_list.of_person(request.identity.user_id, past=False)
        .options(joinedload(WaitingRequest.room))
        .options(joinedload(WaitingRequest.reservation).joinedload(Reservation.room))
        .limit(_MOST)
    ).all()
    return {"entries": [_entry(request, row, zone) for row in rows]}


def _entry(request, row: WaitingRequest, zone) -> dict[str, Any]:
    ahead = waiting_list.count_ahead(request.db, row) if row.status == WAITING else 0
    notes = []
    if row.status == WAITING:
        notes.append(f"前面还有 {ahead} 人。" if ahead else "您排在第一位。")
        if row.confirms_itself:
            notes.append("空出来就直接预约。")
    word, tone = STATES[row.status]
    held = row.reservation if row.status == OFFERED else None
    if held is not None and held.hold_until is not None:
        notes.append(f"为您保留到 {display.moment(held.hold_until, zone)}。")
    return {
        "title": _where(row),
        "when": display.span(row.reserve_from, row.reserve_to, zone),
        "description": row.description,
        "state": word,
        "tone": tone,
        "notes": notes,
        "actions": _actions(row),
    }


def _where(row: WaitingRequest) -> str:
    room = row.reservation.room if row.reservation is not None else row.room
    if room is not None:
        return display.full_name(room)
    seats = f"{row.people_count} 座以上" if row.people_count else ""
    wanted = [row.location or "", seats, *row.equipment]
    return "任意会议室" + (f"（{'，'.join(filter(None, wanted))}）" if any(wanted) else "")


def _actions(row: WaitingRequest) -> list[InboxAction]:
    fields = {"id": str(row.id)}
    if row.status == OFFERED:
        return [
            InboxAction("确认预约", PAGE, "primary", fields=fields | {"do": "confirm"}),
            InboxAction("不要了", PAGE, "danger", fields=fields | {"do": "withdraw"}),
        ]
    if row.status == WAITING:
        return [InboxAction("不再候补", PAGE, "danger", fields=fields | {"do": "withdraw"})]
    return []


def act(request) -> HTTPSeeOther:
    """``POST /app/rooms/waiting/``: ``do`` is ``confirm`` or ``withdraw``."""
    text = request.POST.get("id", "")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise HTTPNotFound
    user_id, policy = request.identity.user_id, request.registry["rooms.policy"]
    try:
        if request.POST.get("do") == "confirm":
            _confirm(request, int(text), user_id)
            flash(request, "已预约。")
        elif waiting_list.withdraw(request.db, policy, int(text), user_id=user_id):
            flash(request, "已放弃。")
        else:
            flash(request, "这个候补已经结束。", "warning")
    except Refusal as refused:
        flash(request, str(refused), "danger")
    return HTTPSeeOther(PAGE)


def _confirm(request, request_id: int, user_id: int) -> None:
    """Raises Refusal, or NotFound."""
    held_id = request.db.scalar(
        sa.select(WaitingRequest.reservation_id).where(
            WaitingRequest.id == request_id, WaitingRequest.user_id == user_id
        )
    )
    row = booking.find_locked(request.db, held_id) if held_id is not None else None
    if row is None:
        raise NotFound
    holds.confirm(request.db, row)


def find_held(request) -> list[InboxItem]:
    """For 待办: what is held for the one who is signed in."""
    zone = request.registry.site_zone
    rows = request.db.scalars(
        sa.select(WaitingRequest)
        .join(WaitingRequest.reservation)
        .where(
            WaitingRequest.user_id == request.identity.user_id,
            WaitingRequest.status == OFFERED,
            Reservation.status == HELD,
            Reservation.hold_until > sa.func.clock_timestamp(),
        )
        .options(joinedload(WaitingRequest.reservation).joinedload(Reservation.room))
        .order_by(Reservation.hold_until)
    )
    return [
        InboxItem(
            f"{_where(row)} 空出来了",
            [display.span(row.reserve_from, row.reserve_to, zone), row.description],
            row.reservation.hold_until,
            PAGE,
            _actions(row),
        )
        for row in rows
        if row.reservation is not None and row.reservation.hold_until is not None
    ]


def includeme(config) -> None:
    config.add_page(
        "rooms.waiting",
        PAGE,
        show,
        title="我的候补",
        renderer="hhu_plugins.rooms:templates/waiting.jinja2",
    )
    config.add_view(act, route_name="rooms.waiting", request_method="POST", permission="signed-in")
    config.add_inbox("rooms.holds", "候补", find_held, order=5)
    config.add_me_line("我的候补", PAGE, icon="hourglass-split", order=40)
