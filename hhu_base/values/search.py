"""What a search may be: a few words, each of which has to occur.

Each word is a condition that the database looks at for every row, so that who may write as many as
they like keeps everybody waiting. Whatever searches asks here, before it asks the database.
"""

from __future__ import annotations

MAX_CHARACTERS = 200
MAX_WORDS = 10
TOO_LONG = f"搜索内容不能超过 {MAX_CHARACTERS} 个字符。"
TOO_MANY = f"一次最多搜索 {MAX_WORDS} 个词。"


class SearchError(ValueError):
    """The search is more than may be; the message is a sentence for people."""


def search_words(text: str) -> list[str]:
    """The words of a search, in their order. Raises SearchError for too many, or too long a text."""
    if len(text) > MAX_CHARACTERS:
        raise SearchError(TOO_LONG)
    words = text.split()
    if len(words) > MAX_WORDS:
        raise SearchError(TOO_MANY)
    return words
