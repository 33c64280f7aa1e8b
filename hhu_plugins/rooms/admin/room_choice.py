"""The rooms among which 预约会议室 lets choose, at the time and with what is filled in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

import colander
import sqlalchemy as sa

from hhu_base.rest import Identifier, Instant, Text, WholeNumber, query
from hhu_base.values.refusal import FieldErrors, Refusal
from hhu_plugins.rooms import availability, display, equipment, photos
from hhu_plugins.rooms.intervals import Interval
from hhu_plugins.rooms.models import LONGEST_MEETING, Meetingroom
from hhu_plugins.rooms.policy import BookingPolicy, check_times
from hhu_plugins.rooms.room_states import RoomState, room_states

# How many rooms are seen at once; the others are a click away.
MOST_SHOWN = 6
_USUAL_LENGTH = timedelta(hours=1)
# What links to the page call the fields.
_ALIASES = {"start": "reserve_from", "end": "reserve_to", "room": "room_id", "user": "user_id"}


class NeedsSchema(colander.MappingSchema):
    """When, and what the room has to have."""

    reserve_from = Instant(missing=None, title="从")
    reserve_to = Instant(missing=None, title="到")
    people = WholeNumber(minimum=0, capped=True, missing=None, title="人数")
    place = Text(missing=None, title="地点")
    room_id = Identifier(missing=None, title="会议室")
    user_id = Identifier(missing=None, title="预约人")


_NEEDS = query(NeedsSchema)
# Beside which an error is shown; any other stands above the form.
_FIELDS = {
    *("reserve_from", "reserve_to", "people", "place", "room_id", "user_id"),
    *("description", "knowingly", "reason"),
    *("every", "weekdays", "until", "count", "weeks", "term"),
}


@dataclass
class Draft:
    """What is filled in, as texts, and what is wrong with it: by field, or ``general``."""

    texts: dict[str, str]
    words: list[str]
    weekdays: list[str]
    errors: dict[str, str] = field(default_factory=dict)
    general: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, fields) -> Draft:
        texts = {_ALIASES.get(name, name): text for name, text in fields.items()}
        return cls(texts, fields.getall("equipment"), fields.getall("weekdays"))

    def refuse(self, refused: Refusal) -> None:
        payload = dict(refused.payload)
        if isinstance(rule := payload.pop("rule", None), dict):
            # Beside it the same is said of all together, for clients that show one sentence.
            payload = rule
        for name, sentences in payload.items():
            text = " ".join(sentences) if isinstance(sentences, list) else str(sentences)
            name = "room_id" if name == "meetingroom" else name
            if name in _FIELDS:
                self.errors[name] = text
            else:
                self.general.append(text)
        self.texts |= getattr(refused, "instead", {})

    def change(self, instead: str, zone: tzinfo) -> None:
        """``room:5``, or ``time:`` with both ends, is what was pressed."""
        what, _, rest = instead.partition(":")
        if what == "room":
            self.texts["room_id"] = rest
        elif what == "time" and "/" in rest:
            self.texts["reserve_from"], self.texts["reserve_to"] = rest.split("/", 1)

    def read(self, request) -> dict[str, Any]:
        """The needs as values; None for what is not filled in, or can't be read."""
        values = {}
        for node in _NEEDS.bound(request.registry).children:
            try:
                values[node.name] = node.deserialize(self.texts.get(node.name) or colander.null)
            except colander.Invalid as invalid:
                values[node.name] = None
                translate = request.localizer.translate
                self.errors.setdefault(node.name, " ".join(map(translate, invalid.messages())))
        return values


@dataclass
class Found:
    """``free`` and ``taken`` are all that fit; ``chosen`` is one of them, if there are any."""

    free: Sequence[RoomState] = ()
    taken: Sequence[RoomState] = ()
    chosen: RoomState | None = None
    alternatives: availability.Alternatives | None = None
    interval: Interval | None = None


