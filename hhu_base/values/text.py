"""Texts of people in formats that are made of lines: cards and calendars."""

from __future__ import annotations

import re
import unicodedata

_CONTROL_CHARACTERS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


def without_control_characters(text: str) -> str:
    """Whatever breaks a line somewhere becomes the one line break that is allowed: a line feed."""
    return _CONTROL_CHARACTERS.sub("", "\n".join(text.splitlines()))


# Control characters (a text has tabs and line breaks, and no others), halves of characters, and
# what Unicode keeps for programs. Postgres, XML or a browser refuses one or the other of them.
_UNSTORABLE = re.compile(
    "[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(
        f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000)
    )
    + "]"
)
# What takes no place on a screen: Unicode's default-ignorable code points, which are marks of
# direction, joiners, soft hyphens, fillers, …, and what annotates. The Braille blank is one to see.
_ZERO_WIDTH = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff0-\ufffb"
)
# They are no characters of their own either, but a heart or a flag at the end of a text needs them.
_VARIATIONS = "\ufe00-\ufe0f\U000e0000-\U000e0fff"
_INVISIBLE = re.compile(f"[{_ZERO_WIDTH}{_VARIATIONS}]")
_BEGINNING = re.compile(rf"[\s{_ZERO_WIDTH}{_VARIATIONS}]+")
_AT_THE_END = re.compile(rf"[\s{_ZERO_WIDTH}]")
_SPACES = re.compile(r"\s+")
_LINE_BREAKS = re.compile("[\t\n\r\u2028\u2029]+")

_DIGITS = {ord("０") + digit: str(digit) for digit in range(10)} | dict(
    zip(map(ord, "－＋．"), "-+.", strict=True)
)

# Radicals that have no compatibility mapping, and the character that each is the shape of.
# The same pairs are in the migration core_0014: what is changed here needs one as well.
_RADICALS = str.maketrans(
    "⺁⺂⺃⺄⺅⺆⺇⺈⺉⺊⺋⺌⺍⺎⺏⺐⺒⺓⺔⺕⺖⺗⺘⺙⺛⺜⺝⺞⺠⺡⺢⺣⺤⺥⺦⺧⺨⺩⺪⺫⺬⺭⺮⺯⺰⺱⺲⺳⺶⺷⺸⺹⺺⺻⺼⺽⺾⺿⻀⻁⻂⻃⻄⻅⻆⻇⻈⻉⻊⻋⻌⻍⻎⻏⻐⻑⻒⻓⻔⻕⻖⻗⻘⻙⻚⻛⻜⻝⻞⻟⻠⻡⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻱⻲",
    "厂乛乚乙亻冂几刀刂卜㔾小小兀尣尢巳幺彑彐忄㣺扌攵旡日月歺民氵氺灬爫爫丬牛犭王疋目示礻竹糹纟罓罒㓁羊羊羊耂肀聿肉臼艹艹艹虎衤覀西见角角讠贝足车辶辶辶阝钅長镸长门阜阝雨青韦页风飞食食飠饣首马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀",
)
_HYPHENS = dict.fromkeys(map(ord, "‐‑‒–—−"), "-")
_DOTS_OF_NAMES = dict.fromkeys(map(ord, "·•‧・･∙⋅"))
_FOLDED = {**_RADICALS, **_HYPHENS, **_DOTS_OF_NAMES}
# 138 1234-5678 is one number, and so is 025-8378.
_BETWEEN_DIGITS = re.compile(r"(?<=[0-9])[ -]+(?=[0-9])")


def is_storable(text: str) -> bool:
    """Whether everything that texts get into takes it: the database, XML, a browser."""
    return not _UNSTORABLE.search(text)


def storable(text: str) -> str:
    """The text without what is not storable; for what must not fail: imports, exports, searches."""
    return _UNSTORABLE.sub("", text)


def trimmed(text: str) -> str:
    """Without blanks and invisible characters at the ends; "" for a text of nothing else."""
    beginning = _BEGINNING.match(text)
    start, end = beginning.end() if beginning else 0, len(text)
    while end > start and _AT_THE_END.match(text, end - 1):
        end -= 1
    return text[start:end]


def is_blank(text: str) -> bool:
    """Whether there is nothing to see."""
    return _BEGINNING.fullmatch(text) is not None or not text


def clean_name(text: str) -> str:
    """What something is called, in one line and without invisible characters.

    For what people choose from lists and look up: two that look the same are to be the same.
    """
    return trimmed(_LINE_BREAKS.sub(" ", _INVISIBLE.sub("", text)))


def one_line(text: str, longest: int) -> str:
    """The text as the value of a header: whatever could begin a new line is a blank."""
    return _LINE_BREAKS.sub(" ", _UNSTORABLE.sub(" ", text)).strip()[:longest]


def ascii_digits(text: str) -> str:
    """Full-width digits, and what stands among them, as the usual ones: ``１３８`` → ``138``."""
    return text.translate(_DIGITS)


def fold(text: str) -> str:
    """The text as it is compared: two that read alike are equal.

    Alike are width and case, radicals and their characters; soft hyphens, zero-width characters
    and the dots of names are nothing, and so are blanks and hyphens between digits. The SQL
    function ``core_fold`` does the same for what is stored.
    """
    # Twice, for what comes to stand beside each other.
    for _ in range(2):
        text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).translate(_FOLDED).lower()
    return _BETWEEN_DIGITS.sub("", _SPACES.sub(" ", text)).strip()
