"""Which reservations somebody has to agree to."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, undefer_group

from hhu_base.database import among
from hhu_base.models import User
from hhu_base.values.refusal import TOGETHER, Refusal
from hhu_plugins.rooms.intervals import Interval
from hhu_plugins.rooms.models import Meetingroom
from hhu_plugins.rooms.policy import BookingPolicy, ExceedsPolicy

NEEDED = "该会议室需要审批，请在网页上申请。"
NOT_CHANGED = "该会议室需要审批，不能直接改过去；请在网页上另行申请，获准后再取消这个预约。"
NO_SERIES = "该会议室需要审批，不能整批预约，请在网页上逐次申请。"
NO_WAITING = "该会议室需要审批，不能候补。"
KNOWINGLY = "该会议室需要审批。"


class NeedsApproval(ExceedsPolicy):
    """Administrators may do without it, knowingly."""

    def __init__(self) -> None:
        super().__init__(KNOWINGLY, TOGETHER)


def is_needed(
    session: Session, policy: BookingPolicy, room: Meetingroom, user_id: int, interval: Interval
) -> bool:
    """Whether this user gets the room at this time only if somebody agrees."""
    if room.approvers_id is None:
        return False
    over, hours, department = room.approval_over, room.approval_hours, room.approval_department_id
    if over is None and hours is None and department is None:
        return True
    start, end = interval
    if over is not None and end - start > timedelta(minutes=over):
        return True
    if hours is not None and not _is_within(hours, start, end, policy):
        return True
    if department is None:
        return False
    return session.scalar(sa.select(User.department_id).where(User.id == user_id)) != department


def _is_within(hours: str, start: datetime, end: datetime, policy: BookingPolicy) -> bool:
    """Whether all of it lies between these hours of one day, by the site's clocks."""
    first, _, last = hours.partition("-")
    start, end = start.astimezone(policy.zone), end.astimezone(policy.zone)
    day, opens = start.date(), time.fromisoformat(first)
    closes = time() if last == "24:00" else time.fromisoformat(last)
    last_day = day + timedelta(days=1) if last == "24:00" else day
    return (
        datetime.combine(day, opens, policy.zone) <= start
        and end <= datetime.combine(last_day, closes, policy.zone)
    )  # fmt: skip


def check(
    session: Session, policy: BookingPolicy, room: Meetingroom, user_id: int, interval: Interval
) -> None:
    """Raises NeedsApproval."""
    if is_needed(session, policy, room, user_id, interval):
        raise NeedsApproval


def check_slots(
    session: Session,
    policy: BookingPolicy,
    user_id: int,
    slots: Collection[tuple[int, datetime, datetime]],
    sentence: str,
) -> None:
    """Raises Refusal with the ``sentence`` where one of these can't be had without asking."""
    rooms = {room.id: room for room in with_approvers(session, {slot[0] for slot in slots})}
    for room_id, start, end in slots:
        room = rooms.get(room_id)
        if room is not None and is_needed(session, policy, room, user_id, (start, end)):
            raise Refusal(sentence, TOGETHER)


def with_approvers(session: Session, room_ids: Iterable[int] | None = None) -> list[Meetingroom]:
    """The rooms that need approval, if not always; of these rooms, or of all."""
    statement = (
        sa.select(Meetingroom)
        .where(Meetingroom.approvers_id.is_not(None))
        .options(undefer_group("approval"))
    )
    if room_ids is not None:
        statement = statement.where(among(Meetingroom.id, room_ids))
    return list(session.scalars(statement))