def shown_rooms(request, draft: Draft) -> Found:
    """The rooms for what is filled in; the smallest that is free and fits is chosen if none is."""
    needs = draft.read(request)
    policy: BookingPolicy = request.registry["rooms.policy"]
    now = datetime.now(UTC)
    if any(
        needs[name] is None and draft.texts.get(name) for name in ("reserve_from", "reserve_to")
    ):
        return Found()
    try:
        start, end = _times(policy, now, needs["reserve_from"], needs["reserve_to"])
    except Refusal as refused:
        draft.refuse(refused)
        return Found()
    draft.texts["reserve_from"] = display.field_time(start, policy.zone)
    draft.texts["reserve_to"] = display.field_time(end, policy.zone)
    states = room_states(
        request.db,
        policy,
        now,
        (start, end),
        seats=needs["people"],
        location=needs["place"],
        equipment=draft.words,
        holder_id=needs["user_id"],
    )
    # Those that need no consent come first.
    states.sort(key=lambda state: (bool(state.limit), not state.is_eligible))
    free = [state for state in states if state.is_free]
    found = Found(free, [each for each in states if not each.is_free], interval=(start, end))
    found.chosen = next((each for each in states if each.room.id == needs["room_id"]), None)
    if found.chosen is None and free:
        found.chosen = free[0]
    if found.chosen is not None and not found.chosen.is_free:
        found.alternatives = availability.alternatives(
            request.db,
            policy,
            now,
            found.chosen.room,
            (start, end),
            user_id=needs["user_id"],
        )
    return found


def _times(
    policy: BookingPolicy, now: datetime, start: datetime | None, end: datetime | None
) -> Interval:
    """On the grid, and an hour where only the start is told. Raises Refusal."""
    if start is None:
        start = policy.up(now) if end is None else end - _USUAL_LENGTH
    if end is None:
        end = start + min(max(_USUAL_LENGTH, policy.shortest), policy.longest)
    if end <= start:
        raise FieldErrors({"reserve_to": ["结束时间必须晚于开始时间。"]})
    start, end = policy.widen(start, end)
    if end - start > LONGEST_MEETING:
        raise FieldErrors({"reserve_to": ["一次预约最长 24 小时。"]})
    try:
        return check_times(policy, now, start, end, may_exceed=True)
    except Refusal as refused:
        raise FieldErrors({"reserve_to": [str(refused)]}) from None


def describe(request, draft: Draft, found: Found) -> dict[str, Any]:
    """What the template needs to draw them."""
    policy: BookingPolicy = request.registry["rooms.policy"]
    zone = policy.zone
    places = request.db.scalars(
        sa.select(Meetingroom.location)
        .group_by(Meetingroom.location, Meetingroom.location_key)
        .order_by(sa.func.min(Meetingroom.position), Meetingroom.location_key)
    )
    options = found.alternatives
    return {
        "draft": draft,
        "found": found,
        "most_shown": MOST_SHOWN,
        "step": int(policy.step.total_seconds()),
        "places": list(places),
        "words": equipment.words(request.db),
        "photos": photos.first_of_rooms(request.db, [each.room.id for each in found.free]),
        "when": display.span(*found.interval, zone) if found.interval else "",
        "full_name": display.full_name,
        "why_not": lambda state: why_not(state, zone),
        "other_times": [
            (_pair(stretch, zone), _start(stretch[0], found, zone)) for stretch in options.stretches
        ]
        if options
        else [],
        "other_rooms": options.rooms if options else [],
    }


def why_not(state: RoomState, zone: tzinfo) -> str:
    """Who has the room, or why it is closed."""
    closed = dict.fromkeys(f"不开放：{each.reason.rstrip('。')}" for each in state.closures)
    return "；".join([*closed, *(display.held(row, zone) for row in state.taken_by)])


def _pair(stretch: Interval, zone: tzinfo) -> str:
    return "/".join(display.field_time(each, zone) for each in stretch)


def _start(moment: datetime, found: Found, zone: tzinfo) -> str:
    """``11:00``, with the day where it is another one."""
    local = moment.astimezone(zone)
    is_same = found.interval is not None and (
        local.date() == found.interval[0].astimezone(zone).date()
    )
    return f"{local:%H:%M}" if is_same else f"{display.day(moment, zone)} {local:%H:%M}"
