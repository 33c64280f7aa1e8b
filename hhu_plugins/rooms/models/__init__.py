"""Meeting rooms and who has them when."""

from hhu_plugins.rooms.models.asks import Ask
from hhu_plugins.rooms.models.closed_times import Closure, OpeningHours
from hhu_plugins.rooms.models.reservations import (
    CANCELLED,
    CONFIRMED,
    LONGEST_MEETING,
    PENDING,
    REJECTED,
    STATUSES,
    WITHDRAWN,
    Change,
    DecisionCount,
    Notice,
    Reservation,
)
from hhu_plugins.rooms.models.rooms import Equipment, Meetingroom, Photo, room_departments
from hhu_plugins.rooms.models.series import Series, Term

__all__ = [
    "CANCELLED",
    "CONFIRMED",
    "LONGEST_MEETING",
    "PENDING",
    "REJECTED",
    "STATUSES",
    "WITHDRAWN",
    "Ask",
    "Change",
    "Closure",
    "DecisionCount",
    "Equipment",
    "Meetingroom",
    "Notice",
    "OpeningHours",
    "Photo",
    "Reservation",
    "Series",
    "Term",
    "room_departments",
]
