"""What 冲突查询 does with the reservations that stand in the way; each deed tells what it did."""

from __future__ import annotations

from collections.abc import Callable

import colander

from hhu_base.database import lock
from hhu_base.models import User
from hhu_base.rest import Identifier, Instant, Text, YesNo, body, no_such_object
from hhu_base.values.refusal import FieldErrors
from hhu_plugins.rooms import booking
from hhu_plugins.rooms.admin import changing
from hhu_plugins.rooms.admin.reservations import LONGEST_REASON
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
    reason = Text(max_length=LONGEST_REASON, title="取消原因")
    knowingly = YesNo(missing=False)


_MOVE, _CANCEL, _REPLACE = body(MoveSchema), body(CancelSchema), body(ReplaceSchema)
FIELDS = {node.name for node in ReplaceSchema().children}


def move(request, ids: list[int]) -> str:
    values = _MOVE(request)
    row = _open_row(request, ids[0])
    with changing.audited(request, row, changing.MOVED):
        changing.apply(request, row, values)
    return f"已改为 {_label(request, row)}。"


def cancel(request, ids: list[int]) -> str:
    values = _CANCEL(request)
    row = _open_row(request, ids[0])
    with changing.audited(request, row, changing.CANCELLED):
        changing.cancel(request, row, values["reason"])
    return f"已取消 {_label(request, row)}。"


def replace(request, ids: list[int]) -> str:
    """Cancel all of ``ids`` and reserve in their place: one transaction, under the one lock.

    Nobody can slip in between, and nothing is cancelled if the room is not free then.
    """
    values = _REPLACE(request)
    if request.db.get(User, values["user_id"]) is None:
        raise FieldErrors({"user_id": [no_such_object(values["user_id"])]})
    # Whoever asked before is decided now, while the room is taken. Later he would get what is
    # set free here, and then nothing, since all of this would be taken back.
    lock(request.db, booking.LOCK)
    booking.decide_pending(request.db)
    for id_ in sorted(ids):
        row = _open_row(request, id_)
        with changing.audited(request, row, changing.CANCELLED):
            changing.cancel(request, row, values["reason"])
    made = Reservation()
    changing.add(request, made, values, is_its_turn=True)
    changing.record(request, made, changing.RESERVED, {})
    return f"已预约 {_label(request, made)}，原来的预约已经取消。"


ACTIONS: dict[str, Callable[..., str]] = {"move": move, "cancel": cancel, "replace": replace}


def _open_row(request, id_: int) -> Reservation:
    row = changing.find_locked(request, id_)
    changing.check_open(row)
    return row


def _label(request, row: Reservation) -> str:
    return request.registry["admin.by_model"][Reservation].label(row)
