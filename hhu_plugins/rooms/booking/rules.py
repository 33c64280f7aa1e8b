"""What a reservation may be, and the sentences for one that may not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from hhu_plugins.rooms.grid import Grid, Interval
from hhu_plugins.rooms.models import LONGEST_MEETING, Reservation

LOCK = "rooms.reservations"
TOPIC = "rooms.reservations"

TAKEN = "会议室在该时间段已经被占用。"
ENDED = "结束时间必须在现在以后。"
NOT_DECIDED = "预约请求失败，请重试。"
REPEATED = "与刚才的预约相同，没有重复预约。"
UNKNOWN = "服务暂时不可用，不能确定预约是否成功。请先查看我的预约，再决定是否重试。"


class NotAllowed(Exception):
    """A rule forbids it; the message is a sentence for people."""


class BeyondLimits(NotAllowed):
    """Too short, too long or too far ahead for this site, though it could be stored."""


class Taken(NotAllowed):
    """The room is taken, ``by`` these reservations."""

    def __init__(self, by: Sequence[Reservation]):
        super().__init__(TAKEN)
        self.by = by


class NoSuchRoom(Exception):
    """There is no room with this id."""


def check_times(
    grid: Grid, now: datetime, start: datetime, end: datetime, *, may_exceed: bool = False
) -> Interval:
    """The interval on the grid that covers what was asked for, if a reservation may have it.

    Raises NotAllowed where it has ended, is too short or too long, or too far ahead;
    ``may_exceed`` lets those beyond the limits of the site pass.
    """
    if end <= start:
        raise NotAllowed(grid.length_sentence)
    start, end = grid.widen(start, end)
    if end <= now:
        raise NotAllowed(ENDED)
    if end - start > LONGEST_MEETING:
        raise NotAllowed(grid.length_sentence)
    if may_exceed:
        return start, end
    if not grid.allows_length(end - start):
        raise BeyondLimits(grid.length_sentence)
    if grid.horizon is not None and start > now + grid.horizon:
        raise BeyondLimits(grid.horizon_sentence)
    return start, end
