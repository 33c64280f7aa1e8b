"""What is to be said of every room at one time to those who may go beyond the limits.

Who has it, why it is closed, which limit would be exceeded.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from hhu_base.values.refusal import Refusal
from hhu_plugins.rooms import closed_times, occupancy
from hhu_plugins.rooms.closed_times import CLOSED, Closed
from hhu_plugins.rooms.eligibility import may_book
from hhu_plugins.rooms.intervals import Interval, to_utc
from hhu_plugins.rooms.models import Reservation
from hhu_plugins.rooms.occupancy import ROOMS, Room
from hhu_plugins.rooms.policy import BookingPolicy, ExceedsPolicy, check_times


@dataclass(frozen=True, slots=True)
class RoomState:
    """``limit``: the sentence of the limit that administrators would exceed, knowingly.

    ``is_eligible``: whether the holder might book it themselves, as a member of its departments.
    """

    room: Room
    taken_by: tuple[Reservation, ...] = ()
    closures: tuple[Closed, ...] = ()
    limit: str = ""
    is_eligible: bool = True

    @property
    def is_free(self) -> bool:
        return not self.taken_by and not self.closures


def room_states(
    session: Session,
    policy: BookingPolicy,
    now: datetime,
    interval: Interval,
    *,
    seats: int | None = None,
    location: str | None = None,
    equipment: Collection[str] = (),
    holder_id: int | None = None,
) -> list[RoomState]:
    """The rooms that fit, the smaller first; ``location`` is exact. In four statements at most."""
    start, end = policy.widen(*to_utc(interval))
    taken: dict[int, list[Reservation]] = defaultdict(list)
    with_holders = occupancy.reservations((start, end)).options(joinedload(Reservation.user))
    for row in session.scalars(with_holders):
        taken[row.room_id].append(row)
    closed = closed_times.read(session, start, end)
    eligible = None
    if holder_id is not None:
        holder = sa.literal(holder_id, sa.BigInteger)
        eligible = set(session.scalars(sa.select(ROOMS.c.id).where(may_book(ROOMS.c.id, holder))))
    found = []
    for room in occupancy.rooms(session, seats=seats, equipment=equipment):
        if location is not None and room.location != location:
            continue
        shut = closed.during(room, start, end)
        found.append(
            RoomState(
                room,
                tuple(taken[room.id]),
                tuple(each for each in shut if each.is_closure),
                _limit(policy.of(room), now, (start, end), shut),
                eligible is None or room.id in eligible,
            )
        )
    return found


def _limit(policy: BookingPolicy, now: datetime, interval: Interval, shut: list[Closed]) -> str:
    try:
        check_times(policy, now, *interval)
    except ExceedsPolicy as limit:
        return str(limit)
    except Refusal:
        return ""  # it can't be stored, whatever the limits
    return CLOSED if any(not each.is_closure for each in shut) else ""
