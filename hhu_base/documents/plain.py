"""Plain text: UTF-8, GB18030, or UTF-16 with its mark."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

_BLOCK = 256 * 1024
# A text has line breaks, tabs and form feeds, and no other control characters.
_CONTROLS = re.compile("[\0-\x07\x0b\x0e-\x19\x1c-\x1f]")


def pieces(path: Path) -> Iterator[str]:
    """The text in blocks. Raises ValueError where it is none."""
    encoding = text_encoding(path)
    if encoding is None:
        raise ValueError("not a text")
    with path.open(encoding=encoding) as file:
        while block := file.read(64 * 1024):
            yield block


def text_encoding(path: Path) -> str | None:
    """The encoding of a text; None if it is none."""
    with path.open("rb") as file:
        has_mark = file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    encodings = ("utf-16",) if has_mark else ("utf-8-sig", "gb18030")
    return next((name for name in encodings if _is_text(path, name)), None)


def _is_text(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                if _CONTROLS.search(decoder.decode(block)):
                    return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
