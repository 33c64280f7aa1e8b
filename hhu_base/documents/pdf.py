"""The text of a PDF, by PDFium: it knows the fonts and character maps of Chinese."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pypdfium2

# What PDFium writes for a hyphen at the end of a line.
_HYPHEN = "\ufffe"


def pieces(path: Path) -> Iterator[str]:
    """A page at a time; one that can't be read stops none of the others."""
    document = pypdfium2.PdfDocument(path)
    failure: Exception | None = None
    is_read = False
    for number in range(len(document)):
        try:
            text = _page(document, number)
        except pypdfium2.PdfiumError as error:
            failure = error
        else:
            is_read = True
            yield text.replace(_HYPHEN + "\r\n", "").replace(_HYPHEN, "") + "\n"
    if failure and not is_read:
        raise failure


def _page(document: pypdfium2.PdfDocument, number: int) -> str:
    page = document[number]
    try:
        text = page.get_textpage()
        try:
            return text.get_text_range()
        finally:
            text.close()
    finally:
        page.close()
