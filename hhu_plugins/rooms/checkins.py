"""Whether people come: they check in, or the rest of their time is given away.

Both under the lock of ``decisions``: of a release and a late check-in one happens, never both.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.values.refusal import TOGETHER, Refusal
from hhu_plugins.rooms import waiting_notices
from hhu_plugins.rooms.models import CONFIRMED, RELEASED, Reservation
from hhu_plugins.rooms.occupancy import RESERVATIONS, ROOMS, not_over
from hhu_plugins.rooms.policy import GONE, OVER, BookingPolicy
from hhu_plugins.rooms.waiting import Freed

# One who comes early finds the room still used by others, but the page at the door already there.
EARLY = timedelta(minutes=10)

NOT_WANTED = "该会议室不需要签到。"
TOO_EARLY = f"开始前 {EARLY // timedelta(minutes=1)} 分钟起才能签到。"
RELEASED_ALREADY = "签到时间已过，会议室已经释放。"
NOBODY_CAME = "没有人签到。"

_EARLY = sa.literal_column(f"interval '{EARLY // timedelta(minutes=1)} minutes'", sa.Interval())


def is_wanted(row: Reservation) -> bool:
    """Whether somebody has to check in: not where the room did not want it when this began."""
    since = row.room.checkin_since
    return row.status == CONFIRMED and since is not None and row.reserve_from >= since


def is_checked_in(row: Reservation) -> bool:
    """For the time that it has now: who has checked in and moved it has to come again."""
    return row.checked_in_at is not None and row.checked_in_at >= row.reserve_from - EARLY


def deadline(policy: BookingPolicy, row: Reservation) -> datetime:
    """Who got the room while the meeting was to begin already has as long from then on."""
    return max(row.reserve_from, row.status_changed_at) + policy.release_after


def is_open(policy: BookingPolicy, row: Reservation, now: datetime) -> bool:
    """Whether a check-in is wanted and possible at this moment."""
    return (
        is_wanted(row)
        and not is_checked_in(row)
        and row.reserve_from - EARLY <= now < min(deadline(policy, row), row.reserve_to)
    )


def check_in(policy: BookingPolicy, row: Reservation) -> None:
    """Somebody is there; again is no harm. ``row`` is of ``booking.find_locked``. Raises Refusal."""
    now = datetime.now(UTC)
    if row.status == RELEASED:
        raise Refusal(RELEASED_ALREADY, TOGETHER)
    if row.status != CONFIRMED:
        raise Refusal(GONE, TOGETHER)
    if is_checked_in(row):
        return
    if row.reserve_to <= now:
        raise Refusal(OVER, TOGETHER)
    if row.room.checkin_since is None:
        raise Refusal(NOT_WANTED, TOGETHER)
    if now < row.reserve_from - EARLY:
        raise Refusal(TOO_EARLY, TOGETHER)
    # Even if nobody has noted the release yet.
    if is_wanted(row) and now >= deadline(policy, row):
        raise Refusal(RELEASED_ALREADY, TOGETHER)
    row.checked_in_at = now


_COLUMNS = RESERVATIONS.c
_DEADLINE = sa.func.greatest(_COLUMNS.reserve_from, _COLUMNS.status_changed_at) + sa.bindparam(
    "release_after", type_=sa.Interval
)
_SELECT_DUE = (
    sa.select(_COLUMNS.id)
    .join(ROOMS, ROOMS.c.id == _COLUMNS.room_id)
    .where(
        _COLUMNS.status == sa.literal_column(f"'{CONFIRMED}'"),
        ROOMS.c.checkin_since <= _COLUMNS.reserve_from,
        _COLUMNS.checked_in_at.is_(None)
        | (_COLUMNS.checked_in_at < _COLUMNS.reserve_from - _EARLY),
        # For the index, which can't use a time that goes on. What begins during a transaction that
        # waited is found by the next one.
        not_over(sa.func.now()),
        _COLUMNS.reserve_from <= sa.func.now(),
        sa.func.clock_timestamp() >= _DEADLINE,
        _COLUMNS.reserve_to > sa.func.clock_timestamp(),
    )
    .order_by(_COLUMNS.id)
)


def find_due(session: Session, policy: BookingPolicy) -> list[int]:
    """The ids of those whose time is to be given away."""
    parameters = {"release_after": policy.release_after}
    return list(session.scalars(_SELECT_DUE, parameters))


def release_due(session: Session, policy: BookingPolicy) -> list[Freed]:
    """Release the rooms where nobody came; returns what is free. Under the lock."""
    now = datetime.now(UTC)
    freed = []
    for id_ in find_due(session, policy):
        row = session.get_one(Reservation, id_, populate_existing=True)
        row.status, row.status_reason, row.status_changed_by = RELEASED, NOBODY_CAME, None
        row.status_changed_at = sa.func.clock_timestamp()
        freed.append(Freed(row.room_id, now, row.reserve_to))
        waiting_notices.tell_of_release(session, row, policy.zone)
    session.flush()
    return freed
