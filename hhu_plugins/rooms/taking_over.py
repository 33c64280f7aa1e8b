"""The rooms' part of a takeover.

Expected fields:

- ``reservation.meetingroom``: ``name``, ``location``, ``seats_count``, ``label``, ``description``
- ``reservation.reservation``: ``user``, ``meetingroom``, ``reserve_from``, ``reserve_to``,
  ``description``

The system that this replaces let two people have one room at once. Who came first keeps it; the
others are listed, and stop the takeover unless ``overlaps`` are allowed: then they become
rejected ones. Reservations that are reversed or too long to be stored are listed as well, and
left out if ``impossible`` ones are allowed.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from hhu_base.database import lock
from hhu_base.taking_over.dump import Record
from hhu_base.taking_over.takeover import LEFT_OUT, Row, Takeover
from hhu_plugins.rooms import booking
from hhu_plugins.rooms.models import (
    CONFIRMED,
    LONGEST_MEETING,
    REJECTED,
    Meetingroom,
    Reservation,
)

ROOM, RESERVATION = "reservation.meetingroom", "reservation.reservation"


def take_rooms(takeover: Takeover) -> None:
    records = takeover.records(ROOM)
    takeover.know(ROOM, records, "name")
    rows = [
        (
            record,
            {
                "name": takeover.text(record, "name", Meetingroom.name),
                "location": takeover.text(record, "location", Meetingroom.location),
                "seats_count": takeover.number(record, "seats_count"),
                "label": takeover.text(record, "label", Meetingroom.label),
                "description": takeover.text(record, "description", Meetingroom.description),
            },
        )
        for record in records
    ]
    takeover.store(Meetingroom, ROOM, rows, same=("location", "name"))


def take_reservations(takeover: Takeover) -> None:
    records = takeover.records(RESERVATION)
    # Whoever has asked already is decided first, and nobody asks in between.
    lock(takeover.session, booking.LOCK)
    booking.decide_pending(takeover.session)
    now = datetime.now(UTC)
    rows = [(record, row) for record in records if (row := _reservation(takeover, record, now))]
    _reject_overlaps(takeover, rows)
    takeover.store(
        Reservation,
        RESERVATION,
        rows,
        same=("room_id", "user_id", "reserve_from", "reserve_to"),
        is_unique=False,
    )


def _reservation(takeover: Takeover, record: Record, now: datetime) -> dict[str, Any] | None:
    room_id = takeover.required(record, ROOM, "meetingroom")
    user_id = takeover.required(record, "user.user", "user")
    start = takeover.instant(record, "reserve_from")
    end = takeover.instant(record, "reserve_to")
    description = takeover.text(record, "description", Reservation.description)
    if room_id is None or user_id is None or start is None or end is None:
        return None
    if end <= start or end - start > LONGEST_MEETING:
        wrong = "结束不晚于开始" if end <= start else "超过 24 小时"
        sentence = f"{record}：{wrong}（{_shown(takeover, start, end)}）"
        if takeover.trouble("impossible", sentence):
            takeover.count(RESERVATION, LEFT_OUT)
        return None
    # The dump doesn't tell when it was asked for.
    asked = min(start, now)
    return {
        "room_id": room_id,
        "user_id": user_id,
        "reserve_from": start,
        "reserve_to": end,
        "description": description,
        "status": CONFIRMED,
        "status_reason": "",
        "requested_at": asked,
        "status_changed_at": asked,
    }


class _Held(NamedTuple):
    """A stretch of time that somebody has."""

    start: datetime
    end: datetime
    id: int
    user_id: int


class _Diaries:
    """Who has which room when; what is in a diary does not overlap."""

    def __init__(self, held: Iterable[tuple[int, _Held]]) -> None:
        self._held: dict[int, list[_Held]] = defaultdict(list)
        for room_id, one in held:
            self._held[room_id].append(one)

    def overlapping(self, room_id: int, start: datetime, end: datetime) -> list[_Held]:
        held = self._held[room_id]
        first = bisect_right(held, start, key=lambda one: one.end)
        last = bisect_left(held, end, key=lambda one: one.start)
        return held[first:last]

    def add(self, room_id: int, one: _Held) -> None:
        held = self._held[room_id]
        held.insert(bisect_left(held, one.start, key=lambda other: other.start), one)


def _reject_overlaps(takeover: Takeover, rows: list[Row]) -> None:
    """First come, first served; the keys tell who came first."""
    diaries = _Diaries(_confirmed(takeover, rows))
    for record, row in rows:
        room_id, start, end = row["room_id"], row["reserve_from"], row["reserve_to"]
        # What an earlier run has stored does not stand in its own way.
        before = diaries.overlapping(room_id, start, end)
        if any(held.id == record.pk for held in before):
            continue
        held = _Held(start, end, record.pk, row["user_id"])
        if not before:
            diaries.add(room_id, held)
            continue
        others = "、".join(_story(takeover, other) for other in before)
        takeover.trouble(
            "overlaps",
            f"预约重叠：{_room(takeover, room_id)}，{_story(takeover, held)}，而先有 {others}",
        )
        row["status"] = REJECTED
        row["status_reason"] = booking.TAKEN


def _confirmed(takeover: Takeover, rows: list[Row]) -> Iterator[tuple[int, _Held]]:
    found = takeover.session.execute(
        sa.select(
            Reservation.room_id,
            Reservation.reserve_from,
            Reservation.reserve_to,
            Reservation.id,
            Reservation.user_id,
        )
        .where(
            Reservation.status == CONFIRMED,
            Reservation.room_id.in_({row["room_id"] for _, row in rows}),
        )
        .order_by(Reservation.reserve_from)
    )
    for row in found:
        yield row.room_id, _Held(row.reserve_from, row.reserve_to, row.id, row.user_id)


def _room(takeover: Takeover, id_: int) -> str:
    record = takeover.known(ROOM, id_)
    return f"{record.fields.get('location')} {record.fields.get('name')}" if record else f"#{id_}"


def _story(takeover: Takeover, held: _Held) -> str:
    """Who has it when."""
    record = takeover.known("user.user", held.user_id)
    fields = record.fields if record else {}
    names = [fields.get(name) or "" for name in ("username", "last_name", "first_name")]
    who = "{} {}{}".format(*names) if record else f"用户 #{held.user_id}"
    return f"#{held.id} {who} {_shown(takeover, held.start, held.end)}"


def _shown(takeover: Takeover, start: datetime, end: datetime) -> str:
    start, end = start.astimezone(takeover.zone), end.astimezone(takeover.zone)
    last = "%H:%M" if start.date() == end.date() else "%Y-%m-%d %H:%M"
    return f"{start:%Y-%m-%d %H:%M}–{end:{last}}"
