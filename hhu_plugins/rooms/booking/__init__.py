"""The rules of booking: the one path by which a reservation is made, decided, moved or ended.

A reservation starts as a *pending* row. Pending rows are decided together, in the order of their
arrival, in one transaction under one advisory lock. Everything that takes a room's time takes that
lock first, then looks, then writes; the exclusion constraint of the table is only the last belt.
"""

from hhu_plugins.rooms.booking.deciding import decide_pending
from hhu_plugins.rooms.booking.placing import cancel, find_conflicts, place
from hhu_plugins.rooms.booking.requesting import (
    Outcome,
    SubmittedReservation,
    find_outcome,
    is_written,
    submit,
    withdraw,
)
from hhu_plugins.rooms.booking.rules import REPEATED, UNKNOWN
from hhu_plugins.rooms.decisions import LOCK, NOT_DECIDED, TAKEN, TOPIC, NoSuchRoom, RoomTaken
from hhu_plugins.rooms.policy import ENDED, ExceedsPolicy, check_times

__all__ = [
    "ExceedsPolicy",
    "ENDED",
    "LOCK",
    "NOT_DECIDED",
    "NoSuchRoom",
    "Outcome",
    "REPEATED",
    "SubmittedReservation",
    "TAKEN",
    "TOPIC",
    "RoomTaken",
    "UNKNOWN",
    "cancel",
    "check_times",
    "decide_pending",
    "find_conflicts",
    "find_outcome",
    "is_written",
    "place",
    "submit",
    "withdraw",
]
