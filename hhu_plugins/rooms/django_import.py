"""The rooms' part of a takeover.

Expected fields:

- ``reservation.meetingroom``: ``name``, ``seats_count``; at first also ``location``, ``label`` and
  ``description``
- ``reservation.reservation``: ``user``, ``meetingroom``, ``reserve_from``, ``reserve_to``,
  ``created``, ``description``

The system that this replaces let two people have one room at once. Who asked first keeps it; the
others become rejected ones, and are listed.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any

from hhu_base.cli.django_import.dump import Record
from hhu_base.cli.django_import.fields import Refused
from hhu_base.cli.django_import.importer import DjangoImport
from hhu_base.cli.django_import.rows import Row
from hhu_base.database import lock
from hhu_base.models import User
from hhu_plugins.rooms import decisions, occupancy
from hhu_plugins.rooms.models import CONFIRMED, LONGEST_MEETING, REJECTED, Meetingroom, Reservation
from hhu_plugins.rooms.occupancy import Holding
from hhu_plugins.rooms.policy import BookingPolicy

ROOM, RESERVATION = "reservation.meetingroom", "reservation.reservation"
MODELS = (ROOM, RESERVATION)
# What was decided here, with the dump or since, is not the dump's to change.
_DECIDED = ("status", "status_reason", "status_changed_at")


def take_rooms(takeover: DjangoImport) -> None:
    takeover.store(Meetingroom, ROOM, takeover.rows(ROOM, _room), same=("location", "name"))


def take_reservations(takeover: DjangoImport, policy: BookingPolicy) -> None:
    # Who has asked already is decided first, and nobody asks in between.
    lock(takeover.session, decisions.LOCK)
    decisions.decide_pending(takeover.session, policy)
    rows = takeover.rows(RESERVATION, _reservation)
    _reject_overlaps(takeover, rows)
    takeover.store(
        Reservation,
        RESERVATION,
        rows,
        same=("room_id", "user_id", "reserve_from", "reserve_to"),
        is_unique=False,
        only_new=_DECIDED,
    )


def _room(takeover: DjangoImport, record: Record) -> dict[str, Any]:
    return {
        "name": takeover.required_text(record, "name", Meetingroom.name),
        "location": takeover.text(record, "location", Meetingroom.location),
        "seats_count": takeover.number(record, "seats_count") or 0,
        "label": takeover.text(record, "label", Meetingroom.label),
        "description": takeover.text(record, "description", Meetingroom.description),
    }


def _reservation(takeover: DjangoImport, record: Record) -> dict[str, Any]:
    room_id = takeover.required(record, ROOM, "meetingroom")
    user_id = takeover.required(record, "user.user", "user")
    start = takeover.instant(record, "reserve_from")
    end = takeover.instant(record, "reserve_to")
    if end <= start or end - start > LONGEST_MEETING:
        wrong = "结束不晚于开始" if end <= start else "超过 24 小时"
        raise Refused(f"{wrong}（{_shown(takeover, start, end)}）")
    asked = takeover.instant_or(record, "created", min(start, datetime.now(UTC)))
    return {
        "room_id": room_id,
        "user_id": user_id,
        "reserve_from": start,
        "reserve_to": end,
        "description": takeover.text(record, "description", Reservation.description),
        "status": CONFIRMED,
        "status_reason": "",
        "requested_at": asked,
        "status_changed_at": asked,
    }


def _reject_overlaps(takeover: DjangoImport, rows: list[Row]) -> None:
    """First come, first served; what is confirmed here already has come before them all."""
    timelines = occupancy.timelines(takeover.session, {row["room_id"] for _, row in rows})
    own = {
        held.id: (held.room_id, held.reserve_from, held.reserve_to)
        for timeline in timelines.values()
        for held in timeline
    }
    names = _Names(takeover)
    for record, row in sorted(rows, key=lambda each: (each[1]["requested_at"], each[0].pk)):
        room_id, start, end = row["room_id"], row["reserve_from"], row["reserve_to"]
        is_new = record.pk not in takeover.earlier(RESERVATION)
        is_moved = takeover.is_update and own.get(record.pk) not in (None, (room_id, start, end))
        if not is_new and not is_moved:
            continue
        held = Holding(record.pk, room_id, row["user_id"], start, end)
        overlapping = timelines[room_id].overlapping(start, end)
        # What an earlier run has stored does not stand in its own way.
        before = [other for other in overlapping if other.id != record.pk]
        others = "、".join(names.story(other) for other in before)
        if not before:
            timelines[room_id].add(start, end, held)
        elif is_new:
            takeover.note(
                record,
                f"预约重叠，导入为“已拒绝”：{names.room(room_id)}，{names.story(held)}，"
                f"而先有 {others}",
            )
            row["status"] = REJECTED
            row["status_reason"] = decisions.TAKEN
        else:
            takeover.note(record, f"改到的时间已有 {others}，保留这里的时间")
            for name in ("room_id", "reserve_from", "reserve_to"):
                del row[name]


class _Names:
    """Rooms and people as they are told of."""

    def __init__(self, takeover: DjangoImport) -> None:
        self._takeover = takeover

    @cache  # noqa: B019 - it lives as long as one run
    def room(self, id_: int) -> str:
        room = self._takeover.session.get_one(Meetingroom, id_)
        return f"{room.location} {room.name}".strip()

    @cache  # noqa: B019
    def _person(self, id_: int) -> str:
        user = self._takeover.session.get_one(User, id_)
        return f"{user.username} {user.fullname}"

    def story(self, held: Holding) -> str:
        """Who has it when."""
        when = _shown(self._takeover, held.reserve_from, held.reserve_to)
        return f"#{held.id} {self._person(held.user_id)} {when}"


def _shown(takeover: DjangoImport, start: datetime, end: datetime) -> str:
    start, end = start.astimezone(takeover.zone), end.astimezone(takeover.zone)
    last = "%H:%M" if start.date() == end.date() else "%Y-%m-%d %H:%M"
    return f"{start:%Y-%m-%d %H:%M}–{end:{last}}"
