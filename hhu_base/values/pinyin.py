"""Names of people as they are read: their initial, their place in a list, and finding them.

What is found out about a name is kept: a list of two thousand people asks for the same names at
every request, and pypinyin is slow.
"""

from __future__ import annotations

import os
import re
import unicodedata
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from hhu_base.values.surnames import COMPOUND, SINGLE
from hhu_base.values.text import fold

NO_LETTER = "?"
# A word that may be the beginning of a name's pinyin.
_LATIN_WORD = re.compile(r"[a-z']+")
# The same with figures, as in a room's name; a number alone is no pinyin.
_TYPED_WORD = re.compile(r"(?=[0-9]*[a-z])[a-z0-9]+")
_LATIN_LETTER = re.compile(r"LATIN (?:CAPITAL|SMALL) LETTER ([A-Z])[A-Z]?(?: WITH .*)?")
# 行, 长 or 重 are read in two ways; dictionaries know more that no name has.
_READINGS_OF_A_CHARACTER = 2
# Nobody types more of a name than this. Without bounds a name of 180 characters would take 1 MB.
_READINGS_OF_A_NAME = 16
_SYLLABLES_TO_SEARCH = 12
_LETTERS_TO_SEARCH = 40

# The readings of one character or, as one of them, of a word that is not Chinese.
_Readings = tuple[str, ...]


class PinyinReading(NamedTuple):
    """How a name is read."""

    alpha: str  # the initial of the surname, upper-case, or ?
    pinyin: tuple[str, ...]  # zhang, san
    sort_key: str  # by initial, those without one last; then by pinyin, syllable by syllable
    search_keys: str  # all that a word may begin, each after a blank


@lru_cache(maxsize=16384)
def read(last_name: str, first_name: str) -> PinyinReading:
    """How this name is read, the surname as a surname."""
    surname = _surname_syllables(_plain(last_name))
    syllables = surname + _syllables(_plain(first_name))
    letter = _letter(_plain(last_name), surname)
    first_readings = tuple(readings[0] for readings in syllables)
    return PinyinReading(
        alpha=letter,
        pinyin=first_readings,
        sort_key=" ".join(("~" if letter == NO_LETTER else letter, *first_readings)),
        search_keys=_search_keys(syllables),
    )


def alpha(last_name: str, first_name: str) -> str:
    """The upper-case initial of the surname's pinyin as a surname; ``?`` where there is none."""
    return read(last_name, first_name).alpha


def sort_key(last_name: str, first_name: str) -> str:
    """Sorts names by initial, then by pinyin; those without an initial come last."""
    return read(last_name, first_name).sort_key


def list_key(last_name: str, first_name: str) -> str:
    """``sort_key``, and the name itself for those that are read alike: the place in a list."""
    return f"{sort_key(last_name, first_name)}\t{last_name}{first_name}"


@lru_cache(maxsize=16384)
def text_key(text: str) -> str:
    """The place of any other text in a list: by pinyin, then by itself.

    Behind that, for who looks for it, what it is with each other reading: 差旅 is chai lv.
    """
    readings = _syllables(_plain(text))
    syllables = " ".join(each[0] for each in readings)
    others = " ".join(each[-1] for each in readings)
    key = f"{syllables or '~'}\t{text}"
    return key if others == syllables else f"{key}\t{others}"


def pinyin(last_name: str, first_name: str) -> str:
    """``zhangsan``."""
    return "".join(read(last_name, first_name).pinyin)


def as_pinyin(word: str) -> str | None:
    """The word as ``sounds_like`` wants it; None for one that no pinyin begins with."""
    word = word.casefold().replace("ü", "v")
    return word.replace("'", "") or None if _LATIN_WORD.fullmatch(word) else None


def sounds_like(reading: PinyinReading, word: str) -> bool:
    """Whether ``word``, from ``as_pinyin``, begins the name's pinyin at any of its syllables
    (``zhangs``, ``san``), or its initials (``zs``)."""
    return f" {word}" in reading.search_keys


