"""The expression filter of the registrations: ``签到了但未签退``, ``（签到或签退）且未午餐``.

Words: the labels of the clock-in items (the longest match first, so that a label may contain 未
or 或), 且 或 未 and their brothers (和 并 并且 而且 以及, 或者, 没 没有), 了 的 已 但 但是, commas and
blanks, which mean nothing, and brackets of both kinds. Side by side means 且; 未 binds tightest,
then 且, then 或.

``parse(text, labels)`` reads it, or says what can't be read where and what was expected there;
``condition(expression)`` is the same as one SQL expression over ``Enrollment``; ``sentences`` says
what was understood.
"""

from hhu_plugins.activities.expressions.lexer import label_problem
from hhu_plugins.activities.expressions.parser import parse
from hhu_plugins.activities.expressions.sql import condition
from hhu_plugins.activities.expressions.tree import (
    AllOf,
    AnyOf,
    Expression,
    ExpressionError,
    HasLabel,
    Not,
)

__all__ = [
    "AllOf",
    "AnyOf",
    "Expression",
    "HasLabel",
    "Not",
    "ExpressionError",
    "condition",
    "label_problem",
    "parse",
]
