"""会议室."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import colander
import sqlalchemy as sa
from markupsafe import Markup

from hhu_base.admin import CHANGE, Choice, Column, ModelAdmin, Relation, Relations
from hhu_base.database import among
from hhu_base.models import Department, Group
from hhu_base.rest import Name, Text, WholeNumber, YesNo
from hhu_base.values.refusal import FieldErrors
from hhu_plugins.rooms import closures, display, equipment
from hhu_plugins.rooms.admin import photos, room_page
from hhu_plugins.rooms.admin.closures import ClosureAdmin
from hhu_plugins.rooms.admin.hours import HoursAdmin, day_texts
from hhu_plugins.rooms.models import Meetingroom
from hhu_plugins.rooms.opening_hours import day_text, parse_day, read_week, week_text
from hhu_plugins.rooms.policy import LONGEST_MINUTES, MOST_DAYS_AHEAD, BookingPolicy


@colander.deferred
def _words(node, kw: dict[str, Any]) -> list[tuple[str, str]]:
    return [(word, word) for word in equipment.words(kw["request"].db)]


@colander.deferred
def _places(node, kw: dict[str, Any]) -> list[str]:
    """Those that there are: a place that is spelt in two ways is two places."""
    known = sa.select(Meetingroom.location, Meetingroom.location_key).distinct()
    return list(kw["request"].db.scalars(known.order_by(Meetingroom.location_key)))


def _minutes(title: str) -> colander.SchemaNode:
    return WholeNumber(
        minimum=1,
        maximum=LONGEST_MINUTES,
        nullable=True,
        missing=None,
        title=title,
    )


def _as_stored(text: Any) -> Any:
    """``8:00–18:00`` as the table keeps it; what is no such stretch stays as it is."""
    try:
        return day_text(parse_day(text)).replace("–", "-")
    except (TypeError, ValueError):
        return text


def _one_stretch(node, text: str) -> None:
    opens, _, closes = text.partition("-")
    if not (len(text) == len("08:00-18:00") and opens < closes and _as_stored(text) == text):
        raise colander.Invalid(node, "请写成 08:00-18:00 的形式，结束要晚于开始。")


class RoomSchema(colander.MappingSchema):
    name = Name(max_length=255, title="名称")
    location = Name(max_length=255, title="地点", suggestions=_places)
    seats_count = WholeNumber(minimum=0, title="座位数")
    equipment = Choice(
        _words, several=True, title="设备", description="可选的设备在“会议室设备”里增加。"
    )
    label = Text(
        max_length=255,
        blank=True,
        missing="",
        title="标签",
        description="小程序里显示，教师也可以按它查找。不填时显示设备。",
    )
    description = Text(blank=True, missing="", title="说明")
    departments = Relations(
        Department, title="可预约的系所", description="只有这些系所的人能预约；不填时人人都能。"
    )
    min_minutes = _minutes("最短多少分钟")
    max_minutes = _minutes("最长多少分钟")
    max_days_ahead = WholeNumber(
        minimum=0,
        maximum=MOST_DAYS_AHEAD,
        nullable=True,
        missing=None,
        title="最多提前多少天",
    )
    approvers_id = Relation(
        Group,
        optional=True,
        title="审批人（用户组）",
        description="填了以后，预约要由组里任一位成员审批；成员不必是工作人员。不填就不用审批。",
    )
    approval_over = WholeNumber(
        minimum=1,
        maximum=LONGEST_MINUTES,
        nullable=True,
        missing=None,
        title="超过多少分钟要审批",
        description="这一项和下面两项都不填，所有预约都要审批；填了的，符合任何一项才要。",
    )
    approval_hours = Text(
        nullable=True,
        missing=None,
        preparer=_as_stored,
        validator=_one_stretch,
        title="不在这段时间里要审批",
        description="例如 08:00-18:00，每天相同。",
    )
    approval_department_id = Relation(Department, optional=True, title="不是这个系所的人要审批")
    wants_checkin = YesNo(
        missing=False,
        title="要签到",
        description="开始后没有人签到，剩下的时间自动释放；已经开始的预约不受影响。",
    )
    tells_who = YesNo(
        missing=False,
        title="门口显示预约人",
        description="门口的页面人人都能看；不勾选时只显示什么时候空闲。",
    )
    position = WholeNumber(
        missing=0, title="排序", description="小的排在前面；相同时按地点和名称排。"
    )


class RoomAdmin(ModelAdmin):
    """会议室"""

    path = "/admin/rooms/meetingrooms/"
    model = Meetingroom
    schema = RoomSchema
    columns = (
        "name",
        "location",
        "seats_count",
        "equipment",
        "label",
        Column(
            "departments",
            "可预约的系所",
            value=lambda room: [each.name for each in room.departments],
            sort=("departments",),
            needs=("departments",),
        ),
        Column(
            "photos",
            "照片",
            value=lambda room: f"{len(room.photos)} 张" if room.photos else "",
            sort=("photos",),
            needs=("photos",),
        ),
    )
    search = ("search_key",)
    filters = ("location", "equipment")
    order = ("position", "location", "name")
    import_key = ("location", "name")
    kept = ("location",)
    unit = "间"
    icon = "door-open"
    row_template = "hhu_plugins.rooms:templates/room.jinja2"

    def label(self, row: Meetingroom) -> str:
        return display.full_name(row)

    def form_schema(self, request, row: Meetingroom | None) -> colander.MappingSchema:
        schema = self.schema().clone()
        policy: BookingPolicy = request.registry["rooms.policy"]
        ahead = f"为 {policy.horizon.days} 天" if policy.horizon else "也是不限"
        for name, sentence in (
            (
                "min_minutes",
                f"不填时为 {display.minutes(policy.shortest)} 分钟，和其他会议室一样。",
            ),
            ("max_minutes", f"不填时为 {display.minutes(policy.longest)} 分钟，和其他会议室一样。"),
            ("max_days_ahead", f"0 是不限；不填时{ahead}，和其他会议室一样。"),
        ):
            schema[name].description = sentence
        return schema

    def facts(self, request, row: Meetingroom) -> list[tuple[str, Any]]:
        own, of_all = closures.hours_of(request.db, row)
        table = own or of_all
        hours = week_text(read_week(table.week)) if table else "随时开放"
        found = closures.ahead(request.db, row)
        closed = "；".join(
            f"{display.closed_span(each, self.zone)} {each.reason}" for each in found
        )
        links = ("", "")
        if request.has_permission(CHANGE):
            here = {"room_id": row.id, "back": self.url(row)}
            change = f"{HoursAdmin.path}{own.id}/?" if own else f"{HoursAdmin.path}add?"
            # A table of its own begins as the one that it had so far.
            days = day_texts(table) if table and not own else {}
            links = (
                _link(change + urlencode(here | days), "修改" if own else "另定"),
                _link(f"{ClosureAdmin.path}add?" + urlencode(here), "停用这间"),
            )
        return [
            ("开放时间", Markup("{} {}").format(hours, links[0])),
            ("停用", Markup("{} {}").format(closed or "没有", links[1])),
        ]

    def row_context(self, request, row: Meetingroom) -> dict[str, Any]:
        return photos.of_room(request, row) | room_page.context(request, row)

    def before_writing(self, request) -> None:
        equipment.hold(request.db)

    def read(self, request, row: Meetingroom) -> dict[str, Any]:
        return super().read(request, row) | {
            "equipment": sorted(row.equipment),
            "departments": sorted(each.id for each in row.departments),
            "wants_checkin": row.wants_checkin,
        }

    def write(self, request, row: Meetingroom, values: dict[str, Any]) -> None:
        values = dict(values)
        if "departments" in values:
            wanted = among(Department.id, values.pop("departments"))
            row.departments = list(request.db.query(Department).filter(wanted))
        wants_checkin = values.pop("wants_checkin", row.wants_checkin)
        if wants_checkin != row.wants_checkin:
            # Who meets there now was not told of it.
            row.checkin_since = datetime.now(UTC) if wants_checkin else None
        super().write(request, row, values)

    def save(self, request, row: Meetingroom, values: dict[str, Any], is_new: bool) -> None:
        with request.db.no_autoflush:
            self.write(request, row, values)
            if problems := _problems(request.registry["rooms.policy"], row):
                raise FieldErrors(problems)
        super().save(request, row, {}, is_new)


def _problems(policy: BookingPolicy, room: Meetingroom) -> dict[str, list[str]]:
    """Why its limits let no meeting be, or contradict those of the site, by field."""
    least, most = room.min_minutes, room.max_minutes
    shortest, longest = display.minutes(policy.shortest), display.minutes(policy.longest)
    if most is not None and most < display.minutes(policy.step):
        return {"max_minutes": [f"预约以{policy.step_text}为单位，不能更短。"]}
    if least is not None and most is not None and most < least:
        return {"max_minutes": ["最长不能比最短更短。"]}
    if least is not None and most is None and least > longest:
        return {"max_minutes": [f"其他会议室最长 {longest} 分钟，比最短更短，请填写。"]}
    if most is not None and least is None and most < shortest:
        return {"min_minutes": [f"其他会议室最短 {shortest} 分钟，比最长更长，请填写。"]}
    return {}


def _link(address: str, text: str) -> Markup:
    return Markup('<a class="text-decoration-underline" href="{}">{}</a>').format(address, text)
