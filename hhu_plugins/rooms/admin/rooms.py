"""会议室."""

from __future__ import annotations

import colander

from hhu_base.admin import ModelAdmin
from hhu_base.rest import Name, Text, WholeNumber
from hhu_plugins.rooms import display
from hhu_plugins.rooms.models import Meetingroom


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
