"""会议室协商: all talks, and an answer in the place of a holder, with a reason."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import colander
from markupsafe import Markup

from hhu_base.admin import Action, Badge, Choice, Column, ModelAdmin, Tab
from hhu_base.database import lock
from hhu_base.models import User
from hhu_base.rest import Text, YesNo
from hhu_base.telemetry import request_ids
from hhu_plugins.rooms import ask_answers, asks, decisions, display
from hhu_plugins.rooms.admin.answers import answering
from hhu_plugins.rooms.admin.reservations import ReservationAdmin
from hhu_plugins.rooms.ask_schemas import LONGEST_REASON
from hhu_plugins.rooms.models import Ask
from hhu_plugins.rooms.models.asks import ACCEPTED, CLOSED, EXPIRED, OPEN, REFUSED, TAKEN_BACK

STATUSES = {
    OPEN: Badge("等答复", "warn"),
    ACCEPTED: Badge("已让出", "good"),
    REFUSED: Badge("不同意", "bad"),
    EXPIRED: Badge("到期没有答复", "calm"),
    TAKEN_BACK: Badge("已撤回", "calm"),
    CLOSED: Badge("已结束", "calm"),
}


class AskSchema(colander.MappingSchema):
    """Nothing of it can be edited: it is for looking at."""

    description = Text(title="会议说明")
    reason = Text(title="为什么想用")
    status = Choice(list(STATUSES.items()), title="状态")
    status_reason = Text(blank=True, title="答复的说明")


class ReasonSchema(colander.MappingSchema):
    reason = Text(max_length=LONGEST_REASON, rows=2, title="原因", description="双方都会看到。")


class YesSchema(ReasonSchema):
    gives_up = YesNo(missing=False, title="不换会议室，直接取消原来的预约")


def _yes(session, policy, ask_id: int, **values) -> str:
    return ask_answers.yes(session, policy, ask_id, request_id=request_ids.current(), **values)


def _is_open(row: Ask) -> bool:
    return row.status == OPEN and row.answer_before > datetime.now(UTC)


YES, NO = "代为同意", "代为拒绝"


class AskAdmin(ModelAdmin):
    """会议室协商"""

    path = "/admin/rooms/asks/"
    model = Ask
    schema = AskSchema
    columns = (
        Column(
            "reserve_from",
            "想用的时间",
            value=lambda row: (row.reserve_from, row.reserve_to),
            sort=("reserve_from",),
        ),
        Column(
            "room_id",
            "会议室",
            value=lambda row: display.full_name(row.room),
            sort=("room.location", "room.name"),
            needs=("room",),
        ),
        Column(
            "user_id",
            "谁想用",
            value=lambda row: display.person(row.user),
            sort=("user.name_key",),
            needs=("user",),
        ),
        Column(
            "holder",
            "谁预约着",
            value=lambda row: display.person(row.reservation.user),
            sort=("holder_key",),
            needs=("reservation",),
        ),
        "status",
        Column("answer_before", "答复期限", sort=("answer_before",)),
    )
    search = ("user.search_key", "room.search_key")
    filters = ("room.location", "room_id", "status", "reserve_from")
    labels = {"room.location": "地点", "reserve_from": "想用的时间", "room_id": "会议室"}
    tabs = (
        Tab("open", "等答复", lambda: asks.is_open(datetime.now(UTC)), ("answer_before",)),
        Tab("all", "全部"),
    )
    actions = (
        Action(
            "yes",
            YES,
            do_many=answering("代为同意协商", _yes),
            confirm="原来的预约改到所提的会议室和时间，想用的人约成；双方都会得到通知。",
            schema=YesSchema,
            is_for=_is_open,
            icon="check-lg",
            done="{} 个协商已代为同意。",
        ),
        Action(
            "no",
            NO,
            do_many=answering("代为拒绝协商", ask_answers.no),
            confirm="原来的预约不变，双方都会得到通知。",
            schema=ReasonSchema,
            is_for=_is_open,
            icon="x-lg",
            style="outline-danger",
            done="{} 个协商已代为拒绝。",
        ),
    )
    icon = "chat-left-dots"
    can_add = can_change = can_delete = False

    def label(self, row: Ask) -> str:
        when = display.span(row.reserve_from, row.reserve_to, self.zone)
        return f"{row.user.fullname} 想用 {display.full_name(row.room)} {when}".strip()

    def shown(self, request, name: str, value: Any) -> Any:
        if name == "reserve_from" and isinstance(value, tuple):
            return display.span(value[0], value[1], self.zone)
        return STATUSES.get(value, value) if name == "status" else value

    def form_schema(self, request, row) -> colander.MappingSchema:
        schema = self.schema().clone()
        for name in ("status", "status_reason"):
            del schema[name]
        return schema

    def facts(self, request, row: Ask) -> list[tuple[str, Any]]:
        held = display.span(row.held_from, row.held_to, self.zone)
        link = Markup('<a href="{}">{}</a>').format(
            f"{ReservationAdmin.path}{row.reservation_id}/",
            f"{display.person(row.reservation.user)}，{held}",
        )
        offer = "没有"
        if row.offer_room is not None and row.offer_from and row.offer_to:
            when = display.span(row.offer_from, row.offer_to, self.zone)
            offer = f"{display.full_name(row.offer_room)}，{when}"
        found = [
            ("状态", STATUSES[row.status]),
            ("谁想用", display.person(row.user)),
            ("请求让出的预约", link),
            ("换到", offer),
            ("答复期限", display.moment(row.answer_before, self.zone)),
        ]
        if row.status_reason:
            found.append(("说明", row.status_reason))
        if row.status_changed_by is not None:
            by = request.db.get(User, row.status_changed_by)
            when = f"{row.status_changed_at.astimezone(self.zone):%Y-%m-%d %H:%M}"
            found.append(("答复人", f"{by.fullname or by.username} {when}"))
        return found

    def before_writing(self, request) -> None:
        lock(request.db, decisions.LOCK)
