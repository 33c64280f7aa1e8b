"""The pages of a PDF as pictures, by PDFium: whatever is in it, what comes out is a JPEG of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pypdfium2

from hhu_base.documents.images import jpeg


def answer(path: Path, most: int, size: int) -> dict[str, Any]:
    """``{"total": 12, "images": [{"jpeg": base64, "width", "height"}, …]}``, of the first ``most``.

    ``size`` is the longest edge in pixels. A page that can't be drawn is left out; raises
    PdfiumError for a file of no other.
    """
    document = pypdfium2.PdfDocument(path)
    images, failure = [], None
    for number in range(min(len(document), most)):
        try:
            images.append(_draw(document, number, size))
        except pypdfium2.PdfiumError as error:
            failure = error
    if failure and not images:
        raise failure
    return {"total": len(document), "images": images}


def _draw(document: pypdfium2.PdfDocument, number: int, size: int) -> dict[str, Any]:
    page = document[number]
    try:
        # Scripts and forms of the file are not even loaded.
        bitmap = page.render(scale=size / max(*page.get_size(), 1), may_draw_forms=False)
        return jpeg(bitmap.to_pil().convert("RGB"), size)
    finally:
        page.close()
