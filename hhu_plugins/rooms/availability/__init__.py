"""The availability search: which rooms are free when, and what is left for who was refused.

Only confirmed reservations block a room; intervals are half-open, so those that touch don't
conflict. The functions take a session and plain values and answer with plain values.
"""

from hhu_plugins.rooms.availability.calendars import rooms_with_reservations
from hhu_plugins.rooms.availability.offers import alternatives
from hhu_plugins.rooms.availability.results import (
    Alternatives,
    BadLength,
    FreeRoom,
    LocationRooms,
    Occupancy,
    Room,
    RoomCalendar,
    TooManyReservations,
)
from hhu_plugins.rooms.availability.search import free_rooms

__all__ = [
    "Alternatives",
    "BadLength",
    "FreeRoom",
    "Occupancy",
    "LocationRooms",
    "Room",
    "RoomCalendar",
    "TooManyReservations",
    "alternatives",
    "free_rooms",
    "rooms_with_reservations",
]
