"""Figures about repairs, for the charts on the home page."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_plugins.repairs.deadlines import is_overdue
from hhu_plugins.repairs.models import OPEN, SOLVED, TAKEN_UP, RepairCategory, RepairRequest


class OpenCount(NamedTuple):
    """How many requests of a category nobody has taken up, and how many are worked on."""

    category_id: int | None
    category: str | None
    open: int
    taken_up: int


class SolvingTime(NamedTuple):
    """The median time from the report to its solution; half were solved faster."""

    category_id: int | None
    category: str | None
    solved: int
    median: timedelta


def open_by_category(session: Session) -> list[OpenCount]:
    """The unsolved requests, by category, the most first; categories without any are left out."""
    is_open, is_taken_up = RepairRequest.status == OPEN, RepairRequest.status == TAKEN_UP
    rows = session.execute(
        sa.select(
            RepairRequest.category_id,
            RepairCategory.name,
            sa.func.count().filter(is_open),
            sa.func.count().filter(is_taken_up),
        )
        .outerjoin(RepairCategory, RepairCategory.id == RepairRequest.category_id)
        .where(is_open | is_taken_up)
        .group_by(RepairRequest.category_id, RepairCategory.name, RepairCategory.name_key)
        .order_by(sa.func.count().desc(), RepairCategory.name_key)
    )
    return [OpenCount(*row) for row in rows]


def count_overdue(session: Session) -> int:
    """Those that wait longer than their category allows."""
    is_open = RepairRequest.status.in_((OPEN, TAKEN_UP))
    found = sa.select(sa.func.count(RepairRequest.id)).where(is_open, is_overdue())
    return session.scalar(found) or 0


def median_time_to_solve(session: Session, since: datetime) -> timedelta | None:
    """Of the requests that were solved since then; None: there is none."""
    return session.scalar(sa.select(_MEDIAN).where(*_solved_since(since)))


def solving_times(session: Session, since: datetime) -> list[SolvingTime]:
    """The same by category, the slowest first."""
    rows = session.execute(
        sa.select(RepairRequest.category_id, RepairCategory.name, sa.func.count(), _MEDIAN)
        .outerjoin(RepairCategory, RepairCategory.id == RepairRequest.category_id)
        .where(*_solved_since(since))
        .group_by(RepairRequest.category_id, RepairCategory.name, RepairCategory.name_key)
        .order_by(_MEDIAN.desc(), RepairCategory.name_key)
    )
    return [SolvingTime(*row) for row in rows]


_MEDIAN: sa.ColumnElement[timedelta] = sa.func.percentile_cont(
    0.5, type_=sa.Interval()
).within_group(RepairRequest.status_changed_at - RepairRequest.created_at)


def _solved_since(since: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return (RepairRequest.status == SOLVED, RepairRequest.status_changed_at >= since)
