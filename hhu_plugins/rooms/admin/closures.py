"""停用时间: when rooms are closed; what becomes of the reservations that this meets is asked here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NoReturn

import colander
import sqlalchemy as sa

from hhu_base.admin import Choice, Column, ModelAdmin, Tab, audited, flash
from hhu_base.database import lock
from hhu_base.rest import Instant, Text
from hhu_base.values.refusal import TOGETHER, FieldErrors, Refusal
from hhu_plugins.rooms import closures, decisions, display, holds, waiting
from hhu_plugins.rooms.admin import changes
from hhu_plugins.rooms.admin.hours import id_text, room_choices
from hhu_plugins.rooms.models import Closure, Meetingroom, Reservation

KEEP, CANCEL = "keep", "cancel"
MOST_SHOWN, MOST_CHANGED = 100, 200
LONGEST_REASON = 200
# What becomes of those about which nothing was said one by one.
REST = "rest"


class ClosureSchema(colander.MappingSchema):
    room_id = Choice(
        (),
        nullable=True,
        missing=None,
        title="会议室",
        description="和地点都空着，就是全部会议室。",
    )
    location = Choice(
        (), nullable=True, missing=None, title="地点", description="这个地点的全部会议室。"
    )
    starts = Instant(title="从", when_missing="请填写从什么时候开始。")
    ends = Instant(
        nullable=True, missing=None, title="到", description="空着：停用，直到填上为止。"
    )
    reason = Text(
        max_length=LONGEST_REASON,
        title="原因",
        description="所有人都能看到，例如“期末考试”“检修”。",
    )


@dataclass
class Met:
    """A reservation that a closure meets, as the page asks about it."""

    id: int
    when: str
    room: str
    holder: str
    description: str
    fate: str
    rooms: Sequence[tuple[int, str]] = ()
    error: str = ""


@dataclass
class Question:
    """What the page asks: about these, and about ``more`` that it does not show."""

    met: list[Met] = field(default_factory=list)
    more: int = 0
    rest: str = ""


class ClosureAdmin(ModelAdmin):
    """停用时间"""

    path = "/admin/rooms/closures/"
    model = Closure
    schema = ClosureSchema
    columns = (
        Column(
            "room_id",
            "范围",
            value=display.where,
            sort=("room.location", "location", "room.name"),
            needs=("room",),
        ),
        "starts",
        Column("ends", value=lambda row: row.ends or "未定", sort=("ends",)),
        "reason",
    )
    search = ("room.search_key", "location", "reason")
    order = ("starts",)
    tabs = (
        Tab(
            "open",
            "现在和以后",
            lambda: Closure.ends.is_(None) | (Closure.ends > sa.func.now()),
        ),
        Tab("past", "已结束", lambda: Closure.ends <= sa.func.now(), ("-starts",)),
        Tab("all", "全部"),
    )
    icon = "door-closed"
    hint = "考试、检修等：停用期间谁也不能预约；没有结束时间的，一直停用到删除或填上为止。"
    row_template = "hhu_plugins.rooms:templates/closure.jinja2"

    def label(self, row: Closure) -> str:
        return f"{display.where(row)} {display.closed_span(row, self.zone)}"

    def form_schema(self, request, row: Closure | None) -> colander.MappingSchema:
        schema = self.schema().clone()
        places = set(request.db.scalars(sa.select(Meetingroom.location)))
        if row is not None and row.location is not None:
            places.add(row.location)
        schema["room_id"].choices = room_choices(request.db)
        schema["location"].choices = [(place, place) for place in sorted(places)]
        return schema

    def read(self, request, row: Closure) -> dict[str, Any]:
        return super().read(request, row) | {"room_id": id_text(row.room_id)}

    def write(self, request, row: Closure, values: dict[str, Any]) -> None:
        if "room_id" in values:
            values = values | {"room_id": values["room_id"] and int(values["room_id"])}
        super().write(request, row, values)

    def before_writing(self, request) -> None:
        lock(request.db, decisions.LOCK)

    def save(self, request, row: Closure, values: dict[str, Any], is_new: bool) -> None:
        """Close the rooms, if of every reservation that this meets it was said what becomes of it."""
        session = request.db
        # Who asked before is decided by what was true then, and counts among those that it meets.
        decisions.decide_pending(session, request.registry["rooms.policy"])
        known = set() if is_new else set(closures.find_met(session, row))
        self.write(request, row, values)
        _check(row, is_new)
        row.revision = (row.revision or 0) + 1
        row.changed_at = sa.func.clock_timestamp()
        session.add(row)
        session.flush()
        session.refresh(row)
        # Those that it had met before were asked about before.
        met = [id_ for id_ in closures.find_met(session, row) if id_ not in known]
        reason = f"会议室停用：{row.reason}"
        if met:
            _settle(request, met, reason)
        _take_back_holds(request, row, reason)
        waiting.hand_out(session, request.registry["rooms.policy"], None)

    def delete(self, request, row: Closure) -> None:
        super().delete(request, row)
        waiting.hand_out(request.db, request.registry["rooms.policy"], None)

    def question(self, request) -> Question | None:
        """What was left to be said when saving was refused."""
        return getattr(request, "closure_question", None)


def _take_back_holds(request, row: Closure, reason: str) -> None:
    """What was only held can't be had while the rooms are closed: who had it waits on."""
    policy, by_user_id = request.registry["rooms.policy"], request.identity.user_id
    for id_ in closures.find_met(request.db, row, held=True):
        hold = request.db.get_one(Reservation, id_, populate_existing=True)
        holds.take_back(request.db, policy, hold, by_user_id=by_user_id, reason=reason, waits=True)


