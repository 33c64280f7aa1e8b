"""The clock-ins as they were recorded, with what looks odd: evidence for people, no refusal."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload

from hhu_plugins.activities.models import Clockin, ClockinItem

# From so many on one address with one User-Agent, one phone may have gone from hand to hand. Two
# of the same model in the same network are nothing special.
MANY = 3


@dataclass(frozen=True)
class Anomaly:
    """What looks odd about a record; ``sentence`` is for people."""

    name: str
    sentence: str


def history(*, activity_id: int | None = None, item_id: int | None = None) -> sa.Select:
    """``Clockin`` and ``same_device``: how many of its item came from what looks like its device.

    Newest first; with item, activity and user.
    """
    statement = (
        sa.select(Clockin, _same_device().label("same_device"))
        .join(Clockin.item)
        .options(
            joinedload(Clockin.item).joinedload(ClockinItem.activity), joinedload(Clockin.user)
        )
        .order_by(Clockin.id.desc())
    )
    if activity_id is not None:
        statement = statement.where(ClockinItem.activity_id == activity_id)
    if item_id is not None:
        statement = statement.where(Clockin.item_id == item_id)
    return statement


def only_odd(statement: sa.Select, interval: float) -> sa.Select:
    """Of ``history(…)`` only what ``oddities`` says something about."""
    return statement.where(sa.or_(_same_device() >= MANY, Clockin.code_age >= interval))


def oddities(clockin: Clockin, same_device: int, interval: float) -> list[Anomaly]:
    """What to show beside a record; ``interval`` is the site's ``codes.interval``."""
    found = []
    if same_device >= MANY:
        found.append(Anomaly("same-device", f"同一设备和网络上有 {same_device} 人打卡。"))
    if clockin.code_age is not None and clockin.code_age >= interval:
        found.append(Anomaly("late", f"二维码已换过，打卡时已显示 {clockin.code_age:.0f} 秒。"))
    return found


def _same_device() -> sa.ScalarSelect:
    other = aliased(Clockin)
    return (
        sa.select(sa.func.count())
        .where(
            other.item_id == Clockin.item_id,
            other.address == Clockin.address,
            other.user_agent == Clockin.user_agent,
            other.corrected_by.is_(None),
            Clockin.corrected_by.is_(None),
        )
        .scalar_subquery()
    )
