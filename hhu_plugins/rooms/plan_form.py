"""The plan of a series as part of a form: each date with its state, and what is chosen for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo

import sqlalchemy as sa

from hhu_base.admin import Badge
from hhu_base.database import among
from hhu_base.values.instants import parse_instant
from hhu_base.values.refusal import TOGETHER, FieldErrors
from hhu_plugins.rooms import display
from hhu_plugins.rooms.intervals import Interval
from hhu_plugins.rooms.models import Meetingroom
from hhu_plugins.rooms.plans import BEYOND, CLOSED, FREE, IS_TAKEN, PAST, Plan, PlannedDate
from hhu_plugins.rooms.series_plans import Choice

DIGEST, SKIP = "digest", "skip"
UNDECIDED = "请选择"
STATES = {
    FREE: Badge("空闲", "good"),
    IS_TAKEN: Badge("已被占用", "bad"),
    CLOSED: Badge("不开放", "bad"),
    BEYOND: Badge("太远", "warn"),
    PAST: Badge("已过去", "calm"),
}
_HOPELESS = (BEYOND, PAST)
NO_SUCH_CHOICE = "第{}次的选择无效，请重新选择。"


@dataclass(frozen=True, slots=True)
class Line:
    """A date as the page shows it; ``options`` are pairs of value and label.

    ``room`` is empty where it is the same for all dates.
    """

    index: int
    when: str
    room: str
    state: Badge
    by: str
    holiday: str
    options: list[tuple[str, str]]
    chosen: str

    @property
    def is_open(self) -> bool:
        """Whether something has still to be chosen."""
        return self.options[0][1] == UNDECIDED and not self.chosen


@dataclass(frozen=True, slots=True)
class PlanForm:
    """``skipped`` words leaving a date out; ``is_limited``: consent might help some of them."""

    title: str
    digest: str
    lines: list[Line]
    skipped: str
    is_limited: bool

    @property
    def open_count(self) -> int:
        return sum(line.is_open for line in self.lines)


def draw(request, plan: Plan, posted: Mapping[str, str], *, skipped: str) -> PlanForm:
    """``posted`` are the choices that were made before."""
    room_ids = {each.slot.room_id for each in plan.dates}
    found = request.db.scalars(sa.select(Meetingroom).where(among(Meetingroom.id, room_ids)))
    names = {room.id: display.full_name(room) for room in found}
    is_one = len(room_ids) == 1
    zone = request.registry.site_zone
    return PlanForm(
        title=f"{next(iter(names.values()))}，{len(plan.dates)} 次"
        if is_one
        else f"{len(plan.dates)} 次",
        digest=plan.digest,
        lines=[
            _line(each, posted, zone, skipped, "" if is_one else names[each.slot.room_id])
            for each in plan.dates
        ],
        skipped=skipped,
        is_limited=any(each.state in (CLOSED, BEYOND) for each in plan.dates),
    )


def _line(
    planned: PlannedDate, posted: Mapping[str, str], zone: tzinfo, skipped: str, room: str
) -> Line:
    _, start, end = planned.slot
    options = _options(planned, zone, skipped)
    known = [value for value, _ in options]
    wanted = posted.get(_name(planned.index), known[0])
    return Line(
        planned.index,
        display.span(start, end, zone),
        room,
        STATES[planned.state],
        planned.by or "",
        planned.holiday or "",
        options,
        wanted if wanted in known else known[0],
    )


def _options(planned: PlannedDate, zone: tzinfo, skipped: str) -> list[tuple[str, str]]:
    if planned.state in _HOPELESS:
        return [(SKIP, skipped)]
    options = [("", "按计划" if planned.state == FREE else UNDECIDED)]
    if planned.alternatives is not None:
        options += [
            (f"room:{room.id}", f"换到 {display.full_name(room)}（{room.seats_count} 座）")
            for room in planned.alternatives.rooms
        ]
        options += [
            (_pair(stretch, zone), f"改到 {_short(stretch, planned, zone)}")
            for stretch in planned.alternatives.stretches
        ]
    return [*options, (SKIP, skipped)]


def _pair(stretch: Interval, zone: tzinfo) -> str:
    return "time:" + "/".join(display.field_time(each, zone) for each in stretch)


def _short(stretch: Interval, planned: PlannedDate, zone: tzinfo) -> str:
    times = display.clock_span(*stretch, zone)
    days = {display.day(each, zone) for each in (stretch[0], planned.slot.reserve_from)}
    return times if len(days) == 1 else f"{display.day(stretch[0], zone)} {times}"


def _name(index: int) -> str:
    return f"choice-{index}"


def read(plan: Plan, posted: Mapping[str, str], zone: tzinfo) -> list[Choice]:
    """What was chosen for the dates of ``plan``. Raises FieldErrors."""
    return [
        _choice(each, text, zone)
        for each in plan.dates
        if (text := posted.get(_name(each.index), SKIP if each.state in _HOPELESS else ""))
    ]


def _choice(planned: PlannedDate, text: str, zone: tzinfo) -> Choice:
    what, _, rest = text.partition(":")
    if text == SKIP:
        return Choice(planned.index, skip=True)
    if what == "room" and rest.isascii() and rest.isdigit() and len(rest) < 19:
        return Choice(planned.index, room_id=int(rest))
    if what == "time":
        try:
            start, end = (parse_instant(each, zone) for each in rest.split("/"))
        except ValueError:
            pass
        else:
            return Choice(planned.index, reserve_from=start, reserve_to=end)
    raise FieldErrors({TOGETHER: [NO_SUCH_CHOICE.format(planned.index)]})
