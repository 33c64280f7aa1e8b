"""Its parts of the search: rooms with their next free time, and one's own reservations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager

from hhu_base.app import MOST_HITS, Hit
from hhu_base.database.keys import contains, sounds_like
from hhu_plugins.rooms import availability, closed_times, eligibility, occupancy
from hhu_plugins.rooms.display import clock_span, full_name, span
from hhu_plugins.rooms.intervals import Interval
from hhu_plugins.rooms.models import CONFIRMED, HELD, REQUESTED, Meetingroom, Reservation
from hhu_plugins.rooms.policy import BookingPolicy
from hhu_plugins.rooms.search_limits import within_horizon

_AHEAD = timedelta(days=7)
_BACK = timedelta(days=365)
_STATUS_NOTES = {HELD: "（待确认）", REQUESTED: "（待审批）"}


def find_rooms(request, words: list[str]) -> list[Hit]:
    """Those with the words in name, place, label or equipment, and when they are free next."""
    rooms = request.db.scalars(
        sa.select(Meetingroom)
        .where(*(_in_room(word) for word in words))
        .order_by(*occupancy.LIST_ORDER)
        .limit(MOST_HITS)
    ).all()
    if not rooms:
        return []
    now, policy = datetime.now(UTC), request.registry["rooms.policy"]
    free = next_free(request.db, policy, now, rooms)
    closed_to_me = eligibility.rooms_closed_to(request.db, request.identity.user_id)
    hits = []
    for room in rooms:
        state = "不对您开放" if room.id in closed_to_me else when(free[room.id], now, policy.zone)
        detail = f"{room.seats_count} 座 · {state}"
        hits.append(Hit(full_name(room), detail, f"/app/rooms/{room.id}/", "door-open"))
    return hits


def find_own(request, words: list[str]) -> list[Hit]:
    """The caller's reservations of the last year and to come; the nearest to come first."""
    now = datetime.now(UTC)
    found = request.db.scalars(
        sa.select(Reservation)
        .join(Reservation.room)
        .options(contains_eager(Reservation.room))
        .where(
            Reservation.user_id == request.identity.user_id,
            Reservation.reserve_to > now - _BACK,
            Reservation.status.in_((CONFIRMED, HELD, REQUESTED)),
            *(contains([Reservation.search_key], word) | _in_room(word) for word in words),
        )
        .order_by(Reservation.reserve_to < now, sa.func.abs(_seconds_from(now)), Reservation.id)
        .limit(MOST_HITS)
    )
    zone = request.registry.site_zone
    return [_own_hit(row, zone) for row in found]


def _in_room(word: str) -> sa.ColumnElement[bool]:
    # Place and name are typed in one go.
    place = sa.func.split_part(Meetingroom.location_key, "\t", 1)
    return contains([Meetingroom.search_key], word) | sounds_like(
        [place + " " + Meetingroom.name_key, Meetingroom.location_key], word
    )


def _seconds_from(now: datetime) -> sa.ColumnElement:
    return sa.func.extract("epoch", Reservation.reserve_from - now)


def next_free(
    session: Session, policy: BookingPolicy, now: datetime, rooms: Sequence[Meetingroom]
) -> dict[int, Interval | None]:
    """The first gap within a week that is long enough to be reserved, by the room's id."""
    end = now + _AHEAD
    taken = occupancy.taken(session, [room.id for room in rooms], (now, end))
    closed = closed_times.read(session, now, end)
    found: dict[int, Interval | None] = {}
    for room in rooms:
        rules = policy.of(room)
        last = within_horizon(rules, now, end)
        busy = [*taken.get(room.id, ())]
        busy += [(each.start, each.end) for each in closed.during(room, now, last)]
        window = rules.up(now), last
        gaps = availability.find_gaps(rules, window, sorted(busy), rules.shortest)
        found[room.id] = gaps[0] if gaps else None
    return found


def when(gap: Interval | None, now: datetime, zone: tzinfo) -> str:
    """``今天 10:00–12:00 空闲``, ``明天 08:00 起空闲``"""
    if gap is None:
        return "一周内没有空闲"
    start, end = (moment.astimezone(zone) for moment in gap)
    days = (start.date() - now.astimezone(zone).date()).days
    day = ("今天", "明天", "后天")[days] if days < 3 else f"{start.month} 月 {start.day} 日"
    if end - start >= timedelta(days=1):
        return f"{day} {start:%H:%M} 起空闲"
    return f"{day} {clock_span(start, end, zone)} 空闲"


def _own_hit(row: Reservation, zone) -> Hit:
    when = span(row.reserve_from, row.reserve_to, zone)
    return Hit(
        title=row.description,
        detail=f"{full_name(row.room)} · {when}{_STATUS_NOTES.get(row.status, '')}",
        url=f"/app/reservations/{row.id}/",
        icon="calendar-check",
    )


def includeme(config) -> None:
    config.add_search("rooms", "会议室", find_rooms, order=20)
    config.add_search("rooms.own", "我的预约", find_own, order=30)
