"""会议室."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import colander
from markupsafe import Markup

from hhu_base.admin import CHANGE, ModelAdmin
from hhu_base.rest import Name, Text, WholeNumber
from hhu_plugins.rooms import closures, display
from hhu_plugins.rooms.admin.closures import ClosureAdmin
from hhu_plugins.rooms.admin.hours import HoursAdmin, day_texts
from hhu_plugins.rooms.models import Meetingroom
from hhu_plugins.rooms.opening_hours import read_week, week_text


class RoomSchema(colander.MappingSchema):
    name = Name(max_length=255, title="名称")
    location = Name(max_length=255, title="地点")
    seats_count = WholeNumber(minimum=0, title="座位数")
    label = Text(
        max_length=255,
        blank=True,
        missing="",
        title="标签",
        description="例如“投影 视频会议”，教师可以按标签查找。",
    )
    description = Text(blank=True, missing="", title="说明")


class RoomAdmin(ModelAdmin):
    """会议室"""

    path = "/admin/rooms/meetingrooms/"
    model = Meetingroom
    schema = RoomSchema
    columns = ("name", "location", "seats_count", "label")
    search = ("search_key",)
    filters = ("location",)
    order = ("location", "name")
    import_key = ("location", "name")
    kept = ("location",)
    icon = "door-open"

    def label(self, row: Meetingroom) -> str:
        return display.full_name(row)

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


def _link(address: str, text: str) -> Markup:
    return Markup('<a class="text-decoration-underline" href="{}">{}</a>').format(address, text)
