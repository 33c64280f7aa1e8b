"""From text to words: labels first, the longest of them first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lark import Token

# The names are the grammar's; it leaves those with an underscore out of what it builds.
OPERATORS = {
    **dict.fromkeys(("且", "和", "并", "并且", "而且", "以及"), "_AND"),
    **dict.fromkeys(("或", "或者"), "_OR"),
    **dict.fromkeys(("未", "没", "没有"), "_NOT"),
}
BRACKETS = {"(": "_OPEN", "（": "_OPEN", ")": "_CLOSE", "）": "_CLOSE"}
# What stands side by side is meant together, so a comma has nothing to add, nor takes it anything
# away from an 或者 that follows it.
MEANINGLESS = ("了", "的", "但", "但是", "已", "已经", "、", "，", ",")
LABEL = "LABEL"
UNKNOWN = "UNKNOWN"

_WORDS = OPERATORS | BRACKETS
_ALTERNATIVES = "|".join(
    re.escape(word) for word in sorted((*_WORDS, *MEANINGLESS), key=lambda x: (-len(x), x))
)
_NOTHING_ELSE = re.compile(rf"(?:{_ALTERNATIVES}|\s)*")


def label_problem(label: str) -> str | None:
    """Why no item can be called so, a sentence for people; None: it can."""
    if _NOTHING_ELSE.fullmatch(label):
        return "打卡项名称不能只由“且、或、未、没有、已、和”一类的词、标点和空格组成，否则无法在筛选中使用。"
    return None


def read_words(text: str, labels: Iterable[str]) -> Iterator[Token]:
    """The words of ``text``, without those that mean nothing; what is none is ``UNKNOWN``."""
    position = 0
    for found in _pattern(labels).finditer(text):
        if found.start() > position:
            yield _token(UNKNOWN, text[position : found.start()], position)
        position = found.end()
        word = found[0]
        if found.lastgroup == "label":
            yield _token(LABEL, word, found.start())
        elif word in _WORDS:
            yield _token(_WORDS[word], word, found.start())
    if position < len(text):
        yield _token(UNKNOWN, text[position:], position)


def _pattern(labels: Iterable[str]) -> re.Pattern[str]:
    # A label that is nothing but words would take their meaning away.
    usable = sorted(
        {label for label in labels if label_problem(label) is None}, key=lambda x: (-len(x), x)
    )
    words = rf"{_ALTERNATIVES}|\s+"
    if not usable:
        return re.compile(words)
    return re.compile(f"(?P<label>{'|'.join(map(re.escape, usable))})|{words}")


def _token(kind: str, word: str, start: int) -> Token:
    return Token(kind, word, start_pos=start, end_pos=start + len(word))
