"""What an expression means: a small tree, simplified while it is built."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class HasLabel:
    """Has clocked in for what is labelled so."""

    label: str
    depth = 0


@dataclass(frozen=True)
class Not:
    of: HasLabel | AllOf | AnyOf

    @property
    def depth(self) -> int:
        return self.of.depth


@dataclass(frozen=True)
class AllOf:
    """Two or more, none of which is an ``All`` itself."""

    of: tuple[Expression, ...]
    depth: int


@dataclass(frozen=True)
class AnyOf:
    """Two or more, none of which is an ``Any`` itself."""

    of: tuple[Expression, ...]
    depth: int


Expression = HasLabel | Not | AllOf | AnyOf


def negate(expression: Expression) -> Expression:
    return expression.of if isinstance(expression, Not) else Not(expression)


def join(kind: type[AllOf] | type[AnyOf], *expressions: Expression) -> Expression:
    """All or any of them, as flat as can be: a hundred in a row are not a hundred levels."""
    parts: dict[Expression, None] = {}
    for expression in expressions:
        parts.update(dict.fromkeys(expression.of if isinstance(expression, kind) else [expression]))
    if len(parts) == 1:
        return expressions[0]
    return kind(tuple(parts), 1 + max(part.depth for part in parts))


class ExpressionError(ValueError):
    """The message is for people; ``position`` counts characters from zero, for the cursor."""

    def __init__(self, sentence: str, position: int):
        super().__init__(sentence)
        self.position = position