def _check(row: Closure, is_new: bool) -> None:
    if row.room_id is not None and row.location is not None:
        raise FieldErrors({"location": ["会议室和地点只能选一个。"]})
    if row.ends is not None and row.ends <= row.starts:
        raise FieldErrors({"ends": ["结束时间必须晚于开始时间。"]})
    if is_new and row.ends is not None and row.ends <= datetime.now(UTC):
        raise FieldErrors({"ends": ["结束时间必须在现在以后。"]})


def _settle(request, met: list[int], reason: str) -> None:
    """Do with each reservation what was chosen for it; all of it, or a Refusal asks again."""
    fates = {id_: request.POST.get(f"fate-{id_}") or _rest(request) for id_ in met}
    changed = [id_ for id_ in met if fates[id_] != KEEP]
    if not all(map(_is_fate, fates.values())):
        _ask(request, fates, f"这段时间里有 {len(met)} 个预约，请选择每个怎么处理，再保存。")
    if len(changed) > MOST_CHANGED:
        _ask(request, fates, f"一次最多改动 {MOST_CHANGED} 个预约，请分几次停用。")
    for id_ in changed:
        try:
            # What was refused must not be written by what is read to tell it.
            with request.db.begin_nested():
                _change(request, id_, fates[id_], reason)
        except Refusal as refused:
            errors = {id_: " ".join(map(str, _sentences(refused)))}
            _ask(request, fates, "有一个预约不能这样处理，什么也没有改动。", errors)
    said = {"保留": len(met) - len(changed)}
    said["取消"] = sum(fates[id_] == CANCEL for id_ in changed)
    said["改到其他会议室"] = len(changed) - said["取消"]
    told = "，".join(f"{number} 个{what}" for what, number in said.items() if number)
    flash(request, f"原有的预约：{told}。")


def _change(request, reservation_id: int, fate: str, reason: str) -> None:
    row = changes.find_open(request, reservation_id)
    if fate == CANCEL:
        with audited(request, row, changes.CANCELLED):
            changes.cancel(request, row, reason)
    else:
        with audited(request, row, changes.MOVED):
            changes.move(request, row, {"room_id": int(fate)})


def _rest(request) -> str:
    chosen = request.POST.get(REST, "")
    return chosen if chosen in (KEEP, CANCEL) else ""


def _is_fate(text: str) -> bool:
    is_room = text.isascii() and text.isdigit() and len(text) < 19
    return text in (KEEP, CANCEL) or is_room


def _sentences(refused: Refusal) -> list[str]:
    return [
        sentence
        for value in refused.payload.values()
        for sentence in (value if isinstance(value, list) else [value])
    ]


def _ask(
    request, fates: dict[int, str], sentence: str, errors: dict[int, str] | None = None
) -> NoReturn:
    """Keep what the page has to ask, and refuse: what was done for it is undone."""
    errors = errors or {}
    # What could not be done comes first, then what is still open, so that it is on the page.
    ids = sorted(fates, key=lambda id_: (id_ not in errors, _is_fate(fates[id_])))[:MOST_SHOWN]
    rows = closures.load(request.db, ids)
    free = closures.free_rooms(request.db, rows.values())
    zone = request.registry.site_zone
    request.closure_question = Question(
        [
            Met(
                id=row.id,
                when=display.span(row.reserve_from, row.reserve_to, zone),
                room=display.full_name(row.room),
                holder=display.person(row.user),
                description=display.shortened(row.description, 80),
                fate=request.POST.get(f"fate-{row.id}", ""),
                rooms=[
                    (room.id, f"{display.full_name(room)}（{room.seats_count} 座）")
                    for room in free[row.id]
                ],
                error=errors.get(row.id, ""),
            )
            for row in map(rows.__getitem__, ids)
        ],
        len(fates) - len(ids),
        _rest(request),
    )
    raise Refusal(sentence, TOGETHER)
