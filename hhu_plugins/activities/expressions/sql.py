"""From meaning to SQL: one expression over ``Enrollment``, never row by row in Python."""

from __future__ import annotations

import sqlalchemy as sa

from hhu_plugins.activities.expressions.tree import All, Any, Expression, Has, Not
from hhu_plugins.activities.models import Enrollment


def condition(expression: Expression) -> sa.ColumnElement[bool]:
    """The rows of ``Enrollment`` that ``expression`` is true of, in whichever activity.

    Nobody has clocked in for what his activity does not have.
    """
    match expression:
        case Has(label):
            return sa.literal(label) == sa.any_(Enrollment.attended)
        case Not(of):
            return sa.not_(condition(of))
        case All(of=parts):
            return sa.and_(*map(condition, parts))
        case Any(of=parts):
            return sa.or_(*map(condition, parts))
