"""``/app/asks/new/``: who has a room, and what is asked of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import colander
import sqlalchemy as sa
from pyramid.httpexceptions import HTTPSeeOther

from hhu_base.rest import Identifier, NotFound, form
from hhu_base.values.refusal import Refusal
from hhu_base.web import sessions
from hhu_base.web.security import SIGNED_IN, hold_identity
from hhu_plugins.rooms import display, giving_way, occupancy
from hhu_plugins.rooms.ask_schemas import LONGEST_REASON, AskSchema, WindowSchema
from hhu_plugins.rooms.models import CONFIRMED, Meetingroom, Reservation
from hhu_plugins.rooms.pages.asks import LIST, NEW, sentence_of, worded
from hhu_plugins.rooms.schemas import LONGEST_DESCRIPTION


class SearchSchema(WindowSchema):
    room = Identifier(title="会议室")


_ASK = form(AskSchema)


def show_new(request) -> dict[str, Any]:
    """``GET /app/asks/new/?room=…&reserve_from=…&reserve_to=…``, and ``reservation`` once it is chosen."""
    return _new_page(request, dict(request.GET))


def ask(request) -> dict[str, Any] | HTTPSeeOther:
    """``POST /app/asks/new/``"""
    texts = dict(request.POST)
    held = _chosen(request, texts)
    if held is None:
        raise NotFound
    try:
        wanted = _ASK(request)
        with request.db.begin_nested():
            row = giving_way.ask(
                request.db,
                request.registry["rooms.policy"],
                held.id,
                user_id=request.identity.user_id,
                interval=(wanted["reserve_from"], wanted["reserve_to"]),
                description=wanted["description"],
                reason=wanted["reason"],
            )
            hold_identity(request)
    except Refusal as refused:
        request.response.status = 400
        errors = {name: " ".join(said) for name, said in refused.payload.items()}
        return _new_page(request, texts, errors)
    if row is None:
        raise NotFound
    sessions.flash(request, "已经告诉对方，请等答复。")
    return HTTPSeeOther(f"{LIST}{row.id}/")


def _new_page(
    request, texts: Mapping[str, str], errors: Mapping[str, str] | None = None
) -> dict[str, Any]:
    held, found, said = _chosen(request, texts), None, dict(errors or {})
    if held is None and texts.get("room"):
        try:
            found = _holders(request, texts)
        except Refusal as refused:
            said = {"": sentence_of(refused)}
    zone = request.registry.site_zone
    values = dict(texts)
    if held is not None:
        for name in ("reserve_from", "reserve_to"):
            values.setdefault(name, display.field_time(getattr(held, name), zone))
    rooms = request.db.scalars(sa.select(Meetingroom).order_by(*occupancy.LIST_ORDER)).all()
    return worded(request) | {
        "title": "请人让出会议室",
        "values": values,
        "errors": said,
        "general": said.get("non_field_errors") if held is not None else said.get(""),
        "held": held,
        "found": found,
        "rooms": rooms,
        "url": lambda row: f"{NEW}?{urlencode({**values, 'reservation': row.id})}",
        "longest": {"reason": LONGEST_REASON, "description": LONGEST_DESCRIPTION},
    }


def _chosen(request, texts: Mapping[str, str]) -> Reservation | None:
    """Somebody else's reservation ahead that is to be asked for."""
    text = texts.get("reservation", "")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        return None
    row = request.db.get(Reservation, int(text))
    is_good = (
        row is not None
        and row.status == CONFIRMED
        and row.user_id != request.identity.user_id
        and row.reserve_from > datetime.now(UTC)
    )
    return row if is_good else None


def _holders(request, texts: Mapping[str, str]) -> list[giving_way.Holder]:
    """Who has the room then, and whether they can be asked. Raises Refusal."""
    schema = SearchSchema().bind(request=request)
    try:
        wanted = schema.deserialize({node.name: texts.get(node.name, "") for node in schema})
    except colander.Invalid:
        raise Refusal("请选择会议室，并填写开始和结束时间。") from None
    return giving_way.holders(
        request.db,
        wanted["room"],
        (wanted["reserve_from"], wanted["reserve_to"]),
        request.identity.user_id,
    )


def includeme(config) -> None:
    renderer = "hhu_plugins.rooms:templates/ask_new.jinja2"
    config.add_page("rooms.ask.new", NEW, show_new, title="请人让出会议室", renderer=renderer)
    config.add_view(
        ask,
        route_name="rooms.ask.new",
        request_method="POST",
        permission=SIGNED_IN,
        renderer=renderer,
    )
