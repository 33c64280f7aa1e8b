"""What reading a file may cost."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Seconds of a processor, bytes of memory, and how many seconds the caller waits."""

    seconds: int
    memory: int
    patience: float


TEXT, TABLE, TYPE, IMAGE, PAGES = "text", "table", "type", "image", "pages"
LIMITS = {
    TEXT: Limits(60, 1024**3, 90),
    TABLE: Limits(20, 512 * 1024**2, 40),
    TYPE: Limits(20, 512 * 1024**2, 40),
    # A picture of the most pixels that are taken, a copy of it, and the libraries.
    IMAGE: Limits(20, 1024**3, 40),
    PAGES: Limits(60, 1024**3, 90),
}
# The process can write no more than this, whatever it was made to do.
MAX_ANSWER = 64 * 1024**2
