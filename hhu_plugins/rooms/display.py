"""Rooms, times and people as pages and letters word them."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from hhu_base.models import User
from hhu_plugins.rooms.models import HELD, Closure, Meetingroom, Reservation
from hhu_plugins.rooms.occupancy import Room

WEEKDAYS = "一二三四五六日"
_MIDNIGHT = "00:00"
EVERY_ROOM = "全部会议室"


def full_name(room: Meetingroom | Room) -> str:
    """``勤学楼 101``; many names begin with the place already."""
    return room.name if room.name.startswith(room.location) else f"{room.location} {room.name}"


def reservation_path(reservation_id: int) -> str:
    """The page of it that its holder has."""
    return f"/app/reservations/{reservation_id}/"


def door_path(room_id: int) -> str:
    """The page at the room's door."""
    return f"/r/{room_id}"


def where(row: Closure) -> str:
    """What a closure closes: ``勤学楼 101``, ``勤学楼（全部）``, or every room."""
    if row.room is not None:
        return full_name(row.room)
    return f"{row.location}（全部）" if row.location is not None else EVERY_ROOM


def closed_span(row: Closure, zone: tzinfo) -> str:
    """From when to when, or ``2026-11-24 08:00 起``."""
    if row.ends is None:
        return f"{row.starts.astimezone(zone):%Y-%m-%d %H:%M} 起"
    return span(row.starts, row.ends, zone)


def span(start: datetime, end: datetime, zone: tzinfo) -> str:
    """``2026-11-24 周二 10:00–11:30``"""
    return f"{day(start, zone)} {clock_span(start, end, zone)}"


def day(moment: datetime, zone: tzinfo) -> str:
    """``2026-11-24 周二``"""
    local = moment.astimezone(zone)
    return f"{local:%Y-%m-%d} 周{WEEKDAYS[local.weekday()]}"


def moment(at: datetime, zone: tzinfo) -> str:
    """``2026-11-24 周二 10:00``"""
    return f"{day(at, zone)} {at.astimezone(zone):%H:%M}"


def clock_span(start: datetime, end: datetime, zone: tzinfo) -> str:
    """``10:00–11:30``, ``22:00–24:00``, ``22:00–次日 01:00``"""
    start, end = start.astimezone(zone), end.astimezone(zone)
    last = f"{end:%H:%M}"
    if end.date() == start.date() + timedelta(days=1):
        last = "24:00" if last == _MIDNIGHT else f"次日 {last}"
    elif end.date() != start.date():
        last = f"{end:%m-%d %H:%M}"
    return f"{start:%H:%M}–{last}"


def field_time(moment: datetime, zone: tzinfo) -> str:
    """What ``<input type="datetime-local">`` holds, with seconds only where there are some."""
    return f"{moment.astimezone(zone):%Y-%m-%dT%H:%M:%S}".removesuffix(":00")


def minutes(length: timedelta) -> int:
    return length // timedelta(minutes=1)


def person(user: User) -> str:
    """``褚杰 13900001111``"""
    return f"{user.fullname or user.username} {user.phone or user.tel}".strip()


HELD_FOR = "候补保留"


def purpose(reservation: Reservation) -> str:
    """What it is for; of a hold that it is one."""
    text = reservation.description
    return f"{HELD_FOR}：{text}" if reservation.status == HELD else text


def held(reservation: Reservation, zone: tzinfo) -> str:
    """Who has it when: ``褚杰 13900001111，2026-11-24 周二 10:00–11:30“例会”``."""
    when = span(reservation.reserve_from, reservation.reserve_to, zone)
    return f"{person(reservation.user)}，{when}“{shortened(purpose(reservation))}”"


def shortened(text: str, length: int = 40) -> str:
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1] + "…"
