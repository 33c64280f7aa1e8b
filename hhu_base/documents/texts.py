"""The text inside a file, for searches."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

# A book has some half a million characters; what comes later is not found.
MOST_CHARACTERS = 500_000
# What was found by then is better than nothing; the limit of the process is later.
_ENOUGH_SECONDS = 40.0

# Chinese is written without blanks: one between two characters was the end of a line, or a
# program's way of spacing them, and would hide the word from a search.
_CHINESE = r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f]"
_BLANKS_INSIDE_CHINESE = re.compile(rf"(?<={_CHINESE})\s+(?={_CHINESE})")
_BLANKS = re.compile(r"\s+")
# NUL, halves of characters, and what Unicode says is no character.
_UNSTORABLE = re.compile("[\0\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def text_of(path: Path, extension: str) -> str:
    """What a search should find. Raises whatever the libraries raise for damaged files."""
    # Imported here: the process reads one file.
    pieces: Iterator[str]
    if extension == "pdf":
        from hhu_base.documents import pdf

        pieces = pdf.pieces(path)
    elif extension in ("docx", "xlsx", "pptx"):
        from hhu_base.documents import office

        pieces = office.pieces(path, extension)
    else:
        from hhu_base.documents import plain

        pieces = plain.pieces(path)
    text = _enough(pieces)
    if extension == "pdf" and is_nonsense(text):
        raise ValueError("nonsense: its fonts do not say which characters they show")
    return normalized(text)


def normalized(text: str) -> str:
    """Words with a blank between them, and Chinese without any."""
    text = _BLANKS.sub(" ", _UNSTORABLE.sub("", text)).strip()
    return _BLANKS_INSIDE_CHINESE.sub("", text)


# Latin, Greek, Cyrillic, Chinese, Japanese and Korean with their punctuation; of ASCII what texts
# are made of, and not what a font shows that counts its glyphs from "!".
_SENSE = re.compile(
    r"""[\sA-Za-z0-9.,;:'"()/|_*=+-]|[\u0300-\u04ff\u2000-\u2bff\u2e80-\u9fff\uac00-\ud7a3]
    |[\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff]""",
    re.VERBOSE,
)
_MOST_NONSENSE = 0.4


def is_nonsense(text: str) -> bool:
    """Whether nobody could mean this: letters of all scripts, private or unassigned characters."""
    return len(_SENSE.sub("", text)) > _MOST_NONSENSE * len(_BLANKS.sub("", text))


def _enough(pieces: Iterator[str]) -> str:
    found: list[str] = []
    length = 0
    end = time.process_time() + _ENOUGH_SECONDS
    for piece in pieces:
        found.append(piece)
        length += len(piece)
        if length >= MOST_CHARACTERS or time.process_time() > end:
            break
    return "".join(found)[:MOST_CHARACTERS]
