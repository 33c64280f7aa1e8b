"""What 冲突查询 does with the reservations that stand in the way; each deed tells what it did."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

import colander

from hhu_base.admin import audited
from hhu_base.models import User
from hhu_base.rest import Identifier, Instant, Text, YesNo, form, no_such_object
from hhu_base.values.refusal import FieldErrors
from hhu_base.values.schema_types import BLANK
from hhu_base.web import audit, display
from hhu_plugins.rooms.admin import changes
from hhu_plugins.rooms.admin.reservation_actions import LONGEST_REASON
from hhu_plugins.rooms.models import Reservation
from hhu_plugins.rooms.schemas import LONGEST_DESCRIPTION


class MoveSchema(colander.MappingSchema):
    room_id = Identifier(title="会议室")
    reserve_from = Instant(title="开始时间")
    reserve_to = Instant(title="结束时间")
    knowingly = YesNo(missing=False)


class CancelSchema(colander.MappingSchema):
    reason = Text(max_length=LONGEST_REASON, title="取消原因")


class ReplaceSchema(colander.MappingSchema):
    room_id = Identifier(title="会议室")
    reserve_from = Instant(title="开始时间")
    reserve_to = Instant(title="结束时间")
    user_id = Identifier(title="新的预约人")
    description = Text(max_length=LONGEST_DESCRIPTION, title="会议说明")
    reason = Text(max_length=LONGEST_REASON, blank=True, missing="", title="取消原因")
    knowingly = YesNo(missing=False)


_MOVE, _CANCEL, _REPLACE = form(MoveSchema), form(CancelSchema), form(ReplaceSchema)
FIELDS = {node.name for node in ReplaceSchema().children}


def move(request, ids: list[int]) -> str:
    values = _MOVE(request)
    row = changes.find_open(request, ids[0])
    with audited(request, row, changes.MOVED):
        changes.move(request, row, values)
    return f"已改为 {_label(request, row)}。"


def cancel(request, ids: list[int]) -> str:
    values = _CANCEL(request)
    row = changes.find_open(request, ids[0], or_held=True)
    with audited(request, row, changes.CANCELLED):
        changes.cancel(request, row, values["reason"])
    return f"已取消 {_label(request, row)}。"


def replace(request, ids: list[int]) -> str:
    """Reserve in the place of all of ``ids``, each of which moves to another room or is cancelled.

    Nothing is changed if one of it can't be.
    """
    values = _REPLACE(request)
    rooms = _chosen_rooms(request, ids)
    if len(rooms) < len(ids) and not values["reason"]:
        raise FieldErrors({"reason": [BLANK]})
    if request.db.get(User, values["user_id"]) is None:
        raise FieldErrors({"user_id": [no_such_object(values["user_id"])]})
    rows = [changes.find_open(request, id_, or_held=True) for id_ in sorted(ids)]
    with ExitStack() as records:
        for row in reversed(rows):
            what = changes.MOVED if row.id in rooms else changes.CANCELLED
            records.enter_context(audited(request, row, what))
        made = changes.replace(request, rows, values, reason=values["reason"], rooms=rooms)
    admin = request.registry["admin.by_model"][Reservation]
    after = display.field_texts(request, admin.nodes, admin.read(request, made))
    audit.record(request, changes.RESERVED, made, admin.label(made), {}, after)
    became = {"改到其他会议室": len(rooms), "取消": len(rows) - len(rooms)}
    told = "，".join(f"{number} 个{what}" for what, number in became.items() if number)
    return f"已预约 {_label(request, made)}。原来的预约：{told}。"


def _chosen_rooms(request, ids: list[int]) -> dict[int, int]:
    """Of those that are to move: id → the room's id. Raises FieldErrors."""
    rooms: dict[int, int] = {}
    for id_ in ids:
        name = changes.displaced_field(id_)
        chosen = request.POST.get(name, "")
        if is_id(chosen):
            rooms[id_] = int(chosen)
        elif chosen:
            raise FieldErrors({name: ["请选择一间会议室，或者取消。"]})
    return rooms


ACTIONS: dict[str, Callable[..., str]] = {"move": move, "cancel": cancel, "replace": replace}


def is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def _label(request, row: Reservation) -> str:
    return request.registry["admin.by_model"][Reservation].label(row)
