"""The rules of clocking in: who may show a code, and what a scanned one is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, contains_eager

from hhu_base.values.refusal import Refusal
from hhu_base.values.text import storable
from hhu_plugins.activities.clockin_codes import BadCode, ClockinCodes, ExpiredCode
from hhu_plugins.activities.models import Activity, Clockin, ClockinItem, ClockinStaff, Enrollment

EXPIRED = "打卡二维码已过期，请重试。"
BAD_CODE = "打卡二维码异常或已过期，请重试。"
NOT_NOW = "打卡时间不在指定的时间范围内。"
NOT_ENROLLED = "您尚未报名该活动，无法进行本次打卡。"
ALREADY = "已存在该打卡记录。"

_LONGEST_ADDRESS = 64
_LONGEST_USER_AGENT = 255


@dataclass(frozen=True)
class Device:
    """What a request tells about the device it came from."""

    address: str = ""
    user_agent: str = ""


@dataclass(frozen=True)
class ClockedIn:
    """What somebody has clocked in for."""

    clockin_id: int
    label: str
    activity_name: str
    activity_id: int


def clock_in(
    session: Session,
    codes: ClockinCodes,
    key: str,
    *,
    user_id: int,
    now: datetime,
    device: Device,
    activity_id: int | None = None,
) -> ClockedIn:
    """Clock in with a scanned text, which may be anything; ``activity_id``: only for that activity.

    A person is clocked in once per item, however often and however fast they try.
    Raises Refusal.
    """
    age, item = scanned(session, codes, key, now)
    if activity_id not in (None, item.activity_id):
        raise Refusal(BAD_CODE)
    if not item.from_time <= now < item.to_time:
        raise Refusal(NOT_NOW)
    clockin_id = _insert(session, item.id, item.activity_id, user_id, now, age, device)
    if clockin_id is None:
        enrolled = sa.exists().where(
            Enrollment.activity_id == item.activity_id, Enrollment.user_id == user_id
        )
        raise Refusal(ALREADY if session.scalar(sa.select(enrolled)) else NOT_ENROLLED)
    return ClockedIn(clockin_id, item.label, item.name, item.activity_id)


def scanned(session: Session, codes: ClockinCodes, key: str, now: datetime) -> tuple[float, sa.Row]:
    """How many seconds old the scanned code is, and its item, with the activity's ``name``.

    Raises Refusal.
    """
    try:
        code = codes.read(key, now)
    except ExpiredCode:
        raise Refusal(EXPIRED) from None
    except BadCode:
        raise Refusal(BAD_CODE) from None
    item = session.execute(_ITEM, {"item_id": code.item_id}).first()
    if item is None:
        raise Refusal(BAD_CODE)
    return code.age, item


_ITEM = (
    sa.select(
        ClockinItem.id,
        ClockinItem.activity_id,
        ClockinItem.label,
        ClockinItem.from_time,
        ClockinItem.to_time,
        Activity.name,
    )
    .join(Activity)
    .where(ClockinItem.id == sa.bindparam("item_id"))
)


def _insert(
    session: Session,
    item_id: int,
    activity_id: int,
    user_id: int,
    now: datetime,
    code_age: float,
    device: Device,
) -> int | None:
    """Write the record of who is enrolled and was not here before; None for anybody else."""
    values = {
        "item_id": sa.literal(item_id, sa.BigInteger()),
        "user_id": Enrollment.user_id,
        "time": sa.literal(now),
        "code_age": sa.literal(code_age, sa.REAL()),
        "address": sa.literal(storable(device.address)[:_LONGEST_ADDRESS], sa.Text()),
        "user_agent": sa.literal(storable(device.user_agent)[:_LONGEST_USER_AGENT], sa.Text()),
    }
    # It holds the enrollment, so that nobody gives a place back while clocking in.
    enrolled = (
        sa.select(*values.values())
        .where(Enrollment.activity_id == activity_id, Enrollment.user_id == user_id)
        .with_for_update(read=True, key_share=True)
    )
    return session.scalar(
        insert(Clockin)
        .from_select(list(values), enrolled)
        .on_conflict_do_nothing()
        .returning(Clockin.id)
    )


def may_see_items(
    session: Session, activity_id: int, user_id: int, *, is_administrator: bool
) -> bool:
    """Whether this user may know what can be clocked in for in an activity; False: there is none.

    Of one that is not open, only those may who take part, who show its codes, and administrators.
    """
    statement = sa.select(Activity.id).where(Activity.id == activity_id)
    if not is_administrator:
        statement = statement.where(
            Activity.open_for_enrollment
            | sa.exists().where(
                Enrollment.activity_id == Activity.id, Enrollment.user_id == user_id
            )
            | sa.exists().where(
                ClockinItem.activity_id == Activity.id,
                ClockinStaff.item_id == ClockinItem.id,
                ClockinStaff.user_id == user_id,
            )
        )
    return session.scalar(statement) is not None


def states(session: Session, activity_id: int, user_id: int) -> Sequence[sa.Row]:
    """``label`` and ``is_clockin`` of each item of an activity, by the start of their windows."""
    is_clockin = sa.exists().where(Clockin.item_id == ClockinItem.id, Clockin.user_id == user_id)
    return session.execute(
        sa.select(ClockinItem.label, is_clockin.label("is_clockin"))
        .where(ClockinItem.activity_id == activity_id)
        .order_by(ClockinItem.from_time, ClockinItem.id)
    ).all()


def duties(
    session: Session, user_id: int, *, is_administrator: bool, now: datetime
) -> Sequence[ClockinItem]:
    """The items that are not over whose code this user may show, with their activities."""
    return session.scalars(
        _showable(user_id, is_administrator)
        .where(ClockinItem.to_time > now)
        .order_by(ClockinItem.from_time, ClockinItem.id)
    ).all()


def duty(
    session: Session, item_id: int, user_id: int, *, is_administrator: bool
) -> ClockinItem | None:
    """The item, if this user may show its code."""
    return session.scalar(_showable(user_id, is_administrator).where(ClockinItem.id == item_id))


def _showable(user_id: int, is_administrator: bool) -> sa.Select:
    statement = (
        sa.select(ClockinItem)
        .join(ClockinItem.activity)
        .options(contains_eager(ClockinItem.activity))
    )
    if is_administrator:
        return statement
    return statement.where(
        sa.exists().where(ClockinStaff.item_id == ClockinItem.id, ClockinStaff.user_id == user_id)
    )
