"""The teachers' pages of giving way: what waits for one's answer, and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import colander
import sqlalchemy as sa
from pyramid.httpexceptions import HTTPSeeOther

from hhu_base.app.inbox import InboxAction, InboxItem
from hhu_base.rest import NotFound, YesNo, form
from hhu_base.telemetry import request_ids
from hhu_base.values.refusal import FieldErrors, Refusal
from hhu_base.web import sessions
from hhu_base.web.security import SIGNED_IN, hold_identity
from hhu_plugins.rooms import ask_answers, ask_notifications, display, giving_way
from hhu_plugins.rooms.ask_schemas import LONGEST_REASON
from hhu_plugins.rooms.models import Ask, Meetingroom
from hhu_plugins.rooms.models.asks import ACCEPTED, CLOSED, EXPIRED, OPEN, REFUSED, TAKEN_BACK
from hhu_plugins.rooms.offers import Slot

LIST, NEW = ask_notifications.PATH, f"{ask_notifications.PATH}new/"
INBOX = "/app/inbox/"
GIVE_UP, OFFERED = "give_up", "offer"
# What became of it, and the tone of its mark.
STATES = {
    OPEN: ("等答复", "warn"),
    ACCEPTED: ("已让出", "good"),
    REFUSED: ("不同意", "bad"),
    EXPIRED: ("到期没有答复", "calm"),
    TAKEN_BACK: ("已撤回", "calm"),
    CLOSED: ("已结束", "calm"),
}


class AnswerSchema(colander.MappingSchema):
    """``to``: the offer, ``give_up``, or where else the reservation moves: room, from, to."""

    do = colander.SchemaNode(colander.String(), validator=colander.OneOf(("yes", "no", "back")))
    to = colander.SchemaNode(colander.String(), missing=OFFERED)
    reason = colander.SchemaNode(
        colander.String(), missing="", validator=colander.Length(max=LONGEST_REASON)
    )
    inbox = YesNo(missing=False)


_ANSWER = form(AnswerSchema)


def show_list(request) -> dict[str, Any]:
    """``GET /app/asks/``"""
    me = request.identity.user_id
    return worded(request) | {
        "waiting": giving_way.waiting_for(request.db, me),
        "mine": giving_way.made_by(request.db, me),
    }


def show_ask(request) -> dict[str, Any]:
    """``GET /app/asks/ID/``"""
    row = _find(request)
    is_holder = row.reservation.user_id == request.identity.user_id
    now = datetime.now(UTC)
    is_open = row.status == OPEN and row.answer_before > now
    places = []
    if is_holder and is_open:
        wanted = (row.reserve_from, row.reserve_to)
        places = giving_way.choices(
            request.db,
            request.registry["rooms.policy"],
            row.reservation,
            wanted,
            not_before=now,
        )
    offer = _offer_of(row)
    return worded(request) | {
        "title": "请您让出会议室" if is_holder and is_open else "会议室协商",
        "row": row,
        "is_holder": is_holder,
        "is_open": is_open,
        "offer": offer if offer in places or not places else None,
        "is_offer_gone": offer is not None and bool(places) and offer not in places,
        "places": [(_key(each), each) for each in places if each != offer],
        "rooms": {
            room.id: room
            for room in request.db.scalars(
                sa.select(Meetingroom).where(Meetingroom.id.in_({each.room_id for each in places}))
            )
        },
        "longest_reason": LONGEST_REASON,
    }


def answer(request) -> HTTPSeeOther:
    """``POST /app/asks/ID/``: ``do`` is yes, no or back."""
    row = _find(request)
    wanted = _ANSWER(request)
    ask_id, me = row.id, request.identity.user_id
    policy = request.registry["rooms.policy"]
    is_holder = row.reservation.user_id == me
    if (wanted["do"] == "back") == is_holder:
        raise NotFound
    how: dict[str, Any] = {"by_user_id": me}
    if wanted["do"] == "yes":
        rule: Callable[..., str | None] = ask_answers.yes
        offer = _read(wanted["to"], request.registry.site_zone)
        how |= {
            "offer": offer,
            "gives_up": wanted["to"] == GIVE_UP,
            "request_id": request_ids.current(),
        }
        done = "已经让出，对方也得到了通知。谢谢！"
    elif wanted["do"] == "no":
        rule, done = ask_answers.no, "已经答复，您的预约不变。"
        how["reason"] = wanted["reason"].strip()
    else:
        rule, done = ask_answers.take_back, "已经撤回，对方也得到了通知。"
    try:
        with request.db.begin_nested():
            said = rule(request.db, policy, ask_id, **how)
            hold_identity(request)
    except Refusal as refused:
        sessions.flash(request, sentence_of(refused), "danger")
        return HTTPSeeOther(f"{LIST}{ask_id}/")
    sessions.flash(request, said or done, "warning" if said else "success")
    return HTTPSeeOther(INBOX if wanted["inbox"] and not said else f"{LIST}{ask_id}/")


def inbox(request) -> list[InboxItem]:
    """Those that wait for the answer of the person who is signed in."""
    zone = request.registry.site_zone
    items = []
    for row in giving_way.waiting_for(request.db, request.identity.user_id):
        what = f"{display.full_name(row.room)}，"
        what += display.span(row.reserve_from, row.reserve_to, zone)
        url = f"{LIST}{row.id}/"
        no = InboxAction("不同意", url, "default", fields={"do": "no", "inbox": "yes"})
        yes = InboxAction("同意让出", url, "primary", fields={"do": "yes", "inbox": "yes"})
        items.append(
            InboxItem(
                f"{row.user.fullname or row.user.username}想用您预约的 {what}",
                [
                    f"会议说明：{row.description}",
                    f"原因：{row.reason}",
                    ask_notifications.offered(row, zone),
                    f"请在 {display.moment(row.answer_before, zone)} 以前答复。",
                ],
                row.created_at,
                url,
                [yes, no],
            )
        )
    return items


def _find(request) -> Ask:
    """One of which the person who is signed in is one of the two sides. Raises NotFound."""
    text = request.matchdict["id"]
    row = None
    if len(text) < 19:
        row = giving_way.find(request.db, int(text), request.identity.user_id)
    if row is None:
        raise NotFound
    return row


def _offer_of(row: Ask) -> Slot | None:
    if row.offer_room_id is None or row.offer_from is None or row.offer_to is None:
        return None
    return Slot(row.offer_room_id, row.offer_from, row.offer_to)


def _key(slot: Slot) -> str:
    return f"{slot.room_id} {slot.reserve_from.isoformat()} {slot.reserve_to.isoformat()}"


def _read(text: str, zone) -> Slot | None:
    """What ``_key`` has made; None: as offered, or nothing."""
    if text in (OFFERED, GIVE_UP):
        return None
    try:
        room_id, start, end = text.split(" ")
        slot = Slot(int(room_id), datetime.fromisoformat(start), datetime.fromisoformat(end))
    except ValueError:
        raise FieldErrors({"to": ["请选择换到哪里。"]}) from None
    if slot.reserve_from.tzinfo is None or slot.reserve_to.tzinfo is None or slot.room_id > 2**62:
        raise FieldErrors({"to": ["请选择换到哪里。"]})
    return slot


def sentence_of(refused: Refusal) -> str:
    said = refused.payload.values()
    return " ".join(each if isinstance(each, str) else " ".join(map(str, each)) for each in said)


def worded(request) -> dict[str, Any]:
    zone = request.registry.site_zone
    return {
        "states": STATES,
        "full_name": display.full_name,
        "span": lambda start, end: display.span(start, end, zone),
        "moment": lambda when: display.moment(when, zone),
        "offered": lambda row: ask_notifications.offered(row, zone),
    }


def _open_note(request) -> str:
    number = len(giving_way.waiting_for(request.db, request.identity.user_id))
    return f"{number} 个等您答复" if number else ""


def includeme(config) -> None:
    templates = "hhu_plugins.rooms:templates"
    config.add_page(
        "rooms.asks", LIST, show_list, title="会议室协商", renderer=f"{templates}/asks.jinja2"
    )
    path = rf"{LIST}{{id:\d+}}/"
    config.add_page(
        "rooms.ask", path, show_ask, title="会议室协商", renderer=f"{templates}/ask.jinja2"
    )
    config.add_view(answer, route_name="rooms.ask", request_method="POST", permission=SIGNED_IN)
    config.add_me_line("会议室协商", LIST, icon="chat-left-dots", order=300, note=_open_note)
    config.add_inbox("rooms.asks", "请您让出会议室", inbox, order=10)