def typed_pattern(word: str) -> str | None:
    """The regular expression that finds the word in a key of ``text_key`` or ``list_key``: as the
    beginning of some of its syllables, one after the other (``huiy``, ``hyi``, ``hys3``). None for
    a word that is no pinyin.

    PostgreSQL, which is given the same, takes a time in proportion to the text for it; Python
    does not, so that here it is for texts of our own.
    """
    letters = fold(word).replace("ü", "v").replace("'", "")
    if not _TYPED_WORD.fullmatch(letters) or len(letters) > _LETTERS_TO_SEARCH:
        return None
    return "(?:^|[ \t])" + "(?:[a-z0-9]* )?".join(letters)


def is_named(title: str, word: str) -> bool:
    """Whether the word occurs in a title of ours, as it is written or typed in pinyin."""
    pattern = typed_pattern(word)
    typed = pattern is not None and re.search(pattern, text_key(title)) is not None
    return typed or fold(word) in fold(title)


def _plain(name: str) -> str:
    """Without blanks around it, and with full-width letters and the like as ordinary ones."""
    return unicodedata.normalize("NFKC", name).strip()


def _letter(last_name: str, surname: list[_Readings]) -> str:
    if not last_name:
        return NO_LETTER
    if _is_chinese(last_name[0]):
        return surname[0][0][0].upper()
    latin = _LATIN_LETTER.fullmatch(unicodedata.name(last_name[0], ""))
    return latin[1] if latin else NO_LETTER


def _surname_syllables(last_name: str) -> list[_Readings]:
    # Whole names are entered as surnames, too: then it is their beginning that counts.
    for length in (3, 2):
        compound = COMPOUND.get(last_name[:length])
        if compound is not None:
            return [(syllable,) for syllable in compound] + _syllables(last_name[length:])
    syllables = _syllables(last_name)
    if last_name and _is_chinese(last_name[0]):
        # Only the first reading of a character that is not in the table: 沈 is no Chen.
        syllables[0] = SINGLE.get(last_name[0], syllables[0][:1])
    return syllables


def _syllables(name: str) -> list[_Readings]:
    """One item a Chinese character, one a word of anything else; what is no letter separates."""
    syllables: list[_Readings] = []
    word = ""
    for char in name:
        readings = _readings_of(char)
        if not readings and char.isalnum():
            word += char.casefold()
            continue
        if word:
            syllables.append((word,))
            word = ""
        if readings:
            syllables.append(readings)
    return [*syllables, (word,)] if word else syllables


def _is_chinese(char: str) -> bool:
    return bool(_readings_of(char))


@lru_cache(maxsize=8192)
def _readings_of(char: str) -> _Readings:
    """The readings of a Chinese character without tones, ü as v; none for any other character."""
    if char < "〇":  # what comes before it in Unicode is not Chinese
        return ()
    # Its dictionary of phrases takes 45 MB, and is for texts. To be said before the import.
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "1")
    os.environ.setdefault("PYPINYIN_NO_DICT_COPY", "1")
    from pypinyin import Style
    from pypinyin import pinyin as readings_of

    found = readings_of(char, style=Style.NORMAL, heteronym=True, errors="ignore")
    return tuple(found[0][:_READINGS_OF_A_CHARACTER]) if found else ()


def _search_keys(syllables: list[_Readings]) -> str:
    keys: dict[str, None] = {}
    endings = [""]
    syllables = syllables[:_SYLLABLES_TO_SEARCH]
    for readings in reversed(syllables):
        endings = [
            typed + ending
            for reading in readings
            for typed in _ways_to_type(reading)
            for ending in endings
        ][:_READINGS_OF_A_NAME]
        keys.update(dict.fromkeys(endings))
    letters = [dict.fromkeys(reading[0] for reading in readings) for readings in syllables]
    for number, choice in enumerate(product(*letters)):
        if number == _READINGS_OF_A_NAME:
            break
        keys["".join(choice)] = None
    return " " + " ".join(keys)


def _ways_to_type(reading: str) -> _Readings:
    """吕 is lv to who types, LYU in a passport, and lu to who does not know better."""
    if reading.startswith(("lv", "nv")):
        return reading, reading.replace("v", "yu"), reading.replace("v", "u")
    return (reading,)
