"""What a new password has to be like."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher
from functools import cache

from hhu_base.values import pinyin

MIN_LENGTH = 8

TOO_SHORT = f"密码长度太短。密码必须包含至少 {MIN_LENGTH} 个字符。"
ONLY_DIGITS = "密码不能全部是数字。"
TOO_COMMON = "这个密码太常见了。"
TOO_SIMILAR = "密码与您的个人信息太相似。"

# 1 is the same, 0 has nothing in common.
_TOO_SIMILAR_FROM = 0.7
# A password that is a name again and again has to have at least so much else.
_LEFT_OF_REPEATED = 3
# Popular here, and missing in lists that were collected elsewhere.
_COMMON_HERE = (
    "woaini1314 woaini520 woaini521 woaini123 woaini5201314 aini1314 iloveyou1314 5201314a a5201314 "
    "caonima123 nihao123 nihaoma123 wang1234 zhang123 li123456 woshishui tiantian123 asdf123456 "
    "hhu12345 hhu123456 hhu@1234 hohai123 hohai1234 hohai1915 hhu1915hhu hehai123 hehai1234 "
    "teacher123 laoshi123 teach-hhu-2026 admin-hhu-2026"
)


def problems(password: str, own: Iterable[str]) -> list[str]:
    """What is wrong with a new password, in sentences; ``own`` is what others know of its owner."""
    found = []
    if len(password) < MIN_LENGTH:
        found.append(TOO_SHORT)
    if password.isdigit():
        found.append(ONLY_DIGITS)
    if password.strip().casefold() in _common_passwords():
        found.append(TOO_COMMON)
    if any(_is_similar(password, text) for text in own):
        found.append(TOO_SIMILAR)
    return found


def words_about(username: str, last_name: str, first_name: str, email: str | None) -> list[str]:
    """What others know of a user, the names also as they are typed: for ``problems``."""
    return [
        username,
        last_name,
        first_name,
        last_name + first_name,
        pinyin.pinyin(last_name, first_name),
        pinyin.pinyin("", first_name) + pinyin.pinyin(last_name, ""),
        email or "",
    ]


def _is_similar(password: str, text: str) -> bool:
    """Whether the password looks like ``text`` or a part of it, such as an address's domain."""
    password = password.casefold()
    text = text.casefold()
    return any(_looks_like(password, part) for part in (text, *re.split(r"[\W_]+", text)))


def _looks_like(password: str, part: str) -> bool:
    if len(part) > 1 and len(password.replace(part, "")) < _LEFT_OF_REPEATED:
        return True  # chujiechujie1
    return SequenceMatcher(a=password, b=part).quick_ratio() >= _TOO_SIMILAR_FROM


@cache
def _common_passwords() -> frozenset[str]:
    # 30,000 passwords that leaked most often, collected by zxcvbn (MIT). Imported when needed:
    # it takes 12 MB, and few requests change a password.
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    leaked = (word for word in FREQUENCY_LISTS["passwords"] if len(word) >= MIN_LENGTH)
    return frozenset((*leaked, *_COMMON_HERE.split()))
