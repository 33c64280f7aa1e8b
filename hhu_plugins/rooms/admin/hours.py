"""开放时间: when rooms can be had in a week; one table for all, and those of rooms that differ."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import colander
import sqlalchemy as sa

from hhu_base.admin import Choice, Column, ModelAdmin, flash
from hhu_base.database import lock
from hhu_base.rest import Text
from hhu_plugins.rooms import decisions, display, occupancy, waiting
from hhu_plugins.rooms.display import EVERY_ROOM
from hhu_plugins.rooms.models import Meetingroom, OpeningHours, Reservation
from hhu_plugins.rooms.opening_hours import (
    WEEKDAYS,
    day_text,
    outside,
    parse_day,
    read_week,
    store_week,
    week_text,
)

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_TITLES = dict(zip(DAYS, WEEKDAYS, strict=True))
_MOST_LOOKED_AT = 20_000
# In place of the hours of the day before.
AGAIN = "同上"
_USUAL = "08:00–22:00"


def _is_day(node, text: str) -> None:
    if text == AGAIN and node.name != DAYS[0]:
        return
    try:
        parse_day(text)
    except ValueError as wrong:
        raise colander.Invalid(node, str(wrong)) from None


def _day(name: str, description: str = "") -> colander.SchemaNode:
    return Text(
        name=name,
        max_length=200,
        blank=True,
        missing="",
        title=_TITLES[name],
        description=description,
        validator=_is_day,
    )


class HoursSchema(colander.MappingSchema):
    # All rooms to choose from, so that the form needs no script.
    room_id = Choice(
        (),
        nullable=True,
        missing=None,
        title="会议室",
        description="只给一间会议室时才选；空着是全部会议室，有自己的开放时间的除外。",
    )

    def __init__(self, *args, **kw):
        super().__init__(*args, **kw)
        hint = (
            "例如 08:00–12:00、14:00–22:00；到次日的写成 22:00–02:00，整天写“全天”，空着是不开放。"
        )
        for name in DAYS:
            self.add(_day(name, hint if name == DAYS[0] else ""))
        self[DAYS[1]].description = "和前一天相同的，可以写“同上”。"


def room_choices(session) -> list[tuple[str, str]]:
    """All rooms by place and name, for a form."""
    rooms = session.scalars(
        sa.select(Meetingroom).order_by(
            Meetingroom.location_key, Meetingroom.name_key, Meetingroom.id
        )
    )
    return [(str(room.id), display.full_name(room)) for room in rooms]


def id_text(room_id: int | None) -> str | None:
    """A room as a form knows it."""
    return None if room_id is None else str(room_id)


def day_texts(row: OpeningHours) -> dict[str, str]:
    """The hours of each day, as the form has them."""
    return dict(zip(DAYS, map(day_text, read_week(row.week)), strict=True))


class HoursAdmin(ModelAdmin):
    """开放时间"""

    path = "/admin/rooms/hours/"
    model = OpeningHours
    schema = HoursSchema
    columns = (
        Column(
            "room_id",
            "会议室",
            value=lambda row: display.full_name(row.room) if row.room else EVERY_ROOM,
            sort=("room.location", "room.name"),
            needs=("room",),
        ),
        Column(
            "week", "开放时间", value=lambda row: week_text(read_week(row.week)), sort=("week",)
        ),
    )
    search = ("room.search_key",)
    order = ("id",)
    unit = "张"
    icon = "clock"
    row_template = "hhu_plugins.rooms:templates/hours.jinja2"
    hint = "没有开放时间的会议室，随时可以预约；开放时间以外，只有管理员可以预约。"

    def form_schema(self, request, row: OpeningHours | None) -> colander.MappingSchema:
        schema = self.schema().clone()
        schema["room_id"].choices = room_choices(request.db)
        if row is None:
            for name in DAYS:
                schema[name].default = _USUAL if name == DAYS[0] else AGAIN
        return schema

    def label(self, row: OpeningHours) -> str:
        return display.full_name(row.room) if row.room else EVERY_ROOM

    def read(self, request, row: OpeningHours) -> dict[str, Any]:
        return {"room_id": id_text(row.room_id), **day_texts(row)}

    def write(self, request, row: OpeningHours, values: dict[str, Any]) -> None:
        texts = dict.fromkeys(DAYS, "") if row.id is None else self.read(request, row)
        texts |= values
        row.room_id = texts.get("room_id") and int(texts["room_id"])
        days = [texts[name] for name in DAYS]
        for number, text in enumerate(days):
            days[number] = days[number - 1] if text == AGAIN else text
        row.week = store_week(tuple(map(parse_day, days)))
        row.zone = str(request.registry.site_zone)
        row.revision = (row.revision or 0) + 1
        row.changed_at = sa.func.clock_timestamp()

    def before_writing(self, request) -> None:
        lock(request.db, decisions.LOCK)

    def save(self, request, row: OpeningHours, values: dict[str, Any], is_new: bool) -> None:
        super().save(request, row, values, is_new)
        request.db.expire(row)
        number = _count_outside(request.db, row)
        if number:
            flash(
                request,
                f"有 {number} 个已经确认的预约在开放时间以外，它们没有改动；不能保留的请在“预约记录”里处理。",
                "warning",
            )
        waiting.hand_out(request.db, request.registry["rooms.policy"], None)

    def delete(self, request, row: OpeningHours) -> None:
        super().delete(request, row)
        waiting.hand_out(request.db, request.registry["rooms.policy"], None)


def _count_outside(session, row: OpeningHours) -> int:
    """Of what is confirmed and ahead, how much this table does not cover."""
    columns = (Reservation.room_id, Reservation.reserve_from, Reservation.reserve_to)
    statement = sa.select(*columns).where(occupancy.ahead()).limit(_MOST_LOOKED_AT)
    if row.room_id is not None:
        statement = statement.where(Reservation.room_id == row.room_id)
    else:
        own = sa.select(OpeningHours.room_id).where(OpeningHours.room_id.is_not(None))
        statement = statement.where(Reservation.room_id.not_in(own))
    week, zone = read_week(row.week), ZoneInfo(row.zone)
    return sum(
        bool(outside(week, zone, (start, end))) for _, start, end in session.execute(statement)
    )
