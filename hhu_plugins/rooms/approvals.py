"""审批: which reservations somebody has to agree to, and what becomes of the requests for them.

A request is a row of its own status that blocks nothing. A yes makes it one that waits to be decided,
under the one lock, after all that came before it: it may find the room taken meanwhile.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.models import User
from hhu_base.values.refusal import TOGETHER
from hhu_plugins.rooms.intervals import Interval
from hhu_plugins.rooms.models import Meetingroom
from hhu_plugins.rooms.policy import BookingPolicy, ExceedsPolicy

NEEDED = "该会议室需要审批，请在网页上申请。"
NOT_CHANGED = "该会议室需要审批，不能直接改过去；请在网页上另行申请，再取消这个预约。"
NO_SERIES = "该会议室需要审批，不能整批预约，请在网页上逐次申请。"
KNOWINGLY = "该会议室需要审批。"


class NeedsApproval(ExceedsPolicy):
    """Administrators may go without, knowingly."""

    def __init__(self) -> None:
        super().__init__(KNOWINGLY, TOGETHER)


def is_needed(
    session: Session, policy: BookingPolicy, room: Meetingroom, user_id: int, interval: Interval
) -> bool:
    """Whether this user can have the room at this time only if somebody agrees."""
    if room.approvers_id is None:
        return False
    over, hours, department_id = (
        room.approval_over,
        room.approval_hours,
        room.approval_department_id,
    )
    if over is None and hours is None and department_id is None:
        return True
    start, end = interval
    if over is not None and end - start > timedelta(minutes=over):
        return True
    if hours is not None and not _is_within(hours, start, end, policy):
        return True
    if department_id is None:
        return False
    return session.scalar(sa.select(User.department_id).where(User.id == user_id)) != department_id


def _is_within(hours: str, start: datetime, end: datetime, policy: BookingPolicy) -> bool:
    """Whether all of it lies between these hours of one day, by the site's clocks."""
    first, _, last = hours.partition("-")
    start, end = start.astimezone(policy.zone), end.astimezone(policy.zone)
    opens = datetime.combine(start.date(), time.fromisoformat(first), policy.zone)
    if last == "24:00":
        closes = datetime.combine(start.date() + timedelta(days=1), time(), policy.zone)
    else:
        closes = datetime.combine(start.date(), time.fromisoformat(last), policy.zone)
    return opens <= start and end <= closes


def check(
    session: Session, policy: BookingPolicy, room: Meetingroom, user_id: int, interval: Interval
) -> None:
    """Raises NeedsApproval."""
    if is_needed(session, policy, room, user_id, interval):
        raise NeedsApproval
