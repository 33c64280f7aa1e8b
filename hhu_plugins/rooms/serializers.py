"""What goes out by REST: the objects of the contract."""

from __future__ import annotations

from hhu_base.rest.serializers import (
    ID,
    LATER,
    MOMENT,
    component,
    instant,
    list_of,
    nullable,
    one_of,
    page_of,
    text,
    whole_number,
)
from hhu_plugins.rooms import availability, booking
from hhu_plugins.rooms.models import CONFIRMED, STATUSES, Meetingroom, Reservation

_INFO = {
    "name": text("301"),
    "location": text("勤学楼"),
    "seats_count": whole_number(60, minimum=0),
    "label": text("投影仪"),
    "description": text("电源插座在后排"),
}
_STRETCH = list_of(instant(), minItems=2, maxItems=2, examples=[[MOMENT, LATER]])

ROOM = component("Meetingroom", id=ID, **_INFO)
RESERVATION = component(
    "Reservation",
    id=ID,
    user=ID,
    meetingroom=ROOM,
    reserve_from=instant(MOMENT),
    reserve_to=instant(LATER),
    description=text("教研室例会"),
    status=one_of(CONFIRMED, *(status for status in STATUSES if status != CONFIRMED)),
)
RESERVATIONS = page_of(RESERVATION)
FREE_ROOM = component(
    "FreeMeetingroom",
    id=ID,
    info=component("MeetingroomInfo", **_INFO),
    choices=list_of(_STRETCH),
    free=list_of(_STRETCH),
)
PLACE = component("Place", location=text("勤学楼"), meetingrooms=list_of(FREE_ROOM))
CALENDAR = component(
    "MeetingroomCalendar",
    meetingroom=ROOM,
    reservations=list_of(
        component(
            "Occupation",
            time_range=_STRETCH,
            reserve_user=text("t0001-褚杰"),
            contact=nullable(text("13800000000")),
            description=text("教研室例会"),
        )
    ),
)
TAKEN = component(
    "MeetingroomTaken",
    "会议室被占用；另有该会议室的其他时段和该时段的其他会议室可供选择。",
    non_field_errors=list_of(text(booking.TAKEN)),
    alternatives=component("Alternatives", stretches=list_of(_STRETCH), meetingrooms=list_of(ROOM)),
)


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


def reservation(reservation: Reservation | booking.SubmittedReservation) -> dict:
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


def place(place: availability.LocationRooms) -> dict:
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
