"""The administrators' pages of the rooms."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import colander
import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from hhu_base.admin import ModelAdmin
from hhu_base.rest import Text, WholeNumber
from hhu_plugins.rooms.models import CONFIRMED, Meetingroom, Reservation

_LINES = 8


class RoomSchema(colander.MappingSchema):
    name = Text(max_length=255, title="名称")
    location = Text(max_length=255, title="地点")
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
    search = ("name", "location", "label")
    filters = ("location",)
    order = ("location", "name")
    icon = "door-open"

    def label(self, row: Meetingroom) -> str:
        return full_name(row)


def full_name(room: Meetingroom) -> str:
    """``勤学楼 101``; many names begin with the place already."""
    return room.name if room.name.startswith(room.location) else f"{room.location} {room.name}"


def todays_reservations(request) -> dict:
    """A card of the home page."""
    zone = request.registry.site_zone
    now = datetime.now(UTC)
    midnight = datetime.combine(now.astimezone(zone).date() + timedelta(days=1), time(), zone)
    found = request.db.scalars(
        sa.select(Reservation)
        .where(
            Reservation.status == CONFIRMED,
            Reservation.reserve_to > now,
            Reservation.reserve_from < midnight,
        )
        .order_by(Reservation.reserve_from, Reservation.id)
        .options(joinedload(Reservation.room), joinedload(Reservation.user))
    ).all()
    return {
        "title": "今天的会议",
        "icon": "calendar-event",
        "figure": len(found),
        "text": "场正在进行或尚未开始",
        "lines": [
            {
                "time": f"{each.reserve_from.astimezone(zone):%H:%M}–{each.reserve_to.astimezone(zone):%H:%M}",
                "text": full_name(each.room),
                "note": f"{each.user.fullname} · {each.description}",
            }
            for each in found[:_LINES]
        ],
    }
