"""What the availability search answers with, and what it refuses to answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hhu_plugins.rooms.intervals import Interval


class BadLength(ValueError):
    """The length or the window is under or over the site's limits: ``policy.length_sentence``."""


class TooManyReservations(ValueError):
    """The window holds more reservations than an answer may."""


@dataclass(frozen=True, slots=True)
class Room:
    """The columns of a meeting room; a mapped object would cost more than the query for it."""

    id: int
    name: str
    location: str
    seats_count: int
    label: str
    description: str


@dataclass(frozen=True, slots=True)
class FreeRoom:
    """A room with its free gaps, and the stretches of the wanted length laid into them."""

    room: Room
    choices: list[Interval]
    free: list[Interval]


@dataclass(frozen=True, slots=True)
class LocationRooms:
    """A place with those of its rooms that fit."""

    location: str
    rooms: list[FreeRoom]


@dataclass(frozen=True, slots=True)
class Occupancy:
    """A confirmed reservation as everybody may see it: ``contact`` is a phone number."""

    reserve_from: datetime
    reserve_to: datetime
    reserve_user: str
    contact: str | None
    description: str


@dataclass(frozen=True, slots=True)
class RoomCalendar:
    """A room with the reservations that touch a window, in order of time."""

    room: Room
    reservations: list[Occupancy]


@dataclass(frozen=True, slots=True)
class Alternatives:
    """What to offer instead of an interval that is taken; the best offers come first."""

    stretches: list[Interval]
    rooms: list[Room]
