"""Telling the holder of a reservation what somebody else has done with it.

The one place for it: it is called in the transaction of every such change. There is no mail yet,
so nothing is sent; what will be sent has to be a row that commits with its cause.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from hhu_plugins.rooms.models import Reservation

RESERVED, MOVED, CANCELLED, RESTORED = "reserved", "moved", "cancelled", "restored"


@dataclass(frozen=True)
class Place:
    """Where and when a reservation is, or was before it was moved."""

    room_id: int
    reserve_from: datetime
    reserve_to: datetime

    @classmethod
    def of(cls, reservation: Reservation) -> Place:
        return cls(reservation.room_id, reservation.reserve_from, reservation.reserve_to)


def tell_holder(
    session: Session,
    reservation: Reservation,
    what: str,
    *,
    was: Place | None = None,
    reason: str = "",
) -> None:
    """``what`` was done to it; ``was`` is where it had been, ``reason`` a sentence for the holder."""
