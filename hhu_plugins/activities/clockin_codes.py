"""The rotating codes of the clock-ins: signed texts that name an item and a step of time.

A code is worth something for the length of its step and a moment more, so that a photograph sent
to somebody who stayed at home comes too late. Nothing is stored: with the secret one can say
whether a code is genuine, whatever process or machine has shown it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from hhu_base.settings import Seconds, Secret
from hhu_base.settings.site import PUBLIC_URL

# Short, so that the squares are large enough for the last row: 128 bits of signature.
_CODE = re.compile(r"HHU-([1-9][0-9]{0,18})-([1-9][0-9]{0,11})-([A-Za-z0-9_-]{22})", re.ASCII)


# Where the address of a code leads; nothing else is there.
PATH = "/c/"


class BadCode(Exception):
    """Forged, garbage, or not to be shown yet."""


class ExpiredCode(Exception):
    """It was genuine, and its time is over."""


@dataclass(frozen=True)
class ClockinCode:
    """What a genuine code says; ``age`` is how many seconds ago its step began."""

    item_id: int
    age: float


@dataclass(frozen=True)
class ClockinCodes:
    """The codes of this site; ``interval`` and ``grace`` are in seconds.

    With ``public_url`` what is shown is an address, which any phone's own scanner opens.
    """

    secret: bytes = field(repr=False)
    interval: float
    grace: float
    public_url: str = ""

    def make(self, item_id: int, now: datetime) -> str:
        """The code of this moment, never a future one."""
        return self._code(item_id, self._step(now))

    def shown(self, item_id: int, now: datetime) -> str:
        """What the code of this moment says to a scanner."""
        code = self.make(item_id, now)
        return f"{self.public_url}{PATH}{code}" if self.public_url else code

    def expires_in(self, now: datetime) -> float:
        """Seconds until the next code is to be shown."""
        return (self._step(now) + 1) * self.interval - now.timestamp()

    def read(self, text: str, now: datetime) -> ClockinCode:
        """What a scanned text says, a code or an address of one. Raises BadCode or ExpiredCode."""
        text = code_in(text)
        found = _CODE.fullmatch(text)
        if found is None:
            raise BadCode
        item_id, step = int(found[1]), int(found[2])
        if not hmac.compare_digest(self._code(item_id, step), text):
            raise BadCode
        age = now.timestamp() - step * self.interval
        if age < 0:
            raise BadCode
        if age >= self.interval + self.grace:
            raise ExpiredCode
        return ClockinCode(item_id, age)

    def _step(self, now: datetime) -> int:
        return math.floor(now.timestamp() / self.interval)

    def _code(self, item_id: int, step: int) -> str:
        # The interval is signed too: after a change of it, old steps would mean other times.
        message = f"{item_id} {step} {self.interval:.3f}".encode()
        digest = hmac.digest(self.secret, message, hashlib.sha256)[:16]
        signature = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        return f"HHU-{item_id}-{step}-{signature}"


def code_in(text: str) -> str:
    """The code in a scanned text: it stands alone, or in the address that holds it."""
    return text.rpartition(PATH)[2] if text.startswith(("https://", "http://")) else text


SECRET = Secret("activities.secret", "only-good-for-trying-out", "签署签到二维码的密钥", signs=True)
INTERVAL = Seconds("activities.code_interval", 25, "签到二维码每多少秒换一个", minimum=5)
GRACE = Seconds("activities.code_grace", 5, "换掉的二维码还有多少秒可用", minimum=0)
SETTINGS = (SECRET, INTERVAL, GRACE)


def read_codes(settings: Mapping) -> ClockinCodes:
    """The codes of this site, from ``activities.*``."""
    return ClockinCodes(
        secret=SECRET.read(settings).encode(),
        interval=INTERVAL.read(settings),
        grace=GRACE.read(settings),
        public_url=PUBLIC_URL.read(settings).rstrip("/"),
    )
