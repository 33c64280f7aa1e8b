"""Corrections of clock-ins by hand, always with a reason; the caller writes the audit."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from hhu_base.database import among
from hhu_base.values.refusal import Refusal
from hhu_plugins.activities.clockins import ALREADY
from hhu_plugins.activities.models import Clockin, ClockinItem, Enrollment

NO_REASON = "请填写更正的原因（不超过 255 个字符）。"
NOT_ENROLLED = "该用户尚未报名该活动，无法补录打卡。"
LONGEST_REASON = 255


def add(
    session: Session, *, item_id: int, user_id: int, by_user_id: int, reason: str, now: datetime
) -> int:
    """Record that somebody was there who could not clock in; the record's id. Raises Refusal."""
    reason = _check_reason(reason)
    # Held, so that nobody gives the place back meanwhile.
    enrolled = session.scalar(
        sa.select(Enrollment.id)
        .join(ClockinItem, ClockinItem.activity_id == Enrollment.activity_id)
        .where(ClockinItem.id == item_id, Enrollment.user_id == user_id)
        .with_for_update(of=Enrollment, read=True, key_share=True)
    )
    if enrolled is None:
        raise Refusal(NOT_ENROLLED)
    clockin_id = session.scalar(
        insert(Clockin)
        .values(item_id=item_id, user_id=user_id, time=now, corrected_by=by_user_id, reason=reason)
        .on_conflict_do_nothing()
        .returning(Clockin.id)
    )
    if clockin_id is None:
        raise Refusal(ALREADY)
    return clockin_id


def add_many(
    session: Session,
    item: ClockinItem,
    user_ids: Collection[int],
    *,
    by_user_id: int,
    reason: str,
    now: datetime,
) -> set[int]:
    """Record that these people were there; who has a record of them already, or no place, is left out.

    Returns those who were added. Raises Refusal.
    """
    values = {
        "item_id": sa.literal(item.id, sa.BigInteger()),
        "user_id": Enrollment.user_id,
        "time": sa.literal(now),
        "corrected_by": sa.literal(by_user_id, sa.BigInteger()),
        "reason": sa.literal(_check_reason(reason), sa.Text()),
    }
    # Held, so that nobody gives their place back meanwhile.
    enrolled = (
        sa.select(*values.values())
        .where(Enrollment.activity_id == item.activity_id, among(Enrollment.user_id, user_ids))
        .order_by(Enrollment.id)
        .with_for_update(read=True, key_share=True)
    )
    added = insert(Clockin).from_select(list(values), enrolled).on_conflict_do_nothing()
    return set(session.scalars(added.returning(Clockin.user_id)))


def remove_many(
    session: Session, item: ClockinItem, user_ids: Collection[int], *, reason: str
) -> set[int]:
    """Take the records of these people back; returns those who had one. Raises Refusal."""
    _check_reason(reason)
    removed = (
        sa.delete(Clockin)
        .where(Clockin.item_id == item.id, among(Clockin.user_id, user_ids))
        .returning(Clockin.user_id)
        .execution_options(synchronize_session=False)
    )
    return set(session.scalars(removed))


def remove(session: Session, clockin_id: int, *, reason: str) -> dict | None:
    """Take a record back; what it was, for the audit, or None: there is no such record.

    Raises Refusal.
    """
    reason = _check_reason(reason)
    removed = session.execute(
        sa.delete(Clockin)
        .where(Clockin.id == clockin_id)
        .returning(
            Clockin.item_id, Clockin.user_id, Clockin.time, Clockin.address, Clockin.user_agent
        )
        .execution_options(synchronize_session=False)
    ).first()
    if removed is None:
        return None
    return {**removed._mapping, "time": removed.time.isoformat(), "reason": reason}


def _check_reason(reason: str) -> str:
    reason = reason.strip()
    if not 0 < len(reason) <= LONGEST_REASON:
        raise Refusal(NO_REASON)
    return reason
