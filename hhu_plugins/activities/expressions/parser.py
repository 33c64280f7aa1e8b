"""From text to meaning, by a grammar; errors with their place and what was expected there."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from lark import Lark, Token, Transformer, UnexpectedToken, v_args
from lark.lexer import Lexer

from hhu_plugins.activities.expressions.lexer import UNKNOWN, read_words
from hhu_plugins.activities.expressions.tree import (
    AllOf,
    AnyOf,
    Expression,
    ExpressionError,
    HasLabel,
    Not,
    join,
    negate,
)

LONGEST = 1000
DEEPEST = 20
# Each is a condition that the database looks at for every registration.
MOST_MENTIONED = 50
_LABELS_SHOWN = 10
_CHARACTERS_SHOWN = 12

# Left-recursive, which an LALR parser takes without using its stack.
_GRAMMAR = """
    ?start: either
    ?either: both | either _OR both         -> any_of
    ?both: unit | both _AND unit            -> all_of
         | both unit                        -> all_of
    ?unit: LABEL                            -> has
         | _NOT unit                        -> negation
         | _OPEN either _CLOSE
    %declare LABEL _AND _OR _NOT _OPEN _CLOSE
"""
_SHOWN = {
    "LABEL": "打卡项",
    "_NOT": "“未”",
    "_OPEN": "左括号",
    "_AND": "“且”",
    "_OR": "“或”",
    "_CLOSE": "右括号",
    "$END": "结尾",
}


def parse(text: str, labels: Iterable[str]) -> Expression | None:
    """What ``text`` means, for items with these labels; None where there is nothing but blanks.

    Raises Unreadable.
    """
    if not text.strip():
        return None
    if len(text) > LONGEST:
        raise ExpressionError(f"筛选表达式不能超过 {LONGEST} 个字符。", LONGEST)
    known = set(labels)
    words = list(read_words(text, known))
    try:
        expression: Expression = _parser().parse(words)  # type: ignore[assignment]
    except UnexpectedToken as error:
        raise _explain(error.token, words, text, known) from None
    if expression.depth > DEEPEST:
        raise ExpressionError(f"括号嵌套过深，最多 {DEEPEST} 层。", 0)
    if _mentioned(expression) > MOST_MENTIONED:
        raise ExpressionError(f"筛选表达式太复杂，最多提到打卡项 {MOST_MENTIONED} 次。", 0)
    return expression


def _mentioned(expression: Expression) -> int:
    match expression:
        case HasLabel():
            return 1
        case Not(of):
            return _mentioned(of)
        case _:
            return sum(map(_mentioned, expression.of))


class _Words(Lexer):
    """Lark's lexers know their words when the grammar is built; ours depend on the labels."""

    __future_interface__ = 2

    def __init__(self, _configuration):
        pass

    def lex(self, lexer_state, parser_state):
        yield from lexer_state.text


@v_args(inline=True)
class _Builder(Transformer):
    """Builds the meaning while the text is being parsed."""

    def has(self, label: Token) -> Expression:
        return HasLabel(str(label))

    def negation(self, expression: Expression) -> Expression:
        return negate(expression)

    def all_of(self, left: Expression, right: Expression) -> Expression:
        return join(AllOf, left, right)

    def any_of(self, left: Expression, right: Expression) -> Expression:
        return join(AnyOf, left, right)


@cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", lexer=_Words, transformer=_Builder())


def _explain(word: Token, words: list[Token], text: str, labels: set[str]) -> ExpressionError:
    if word.type == "$END":
        return ExpressionError(f"表达式不完整：末尾还缺少{_expected(words)}。", len(text))
    position = word.start_pos or 0
    before = [each for each in words if (each.start_pos or 0) < position]
    shown = word if len(word) <= _CHARACTERS_SHOWN else word[:_CHARACTERS_SHOWN] + "…"
    sentence = f"第 {position + 1} 个字“{shown}”无法理解：此处应为{_expected(before)}。"
    if word.type == UNKNOWN:
        sentence += _listed(labels)
    return ExpressionError(sentence, position)


def _expected(words: list[Token]) -> str:
    """What may follow ``words``."""
    # Asked again from the beginning: the parser that failed may have closed what could go on.
    again = _parser().parse_interactive()
    for word in words:
        again.feed_token(word)
    accepted = again.accepts()
    return "、".join(shown for name, shown in _SHOWN.items() if name in accepted)


def _listed(labels: set[str]) -> str:
    if not labels:
        return "还没有任何打卡项。"
    shown = "、".join(f"“{label}”" for label in sorted(labels)[:_LABELS_SHOWN])
    return f"打卡项有：{shown}{'等' if len(labels) > _LABELS_SHOWN else ''}。"
