"""预约记录: every reservation there was; cancelling is the delete, and nothing is overwritten."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import colander
import sqlalchemy as sa
from markupsafe import Markup

from hhu_base.admin import Badge, Choice, Column, ModelAdmin, Relation, Tab
from hhu_base.database import lock
from hhu_base.models import User
from hhu_base.rest import Instant, Text, YesNo
from hhu_base.values.refusal import Refusal
from hhu_plugins.rooms import (
    approval_rules,
    booking,
    checkins,
    closed_times,
    decisions,
    display,
    holds,
    occupancy,
)
from hhu_plugins.rooms.admin import changes
from hhu_plugins.rooms.admin.reservation_actions import ACTIONS
from hhu_plugins.rooms.intervals import contains
from hhu_plugins.rooms.models import (
    CANCELLED,
    CONFIRMED,
    HELD,
    PENDING,
    REJECTED,
    RELEASED,
    REQUESTED,
    WITHDRAWN,
    Meetingroom,
    Reservation,
    Series,
)
from hhu_plugins.rooms.policy import BookingPolicy, ExceedsPolicy, check_times
from hhu_plugins.rooms.schemas import LONGEST_DESCRIPTION

STATUSES = {
    CONFIRMED: Badge("已预约", "good"),
    PENDING: Badge("处理中", "warn"),
    CANCELLED: Badge("已取消", "bad"),
    REJECTED: Badge("未成功", "calm"),
    WITHDRAWN: Badge("已撤回", "calm"),
    HELD: Badge("候补保留", "warn"),
    RELEASED: Badge("已释放", "calm"),
    REQUESTED: Badge("待审批", "warn"),
}
# The page of a series, in ``series_page``, which knows this table.
SERIES_PATH = "/admin/rooms/series/"
# What the audit tells and the filters offer, and no form has.
_SHOWN_ONLY = ("status", "status_reason")


class ReservationSchema(colander.MappingSchema):
    user_id = Relation(User, title="预约人")
    room_id = Relation(Meetingroom, title="会议室")
    reserve_from = Instant(title="开始时间")
    reserve_to = Instant(title="结束时间")
    description = Text(max_length=LONGEST_DESCRIPTION, rows=3, title="会议说明")
    knowingly = YesNo(missing=False, title=changes.KNOWINGLY_TITLE)
    status = Choice(list(STATUSES.items()), title="状态")
    status_reason = Text(blank=True, title="原因")


class ReservationAdmin(ModelAdmin):
    """预约记录"""

    path = "/admin/rooms/reservations/"
    model = Reservation
    schema = ReservationSchema
    columns = (
        Column(
            "reserve_from",
            "时间",
            value=lambda r: (r.reserve_from, r.reserve_to),
            sort=("reserve_from",),
        ),
        Column(
            "room_id",
            "会议室",
            value=lambda r: display.full_name(r.room),
            sort=("room.location", "room.name"),
            needs=("room",),
        ),
        Column(
            "user_id",
            "预约人",
            value=lambda r: display.person(r.user),
            sort=("user.name_key",),
            needs=("user",),
        ),
        "description",
        "status",
    )
    card = ("room_id", "reserve_from", "user_id", "status")
    search = ("search_key", "room.search_key", "user.search_key")
    filters = ("room.location", "room_id", "user.department_id", "status", "reserve_from")
    order = ("-id",)
    tabs = (
        Tab("upcoming", "未结束", occupancy.taken_ahead, ("reserve_from",)),
        Tab("past", "已结束", occupancy.over, ("-reserve_from",)),
        Tab("cancelled", "已取消", lambda: Reservation.status == CANCELLED),
        Tab("all", "全部"),
    )
    actions = ACTIONS
    labels = {"room.location": "地点", "user.department_id": "系所"}
    icon = "journal-check"
    can_delete = False

    def label(self, row: Reservation) -> str:
        when = display.span(row.reserve_from, row.reserve_to, self.zone)
        return f"{display.full_name(row.room)} {when} {row.user.fullname}".strip()

    def shown(self, request, name: str, value: Any) -> Any:
        if name == "reserve_from":
            start, end = value
            return display.span(start, end, self.zone)
        if name == "status":
            return STATUSES.get(value, value)
        return display.shortened(value, 80) if name == "description" else value

    def form_schema(self, request, row) -> colander.MappingSchema:
        schema = self.schema().clone()
        for name in _SHOWN_ONLY:
            del schema[name]
        if row is not None:
            del schema["user_id"]
        policy: BookingPolicy = request.registry["rooms.policy"]
        for name, rounds in (("reserve_from", "down"), ("reserve_to", "up")):
            schema[name].step = int(policy.step.total_seconds())
            schema[name].rounds = rounds
        if not _exceeds(request, row, schema):
            del schema[changes.KNOWINGLY]
        return schema

    def facts(self, request, row: Reservation) -> list[tuple[str, Any]]:
        found = [
            ("状态", STATUSES.get(row.status, row.status)),
            ("预约人", row.user.fullname or row.user.username),
            ("电话", "，".join(filter(None, (row.user.phone, row.user.tel)))),
            ("邮箱", row.user.email),
            ("申请时间", f"{row.requested_at.astimezone(self.zone):%Y-%m-%d %H:%M}"),
        ]
        if row.status == HELD and row.hold_until is not None:
            found.append(("保留到", display.moment(row.hold_until, self.zone)))
        if checkins.is_checked_in(row) and row.checked_in_at is not None:
            found.append(("签到", display.moment(row.checked_in_at, self.zone)))
        elif checkins.is_wanted(row):
            found.append(("签到", "还没有签到"))
        if row.series is not None and row.series_index is not None:
            found.append(("系列", _place_in_series(request, row, row.series, row.series_index)))
        if row.status != CONFIRMED:
            by = row.status_changed_by and request.db.get(User, row.status_changed_by)
            when = f"{row.status_changed_at.astimezone(self.zone):%Y-%m-%d %H:%M}"
            found.append(("原因", row.status_reason))
            found.append((str(STATUSES.get(row.status, "")), f"{when} {by.fullname if by else ''}"))
        return found

    def before_writing(self, request) -> None:
        lock(request.db, decisions.LOCK)

    def save(self, request, row: Reservation, values: dict[str, Any], is_new: bool) -> None:
        (changes.reserve_for if is_new else changes.move)(request, row, values)

    def refusal(self, request, row: Reservation) -> str | None:
        return booking.OVER if row.reserve_to <= datetime.now(UTC) else None

    def closed(self, request, row: Reservation) -> str | None:
        if row.status == PENDING:
            return "这个预约正在处理，请稍后刷新。"
        if row.status == CANCELLED:
            return "这个预约已经取消；恢复以后才能修改。"
        if row.status == HELD:
            return holds.ONLY_HELD
        if row.status == RELEASED:
            return "没有人签到，这个预约已经释放，只能查看。"
        if row.status == REQUESTED:
            return "这个预约还在等待审批。"
        return None if row.status == CONFIRMED else "这个预约没有成功，只能查看。"


def _place_in_series(request, row: Reservation, series: Series, place: int) -> Markup:
    """``第 3 次，共 16 次``, with the ways to all of them and to those beside it."""
    beside = request.db.execute(
        sa.select(Reservation.series_index, Reservation.id).where(
            Reservation.series_id == series.id,
            Reservation.series_index.in_((place - 1, place + 1)),
        )
    )
    links = {
        index: Markup('<a href="{}{}/">{}</a>').format(
            ReservationAdmin.path, id_, "上一次" if index < place else "下一次"
        )
        for index, id_ in beside
    }
    text = f"第 {place} 次，共 {series.dates_count} 次"
    every = Markup('<a href="{}{}/?from={}">{}</a>').format(SERIES_PATH, series.id, row.id, text)
    return Markup(" · ").join([every, *(links[index] for index in sorted(links))])


def _exceeds(request, row: Reservation | None, schema: colander.MappingSchema) -> bool:
    """Whether what is filled in is new and beyond the limits, so that the form has to ask."""
    bound = schema.bind(zone=request.registry.site_zone)
    texts = request.POST if request.method == "POST" else request.GET
    try:
        start, end = (
            bound[name].deserialize(texts.get(name)) for name in ("reserve_from", "reserve_to")
        )
        room_id = bound["room_id"].deserialize(texts.get("room_id"))
        is_moved = row is None or not booking.is_at(row, start, end)
        if is_moved:
            policy = booking.policy_in(request.db, request.registry["rooms.policy"], room_id)
            start, end = check_times(policy, datetime.now(UTC), start, end)
        room = request.db.get(Meetingroom, room_id)
        if room is not None and (row is None or is_moved or room.id != row.room_id):
            closed_times.check(request.db, room, (start, end))
            _check_approval(request, row, room, (start, end), texts.get("user_id"), bound)
    except ExceedsPolicy:
        return True
    except (Refusal, colander.Invalid):
        return False
    return False


def _check_approval(request, row, room, interval, user_text, schema) -> None:
    """Raises NeedsApproval; what a reservation has already needs none."""
    if row is None:
        user_id = schema["user_id"].deserialize(user_text)
    elif room.id == row.room_id and contains((row.reserve_from, row.reserve_to), interval):
        return
    else:
        user_id = row.user_id
    policy = request.registry["rooms.policy"]
    approval_rules.check(request.db, policy, room, user_id, interval)
