"""TODO"""

from __future__ import annotations

from collections.abc import Sequence

from hhu_base.values.refusal import TOGETHER, Refusal
from hhu_plugins.rooms.models import Reservation

LOCK = "rooms.reservations"
TOPIC = "rooms.reservations"

TAKEN = "会议室在该时间段已经被占用。"
NOT_DECIDED = "预约请求失败，请重试。"


class RoomTaken(Refusal):
    """The room is taken, ``by`` these reservations."""

    def __init__(self, by: Sequence[Reservation]):
        super().__init__(TAKEN, TOGETHER)
        self.by = by


class NoSuchRoom(Exception):
    """There is no room with this id."""
