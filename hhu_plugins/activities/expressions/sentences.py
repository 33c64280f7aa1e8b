"""From meaning back to words: what was understood, and a sentence that says one thing more."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from hhu_plugins.activities.expressions.parser import parse
from hhu_plugins.activities.expressions.tree import (
    AllOf,
    AnyOf,
    Expression,
    ExpressionError,
    HasLabel,
    Not,
    join,
)

# A word of what was understood: "has" and "not" are chips with a label, the rest stands between.
Word = tuple[str, str]


def words(expression: Expression | None) -> list[Word]:
    """What is meant, as chips: ``("has", "签到")``, ``("word", "且")``, ``("not", "签退")``."""
    return list(_words(expression)) if expression is not None else []


def sentence(expression: Expression | None, labels: Collection[str]) -> str:
    """The shortest text that means this; empty where nothing can be written that would."""
    shown = words(expression)
    plain = "".join(text if kind != "not" else f"未{text}" for kind, text in shown)
    # Where 未 and a label make another label, or two labels a third, brackets keep them apart.
    apart = "".join(
        text if kind == "word" else f"未（{text}）" if kind == "not" else f"（{text}）"
        for kind, text in shown
    )
    for text in (plain, apart):
        try:
            if parse(text, labels) == expression:
                return text
        except ExpressionError:
            continue
    return ""


def state(expression: Expression | None, label: str) -> bool | None:
    """Whether all who are meant have this label (True) or lack it (False); None: it does not say."""
    parts = _parts(expression)
    if HasLabel(label) in parts:
        return True
    return False if Not(HasLabel(label)) in parts else None


def with_state(expression: Expression | None, label: str, wanted: bool | None) -> Expression | None:
    """The same, but with this label had, lacked, or not spoken of (None) by itself."""
    has = HasLabel(label)
    parts = [part for part in _parts(expression) if part not in (has, Not(has))]
    if wanted is not None:
        parts.append(has if wanted else Not(has))
    return join(AllOf, *parts) if parts else None


def _parts(expression: Expression | None) -> tuple[Expression, ...]:
    if expression is None:
        return ()
    return expression.of if isinstance(expression, AllOf) else (expression,)


def _words(expression: Expression) -> Iterator[Word]:
    match expression:
        case HasLabel(label):
            yield "has", label
        case Not(of=HasLabel(label)):
            yield "not", label
        case Not(of):
            yield "word", "未"
            yield from _in_brackets(of)
        case AllOf(of=parts) | AnyOf(of=parts):
            for number, part in enumerate(parts):
                if number:
                    yield "word", "且" if isinstance(expression, AllOf) else "或"
                # 且 binds tighter than 或, but people who read it need not know that.
                is_joined = isinstance(part, AllOf | AnyOf)
                yield from _in_brackets(part) if is_joined else _words(part)


def _in_brackets(expression: Expression) -> Iterator[Word]:
    yield "word", "（"
    yield from _words(expression)
    yield "word", "）"
