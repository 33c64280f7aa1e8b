"""预约会议室: time first, then what is needed, then the rooms that are free; saved in one step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import colander
from pyramid.httpexceptions import HTTPSeeOther

from hhu_base.admin import back_url, flash
from hhu_base.database import lock
from hhu_base.models import User
from hhu_base.rest import Identifier, Instant, Text, YesNo, body
from hhu_base.values.refusal import FieldErrors, Refusal
from hhu_base.web import audit
from hhu_base.web import display as web_display
from hhu_base.web.security import hold_identity
from hhu_plugins.rooms import decisions
from hhu_plugins.rooms.admin import changes
from hhu_plugins.rooms.admin.room_choice import Draft, describe, shown_rooms
from hhu_plugins.rooms.models import Reservation
from hhu_plugins.rooms.schemas import LONGEST_DESCRIPTION

PATH = "/admin/rooms/book/"
NO_ROOM = "请选择会议室。"
NO_HOLDER = "请选择预约人。"


class OrderSchema(colander.MappingSchema):
    """What is reserved, and for whom."""

    room_id = Identifier(title="会议室", missing_msg=NO_ROOM)
    reserve_from = Instant(title="从")
    reserve_to = Instant(title="到")
    user_id = Identifier(title="预约人", missing_msg=NO_HOLDER)
    description = Text(max_length=LONGEST_DESCRIPTION, title="会议说明")
    knowingly = YesNo(missing=False, title=changes.KNOWINGLY_TITLE)


_ORDER = body(OrderSchema)


def show(request) -> dict[str, Any]:
    """``GET /admin/rooms/book/?start=…&end=…&room=…``, all of which may be left out."""
    return _page(request, Draft.of(request.GET))


def save(request) -> dict[str, Any] | HTTPSeeOther:
    """``POST /admin/rooms/book/``: ``do`` is find or book; ``instead``, another room or time."""
    draft = Draft.of(request.POST)
    if "instead" in request.POST:
        draft.change(request.POST["instead"], request.registry.site_zone)
    elif request.POST.get("do") == "book":
        lock(request.db, decisions.LOCK)
        hold_identity(request)
        try:
            with request.db.begin_nested():
                made = _reserve(request, _ORDER(request))
        except Refusal as refused:
            request.response.status = 400
            draft.refuse(refused)
            # What was read meanwhile may still be as it was not to be.
            request.db.expire_all()
        else:
            admin = request.registry["admin.by_model"][Reservation]
            flash(request, f"已预约 {admin.label(made)}。")
            return HTTPSeeOther(back_url(request) or admin.url(made))
    return _page(request, draft)


def _reserve(request, order: Mapping[str, Any]) -> Reservation:
    """Reserve as ordered, with an entry in the audit log. Raises Refusal."""
    if request.db.get(User, order["user_id"]) is None:
        raise FieldErrors({"user_id": [NO_HOLDER]})
    made = Reservation()
    changes.reserve_for(request, made, order)
    admin = request.registry["admin.by_model"][Reservation]
    after = web_display.field_texts(request, admin.nodes, admin.read(request, made))
    audit.record(request, audit.ADDED, made, admin.label(made), {}, after)
    return made


def _page(request, draft: Draft) -> dict[str, Any]:
    draft.texts.setdefault("user_id", str(request.identity.user_id))
    found = shown_rooms(request, draft)
    holder = draft.texts["user_id"]
    is_id = holder.isascii() and holder.isdigit() and len(holder) < 19
    return describe(request, draft, found) | {
        "title": "预约会议室",
        "path": PATH,
        "back": back_url(request),
        "holders": web_display.labels(request, User, [int(holder)]) if is_id else {},
        "longest_description": LONGEST_DESCRIPTION,
    }


def includeme(config) -> None:
    renderer = "hhu_plugins.rooms:templates/book.jinja2"
    config.add_admin_page(
        show,
        PATH,
        "预约会议室",
        permission="rooms.change",
        icon="calendar-plus",
        renderer=renderer,
        request_method="GET",
    )
    config.add_view(
        save,
        route_name=PATH,
        permission="rooms.change",
        renderer=renderer,
        request_method="POST",
    )
