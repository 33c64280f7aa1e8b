"""QR codes as drawings."""

from functools import lru_cache
from io import BytesIO

import segno


# The doors of all rooms are one page, and each drawing takes milliseconds.
@lru_cache(maxsize=512)
def svg(text: str) -> str:
    """An ``<svg>`` that is as large as the place it is put in."""
    # M: scratches and glare may hide 15 % of it; more would make the squares smaller. The
    # namespace is for clients that show it as an image of its own, white for dark pages.
    out = BytesIO()
    segno.make(text, error="m", micro=False).save(
        out,
        kind="svg",
        border=4,
        light="white",
        xmldecl=False,
        nl=False,
        omitsize=True,
        svgclass=None,
        lineclass=None,
    )
    return out.getvalue().decode()
