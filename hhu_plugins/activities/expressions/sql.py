"""From meaning to SQL: one expression over ``Enrollment``, never row by row in Python."""

from __future__ import annotations

import sqlalchemy as sa

from hhu_plugins.activities.expressions.tree import AllOf, AnyOf, Expression, HasLabel, Not
from hhu_plugins.activities.models import Enrollment


def condition(expression: Expression) -> sa.ColumnElement[bool]:
    """The rows of ``Enrollment`` that ``expression`` is true of, in whichever activity.

    Nobody has clocked in for what their activity does not have.
    """
    match expression:
        case HasLabel(label):
            return sa.literal(label) == sa.any_(Enrollment.attended)
        case Not(of):
            return sa.not_(condition(of))
        case AllOf(of=parts):
            return sa.and_(*map(condition, parts))
        case AnyOf(of=parts):
            return sa.or_(*map(condition, parts))
