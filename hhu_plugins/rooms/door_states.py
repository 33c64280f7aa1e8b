"""What the page at a room's door tells: free or taken until when, what is next, what can be booked now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session, joinedload

from hhu_base.values.refusal import Refusal
from hhu_plugins.rooms import checkins, closed_times, display, occupancy
from hhu_plugins.rooms.models import HELD, Meetingroom, Reservation
from hhu_plugins.rooms.policy import BookingPolicy, check_times

FREE, TAKEN, HELD_FOR, CLOSED = "free", "taken", "held", "closed"
# How far it looks, and how many meetings it names.
_AHEAD = timedelta(hours=24)
_MOST_NEXT = 4
_LENGTHS = tuple(timedelta(minutes=minutes) for minutes in (15, 30, 60, 90, 120, 180, 240))
_MOST_CHOICES = 5


class Line(NamedTuple):
    """A meeting, or a time in which it is closed; ``text`` and ``who`` only where the room says so."""

    clock: str
    text: str
    who: str
    is_closed: bool


class Choice(NamedTuple):
    """Something that can be booked now: until when, and for how long that is from now."""

    end: datetime
    clock: str
    minutes: int


@dataclass(frozen=True)
class DoorState:
    """``until`` is when that changes; None: not within a day. ``checkin`` waits for its people."""

    state: str
    until: datetime | None
    now: Line | None
    next: list[Line]
    choices: list[Choice]
    checkin: Reservation | None
    checkin_before: datetime | None


class _Busy(NamedTuple):
    start: datetime
    end: datetime
    row: Reservation | None
    reason: str


def read(session: Session, policy: BookingPolicy, room: Meetingroom, now: datetime) -> DoorState:
    """As it is at this moment, in two statements."""
    window = (now, now + _AHEAD)
    rows = session.scalars(
        occupancy.reservations(window)
        .where(Reservation.room_id == room.id)
        .options(joinedload(Reservation.user), joinedload(Reservation.room))
    ).all()
    # From the last point of the grid on, since what is booked now begins there.
    start = policy.down(now).astimezone(UTC)
    closed = closed_times.read(session, start, window[1]).during(room, start, window[1])
    busy = sorted(
        [
            *(_Busy(row.reserve_from, row.reserve_to, row, "") for row in rows),
            *(_Busy(each.start, each.end, None, each.reason) for each in closed),
        ],
        key=lambda each: (each.start, each.row is None),
    )
    current = next((each for each in busy if each.start <= now < each.end), None)
    checkin = next((row for row in rows if checkins.is_open(policy, row, now)), None)
    return DoorState(
        _state(current),
        _until(busy, current, now, window[1]),
        None if current is None else _line(policy, room, current, now),
        [_line(policy, room, each, now) for each in _today(policy, busy, now)][:_MOST_NEXT],
        [] if current is not None else choices(policy, room, now, busy),
        checkin,
        None if checkin is None else checkins.deadline(policy, checkin),
    )


def _state(current: _Busy | None) -> str:
    if current is None:
        return FREE
    if current.row is None:
        return CLOSED
    return HELD_FOR if current.row.status == HELD else TAKEN


def _until(
    busy: Sequence[_Busy], current: _Busy | None, now: datetime, last: datetime
) -> datetime | None:
    if current is None:
        return min((each.start for each in busy if each.start > now), default=None)
    end = current.end
    for each in busy:
        # Meetings without a break in between: it is not free any sooner.
        if each.start <= end < each.end:
            end = each.end
    return None if end >= last else end


def _today(policy: BookingPolicy, busy: Sequence[_Busy], now: datetime) -> list[_Busy]:
    local = now.astimezone(policy.zone)
    midnight = datetime.combine(local.date() + timedelta(days=1), time(), policy.zone)
    return [each for each in busy if now < each.start < midnight]


def _line(policy: BookingPolicy, room: Meetingroom, busy: _Busy, now: datetime) -> Line:
    clock = display.clock_span(max(busy.start, policy.down(now)), busy.end, policy.zone)
    if busy.row is None:
        text = "不开放" if busy.reason == closed_times.OUTSIDE else f"停用：{busy.reason}"
        return Line(clock, text, "", True)
    clock = display.clock_span(busy.start, busy.end, policy.zone)
    if busy.row.status == HELD:
        return Line(clock, "候补保留", "", False)
    if not room.tells_who:
        return Line(clock, "会议", "", False)
    text = display.shortened(busy.row.description, 60)
    return Line(clock, text, busy.row.user.fullname, False)


def choices(
    policy: BookingPolicy, room: Meetingroom, now: datetime, busy: Sequence[_Busy]
) -> list[Choice]:
    """Until when it can be booked now, by the rules of the room: a quarter of an hour and longer."""
    rules, start = policy.of(room), policy.down(now)
    found: dict[datetime, Choice] = {}
    for length in _LENGTHS:
        end = policy.up(now + length)
        if any(each.start < end and start < each.end for each in busy):
            break
        try:
            check_times(rules, now, start, end)
        except Refusal:
            continue
        minutes = -(-(end - now) // timedelta(minutes=1))
        clock = end.astimezone(policy.zone).strftime("%H:%M")
        found.setdefault(end, Choice(end, clock, minutes))
    return list(found.values())[:_MOST_CHOICES]
