"""TODO"""

from __future__ import annotations

from collections.abc import Sequence

from hhu_plugins.rooms.models import Reservation
from hhu_plugins.rooms.policy import NotAllowed

LOCK = "rooms.reservations"
TOPIC = "rooms.reservations"

TAKEN = "会议室在该时间段已经被占用。"
NOT_DECIDED = "预约请求失败，请重试。"


class RoomTaken(NotAllowed):
    """The room is taken, ``by`` these reservations."""

    def __init__(self, by: Sequence[Reservation]):
        super().__init__(TAKEN)
        self.by = by


class NoSuchRoom(Exception):
    """There is no room with this id."""
