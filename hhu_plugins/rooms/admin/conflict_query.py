"""What 冲突查询 is asked: from when to when, for how many people, with which equipment, in which room."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from urllib.parse import urlencode

import colander

from hhu_base.rest import Identifier, Instant, WholeNumber, query
from hhu_base.values.refusal import Refusal
from hhu_plugins.rooms import display, equipment
from hhu_plugins.rooms.intervals import Interval
from hhu_plugins.rooms.models import LONGEST_MEETING, Meetingroom
from hhu_plugins.rooms.policy import BookingPolicy

PATH = "/admin/rooms/conflicts/"
LONGEST_RANGE = timedelta(days=31)
# What is asked about before anything is: a meeting that begins now.
_USUAL = timedelta(hours=2)


class RangeSchema(colander.MappingSchema):
    start = Instant(missing=None, title="从")
    end = Instant(missing=None, title="到")
    people = WholeNumber(minimum=0, capped=True, missing=None, title="人数")
    room = Identifier(missing=None, title="会议室")


_RANGE = query(RangeSchema)


@dataclass(frozen=True)
class ConflictQuery:
    """The time that is looked at, what the room has to have, and what was wrong with the question."""

    start: datetime
    end: datetime
    room: Meetingroom | None = None
    people: int | None = None
    words: list[str] = field(default_factory=list)
    problem: str = ""

    def fits(self, room: Meetingroom) -> bool:
        """Whether it is a room that was asked about."""
        if self.room is not None:
            return room.id == self.room.id
        return room.seats_count >= (self.people or 0) and set(self.words) <= set(room.equipment)

    def meeting(self, policy: BookingPolicy) -> Interval | None:
        """What would be reserved: that time on the grid, as far as it is not past.

        None if there is nothing left of it, or more than a reservation can have.
        """
        now = datetime.now(UTC)
        if self.problem or self.end <= now:
            return None
        start, end = policy.widen(max(self.start, now), self.end)
        return (start, end) if end - start <= LONGEST_MEETING else None

    def url(self, zone: tzinfo) -> str:
        """The page with this question, and no form open."""
        params: dict[str, str | list[str]] = {
            "start": display.field_time(self.start, zone),
            "end": display.field_time(self.end, zone),
        }
        if self.people is not None:
            params["people"] = str(self.people)
        if self.words:
            params["equipment"] = self.words
        if self.room is not None:
            params["room"] = str(self.room.id)
        return PATH + "?" + urlencode(params, doseq=True, safe=":")


def read(request) -> ConflictQuery:
    """The question of ``?start=…&end=…&people=…&equipment=…&equipment=…&room=…``"""
    policy: BookingPolicy = request.registry["rooms.policy"]
    start = policy.down(datetime.now(policy.zone))
    try:
        asked = _RANGE(request)
    except Refusal:
        return ConflictQuery(
            start, start + _USUAL, problem="请填写正确的开始时间、结束时间和人数。"
        )
    chosen = set(request.GET.getall("equipment"))
    words = [word for word in equipment.words(request.db) if word in chosen]
    room = request.db.get(Meetingroom, asked["room"]) if asked["room"] else None
    about = (room, asked["people"], words)
    if asked["start"] is None or asked["end"] is None:
        return ConflictQuery(start, start + _USUAL, *about)
    problem = ""
    if asked["end"] <= asked["start"]:
        problem = "结束时间必须晚于开始时间。"
    elif asked["end"] - asked["start"] > LONGEST_RANGE:
        problem = "一次最多查询 31 天。"
    return ConflictQuery(asked["start"], asked["end"], *about, problem)
