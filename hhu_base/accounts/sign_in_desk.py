"""Where sign-ins with a password queue: not all web threads may stand there."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from hhu_base import settings as read


class DeskBusy(Exception):
    """More than ``places`` are signing in at this moment, in this process."""


class SignInDesk:
    """``wrong_answer_after`` is how long a wrong pair takes, in seconds, whatever was wrong with it.

    Hashes of several kinds may be stored, each of which takes another time to verify: that time
    would tell whether there is an account.
    """

    def __init__(self, places: int, wrong_answer_after: float):
        self._places = threading.BoundedSemaphore(places)
        self._wrong_answer_after = wrong_answer_after

    @contextmanager
    def place(self) -> Iterator[float]:
        """Take one of the places; gives the time when the answer to a wrong pair is due."""
        if not self._places.acquire(blocking=False):
            raise DeskBusy
        try:
            yield time.monotonic() + self._wrong_answer_after
        finally:
            self._places.release()


def wait_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))


def includeme(config) -> None:
    """``registry["sign_in_desk"]``."""
    settings = config.get_settings()
    config.registry["sign_in_desk"] = SignInDesk(
        places=read.integer(settings, "auth.max_signing_in", 40, minimum=1),
        wrong_answer_after=read.seconds(settings, "auth.wrong_answer_after", 0.3),
    )
