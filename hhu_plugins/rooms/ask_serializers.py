"""What goes out by REST about giving way."""

from __future__ import annotations

from hhu_base.rest.serializers import (
    ID,
    LATER,
    MOMENT,
    Object,
    instant,
    list_of,
    nullable,
    one_of,
    text,
    yes_no,
)
from hhu_plugins.rooms.models.asks import ASK_STATUSES
from hhu_plugins.rooms.serializers import ROOM

_PERSON = Object("Person", id=ID, name=text("褚杰").of(lambda user: user.fullname or user.username))
_OFFER = Object(
    "AskOffer",
    "同意以后，对方的预约改到这里。",
    meetingroom=ROOM.of("offer_room"),
    reserve_from=instant(MOMENT).of("offer_from"),
    reserve_to=instant(LATER).of("offer_to"),
)
ASK = Object(
    "Ask",
    "status：open 等答复，accepted 同意，refused 不同意，expired 到期没有答复，withdrawn 撤回，"
    "closed 因预约有变而结束。reservation 是所请求让出的预约；made 是同意以后约成的预约。",
    id=ID,
    status=one_of(*ASK_STATUSES),
    status_reason=text(""),
    reservation=Object(
        "AskedReservation",
        id=ID.of("reservation_id"),
        user=_PERSON.of("reservation.user"),
        meetingroom=ROOM.of("room"),
        reserve_from=instant(MOMENT).of("held_from"),
        reserve_to=instant(LATER).of("held_to"),
    ).of(lambda row: row),
    user=_PERSON,
    reserve_from=instant(MOMENT),
    reserve_to=instant(LATER),
    description=text("招生工作会"),
    reason=text("校外专家当天只有这个时间。"),
    offer=nullable(_OFFER, example=None).of(lambda row: row if row.offer_room else None),
    answer_before=instant(MOMENT),
    created=instant(MOMENT).of("created_at"),
    made=nullable(ID, example=None).of("made_id"),
)
ASKS = Object(
    "Asks",
    "waiting 等我答复，mine 我发起的（最近 100 个）。",
    waiting=list_of(ASK).of(lambda found: found["waiting"]),
    mine=list_of(ASK).of(lambda found: found["mine"]),
)
HOLDER = Object(
    "MeetingroomHolder",
    id=ID.of("row.id"),
    user=_PERSON.of("row.user"),
    reserve_from=instant(MOMENT).of("row.reserve_from"),
    reserve_to=instant(LATER).of("row.reserve_to"),
    can_ask=yes_no(True),
)
