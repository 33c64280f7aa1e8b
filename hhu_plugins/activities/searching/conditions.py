"""From meaning to SQL: one expression over ``Enrollment``, never row by row in Python."""

from __future__ import annotations

import sqlalchemy as sa

from hhu_plugins.activities.models import Clockin, ClockinItem, Enrollment
from hhu_plugins.activities.searching.expressions import All, Any, Expression, Has, Not


def condition(expression: Expression) -> sa.ColumnElement[bool]:
    """The rows of ``Enrollment`` that ``expression`` is true of, in whichever activity.

    Nobody has clocked in for what his activity does not have.
    """
    match expression:
        case Has(label):
            return _has(label)
        case Not(of):
            return sa.not_(condition(of))
        case All(of=parts):
            return sa.and_(*map(condition, parts))
        case Any(of=parts):
            return sa.or_(*map(condition, parts))


def _has(label: str) -> sa.ColumnElement[bool]:
    return (
        sa.exists()
        .where(
            ClockinItem.label == label,
            ClockinItem.activity_id == Enrollment.activity_id,
            Clockin.item_id == ClockinItem.id,
            Clockin.user_id == Enrollment.user_id,
        )
        .correlate(Enrollment)
    )
