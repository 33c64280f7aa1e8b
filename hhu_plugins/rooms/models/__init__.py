"""Meeting rooms and who has them when."""

from hhu_plugins.rooms.models.asks import Ask
from hhu_plugins.rooms.models.closed_times import Closure, OpeningHours
from hhu_plugins.rooms.models.day_sums import DepartmentDay, HourSum, RoomDay
from hhu_plugins.rooms.models.reservations import (
    CANCELLED,
    CONFIRMED,
    HELD,
    LONGEST_MEETING,
    PENDING,
    REJECTED,
    RELEASED,
    REQUESTED,
    STATUSES,
    WITHDRAWN,
    Change,
    DecisionCount,
    Notice,
    Reservation,
)
from hhu_plugins.rooms.models.rooms import Equipment, Meetingroom, Photo, room_departments
from hhu_plugins.rooms.models.series import Series, Term
from hhu_plugins.rooms.models.waiting import (
    DONE,
    ENDED,
    OFFERED,
    WAITING,
    WAITING_STATES,
    WaitingRequest,
)

__all__ = [
    "WaitingRequest",
    "WAITING_STATES",
    "WAITING",
    "OFFERED",
    "ENDED",
    "DONE",
    "REQUESTED",
    "RELEASED",
    "HELD",
    "HourSum",
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
    "DepartmentDay",
    "Equipment",
    "Meetingroom",
    "Notice",
    "OpeningHours",
    "Photo",
    "Reservation",
    "RoomDay",
    "Series",
    "Term",
    "room_departments",
]
