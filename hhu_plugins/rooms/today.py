"""What 今天 says about the rooms: one's own reservations, today's and the next ones, with what they want."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from hhu_plugins.rooms import checkins, display
from hhu_plugins.rooms.models import CONFIRMED, HELD, PENDING, REQUESTED, Reservation
from hhu_plugins.rooms.pages import words

_LINES = 5
_AHEAD = timedelta(days=14)


def my_reservations(request) -> dict[str, Any] | None:
    """Those of the next two weeks; None: there are none."""
    now, policy = datetime.now(UTC), request.registry["rooms.policy"]
    is_kept = sa.or_(
        Reservation.status.in_((CONFIRMED, PENDING, REQUESTED)),
        sa.and_(Reservation.status == HELD, Reservation.hold_until > now),
    )
    found = request.db.scalars(
        sa.select(Reservation)
        .where(
            is_kept,
            Reservation.user_id == request.identity.user_id,
            Reservation.reserve_to > now,
            Reservation.reserve_from < now + _AHEAD,
        )
        # A hold can't wait until its day has come.
        .order_by(Reservation.status != HELD, Reservation.reserve_from, Reservation.id)
        .limit(_LINES + 1)
        .options(joinedload(Reservation.room))
    ).all()
    if not found:
        return None
    return {
        "lines": [_line(policy, row, now) for row in found[:_LINES]],
        "url": words.RESERVATIONS,
        "more": "后面还有" if len(found) > _LINES else "",
    }


def _line(policy, row: Reservation, now: datetime) -> dict[str, Any]:
    start = row.reserve_from.astimezone(policy.zone)
    is_today = start.date() <= now.astimezone(policy.zone).date()
    word, tone = words.state(policy, row, now)
    wanted = ""
    if checkins.is_open(policy, row, now):
        wanted = "checkin"
    elif row.status == HELD:
        wanted = "confirm"
    return {
        "time": "今天" if is_today else f"{start:%m-%d}",
        "clock": display.clock_span(row.reserve_from, row.reserve_to, policy.zone),
        "room": display.full_name(row.room),
        "note": display.shortened(row.description, 30),
        "url": words.path_of(row),
        # That it is reserved needs no word.
        "word": "" if word == words.RESERVED else word,
        "tone": tone,
        "wanted": wanted,
    }
