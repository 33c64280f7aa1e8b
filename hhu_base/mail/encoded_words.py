"""Texts in headers, as encoded words (RFC 2047) unless they are plain."""

from __future__ import annotations

import re
from email.header import Header

# Nothing here has a meaning of its own in a header, and none of it has to be folded.
_PLAIN_NAME = re.compile(r"[A-Za-z0-9 ]{0,50}")
_PLAIN_FILE_NAME = re.compile(r"[A-Za-z0-9 ._()+-]{1,50}")
_PLAIN_TEXT = re.compile(r"(?:(?!=\?)[ -~]){0,50}")


def encoded(field: str, text: str, *, is_quoted: bool = False) -> str:
    """``text`` as the value of a field, folded; ``is_quoted``: as a file's name between quotes."""
    plain = _PLAIN_FILE_NAME if is_quoted else _PLAIN_TEXT
    return text if _is_plain(plain, text) else _words(field, text)


def mailbox(field: str, name: str, address: str) -> str:
    """``name <address>`` as the value of a field, folded."""
    if not name:
        return address
    shown = name if _is_plain(_PLAIN_NAME, name) else _words(field, name)
    return f"{shown}\r\n <{address}>"


def _is_plain(pattern: re.Pattern[str], text: str) -> bool:
    # A blank at an end, or two of them, would be taken for the folding of a line.
    return bool(pattern.fullmatch(text)) and " ".join(text.split()) == text


def _words(field: str, text: str) -> str:
    return Header(text, "utf-8", header_name=field or "Content-Type").encode(linesep="\r\n")
