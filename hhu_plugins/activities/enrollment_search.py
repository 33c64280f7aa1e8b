"""The registrations as the administrators look at them: one query, whatever is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session, contains_eager, joinedload

from hhu_base.database.keys import contains, sounds_like
from hhu_base.models import User
from hhu_base.values.search import search_words
from hhu_plugins.activities import expressions
from hhu_plugins.activities.models import Activity, ClockinItem, Enrollment


@dataclass(frozen=True)
class Filters:
    """What is asked for; what is left out does not matter. ``[enrolled_from, enrolled_to)``."""

    activity_id: int | None = None
    department_id: int | None = None
    has_no_department: bool = False
    enrolled_from: datetime | None = None
    enrolled_to: datetime | None = None
    # When their activity begins, half-open, too.
    held_from: datetime | None = None
    held_to: datetime | None = None
    # Whether they have clocked in for anything at all.
    has_come: bool | None = None
    # Words that must all occur in name, staff number or contact data.
    person: str = ""
    # Field of the form → text that the answer holds, as people read it.
    answers: Mapping[str, str] = field(default_factory=dict)
    expression: expressions.Expression | None = None


def find(filters: Filters) -> sa.Select[Enrollment]:
    """The registrations, newest first, each with its user, department and activity.

    ``enrollment.attended`` has the labels of what the person has clocked in for.
    """
    return (
        sa.select(Enrollment)
        .join(Enrollment.user)
        .options(
            contains_eager(Enrollment.user).joinedload(User.department),
            joinedload(Enrollment.activity),
        )
        .where(*_conditions(filters))
        .order_by(Enrollment.id.desc())
    )


def labels(session: Session, activity_id: int | None = None) -> list[str]:
    """What can be clocked in for, by the start of the windows: for the filter and the columns."""
    statement = (
        sa.select(ClockinItem.label)
        .group_by(ClockinItem.label)
        .order_by(sa.func.min(ClockinItem.from_time), ClockinItem.label)
    )
    if activity_id is not None:
        statement = statement.where(ClockinItem.activity_id == activity_id)
    return list(session.scalars(statement))


def _conditions(filters: Filters) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if filters.activity_id is not None:
        conditions.append(Enrollment.activity_id == filters.activity_id)
    if filters.department_id is not None:
        conditions.append(User.department_id == filters.department_id)
    if filters.has_no_department:
        conditions.append(User.department_id.is_(None))
    if filters.enrolled_from is not None:
        conditions.append(Enrollment.enroll_time >= filters.enrolled_from)
    if filters.enrolled_to is not None:
        conditions.append(Enrollment.enroll_time < filters.enrolled_to)
    if filters.held_from is not None or filters.held_to is not None:
        held = sa.select(Activity.id)
        if filters.held_from is not None:
            held = held.where(Activity.time_start >= filters.held_from)
        if filters.held_to is not None:
            held = held.where(Activity.time_start < filters.held_to)
        conditions.append(Enrollment.activity_id.in_(held))
    if filters.has_come is not None:
        has_any = sa.func.cardinality(Enrollment.attended) > 0
        conditions.append(has_any if filters.has_come else ~has_any)
    for word in search_words(filters.person):
        is_typed = sounds_like([User.name_key], word)
        conditions.append(contains([User.search_key], word) | is_typed)
    for field_name, text in filters.answers.items():
        # Of JSON, lists come as they are stored, with Chinese escaped; of JSONB they don't.
        answer = sa.cast(Enrollment.participating_metas, JSONB)[field_name].astext
        conditions.append(answer.is_not(None) & contains([answer], text))
    if filters.expression is not None:
        conditions.append(expressions.condition(filters.expression))
    return conditions
