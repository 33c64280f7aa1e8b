"""What goes out by REST: the objects of the contract."""

from __future__ import annotations

from hhu_plugins.rooms import availability, booking
from hhu_plugins.rooms.models import Meetingroom, Reservation


def room_info(room: Meetingroom | availability.Room) -> dict:
    return {
        "name": room.name,
        "location": room.location,
        "seats_count": room.seats_count,
        "label": room.label,
        "description": room.description,
    }


def room(room: Meetingroom | availability.Room) -> dict:
    """``Meetingroom``."""
    return {"id": room.id, **room_info(room)}


def reservation(reservation: Reservation | booking.Decided) -> dict:
    """``Reservation``."""
    return {
        "id": reservation.id,
        "user": reservation.user_id,
        "meetingroom": room(reservation.room),
        "reserve_from": reservation.reserve_from,
        "reserve_to": reservation.reserve_to,
        "description": reservation.description,
        "status": reservation.status,
    }


def place(place: availability.Place) -> dict:
    """An element of the first generation's answer."""
    return {
        "location": place.location,
        "meetingrooms": [
            {
                "id": found.room.id,
                "info": room_info(found.room),
                "choices": found.choices,
                "free": found.free,
            }
            for found in place.rooms
        ],
    }


def calendar(calendar: availability.RoomCalendar) -> dict:
    """An element of the second generation's answer."""
    return {
        "meetingroom": room(calendar.room),
        "reservations": [
            {
                "time_range": (taken.reserve_from, taken.reserve_to),
                "reserve_user": taken.reserve_user,
                "contact": taken.contact,
                "description": taken.description,
            }
            for taken in calendar.reservations
        ],
    }


def alternatives(instead: availability.Alternatives) -> dict:
    """What a refusal offers: other times in the room, other rooms at the time."""
    return {
        "stretches": instead.stretches,
        "meetingrooms": [room(other) for other in instead.rooms],
    }
