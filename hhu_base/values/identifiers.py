"""Staff numbers: what one may be, and which of them people can't tell apart."""

from __future__ import annotations

import unicodedata

MOST_CHARACTERS = 150

# Cyrillic and Greek letters that look like Latin ones, in small letters; of Unicode's confusables
# those that a keyboard has. They are folded after the case is: Η looks like H, its small η does not.
_LOOK_ALIKES = str.maketrans(
    {
        **dict(zip("авсдԁеһіјкӏмнорԛѕтуѵԝхҝ", "abcddehijklmhopqstyvwxk", strict=True)),
        **dict(zip("αβεζηικμνορτυχγϳϲ", "abezhikmnoptyxyjc", strict=True)),
        "ё": "e",
        "ї": "i",
        "ı": "i",
    }
)
# Blank to the eye, and of another category than the format characters.
_BLANK = frozenset("\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\u034f")


def tidy_staff_number(text: str) -> str:
    """Without what nobody sees or means: full-width forms, marks of direction, blanks around it."""
    text = unicodedata.normalize("NFKC", text)
    return "".join(letter for letter in text if not _is_invisible(letter)).strip()


def problem_with_staff_number(text: str) -> str | None:
    """What is wrong with a tidied one, as the end of a sentence; None: nothing."""
    if not text:
        return "不能为空"
    if len(text) > MOST_CHARACTERS:
        return f"超过 {MOST_CHARACTERS} 个字符"
    if len(text.split()) > 1:
        return "中间有空白"
    if any(unicodedata.category(letter)[0] == "C" for letter in text):
        return "包含不能显示的字符"
    return None


def skeleton(text: str) -> str:
    """The same for all staff numbers that look the same, whatever their case and alphabet.

    No two people may have one skeleton: the database holds it, and holds it unique.
    """
    folded = tidy_staff_number(text).casefold()
    # Once more: folding may have left what is composed otherwise.
    return unicodedata.normalize("NFKC", folded).translate(_LOOK_ALIKES)


def _is_invisible(letter: str) -> bool:
    kind = unicodedata.category(letter)
    is_control = kind == "Cc" and not letter.isspace()
    return letter in _BLANK or kind == "Cf" or is_control or _is_selector(letter)


def _is_selector(letter: str) -> bool:
    """Variation selectors are marks, and show nothing by themselves."""
    return "\ufe00" <= letter <= "\ufe0f" or "\U000e0100" <= letter <= "\U000e01ef"
