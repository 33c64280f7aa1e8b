"""How much one person may have at once: reservations that are not over, and hours in a week.

Asked under the lock of the decisions, with what is decided together: two requests at one moment
can't both be the last. Administrators have no such limits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.models import GroupPermission, User, UserPermission, group_users
from hhu_plugins.rooms.intervals import Interval
from hhu_plugins.rooms.occupancy import RESERVATIONS, taken_ahead
from hhu_plugins.rooms.policy import BookingPolicy

_WEEK = timedelta(days=7)
_USERS = User.__table__.c
_HAS_CHANGE = sa.or_(
    sa.exists()
    .where(
        group_users.c.user_id == _USERS.id,
        group_users.c.group_id == GroupPermission.group_id,
        GroupPermission.permission == "rooms.change",
    )
    .correlate(User.__table__),
    sa.exists()
    .where(UserPermission.user_id == _USERS.id, UserPermission.permission == "rooms.change")
    .correlate(User.__table__),
)
_IS_ADMINISTRATOR = _USERS.is_staff & (_USERS.is_superuser | _HAS_CHANGE)
# Nobody who has no limits; somebody without a reservation is there all the same.
_SELECT_HELD = (
    sa.select(_USERS.id, RESERVATIONS.c.id, RESERVATIONS.c.reserve_from, RESERVATIONS.c.reserve_to)
    .select_from(User.__table__)
    .join(
        RESERVATIONS,
        sa.and_(
            RESERVATIONS.c.user_id == _USERS.id,
            taken_ahead(sa.bindparam("since", type_=sa.DateTime(timezone=True))),
        ),
        isouter=True,
    )
    .where(
        _USERS.id == sa.any_(sa.bindparam("user_ids", type_=sa.ARRAY(sa.BigInteger))),
        ~_IS_ADMINISTRATOR,
    )
)


class PersonLimits:
    """What these people have, and whether they may have more.

    ``held``: user → id of a reservation → its time; who is not in it has no limits.
    """

    def __init__(self, policy: BookingPolicy, now: datetime, held: dict[int, dict[int, Interval]]):
        self._policy, self._now, self._held = policy, now, held

    def refusal(self, row: Any, *, instead_of: int | None = None) -> str:
        """Why its user can't have this one, too; empty: they can. ``row``: ``user_id``, its times.

        ``instead_of``: the reservation that they give for it.
        """
        held = self._held.get(row.user_id)
        if held is None:
            return ""
        others = [interval for id_, interval in held.items() if id_ != instead_of]
        most, hours = self._policy.max_open, self._policy.max_hours_a_week
        if most and sum(end > self._now for _, end in others) >= most:
            return f"每人最多有{most}个未结束的预约，请先取消一个再预约。"
        wanted = (row.reserve_from, row.reserve_to)
        if hours and any(
            _inside(week, [wanted, *others]) > timedelta(hours=hours)
            for week in _weeks(self._policy, wanted)
        ):
            return f"每人每周最多预约{hours}小时，您这一周的预约已超出。"
        return ""

    def take(self, row: Any, *, instead_of: int | None = None) -> None:
        """They have it now. ``row``: as in ``refusal``, and its ``id``."""
        held = self._held.get(row.user_id)
        if held is not None:
            held.pop(instead_of or 0, None)
            held[row.id] = (row.reserve_from, row.reserve_to)

    def refusal_of(self, group: Sequence[Any]) -> str:
        """Why the wishes of a group can't all be granted to their users; for rows see ``wishes``.

        What administrators ask for others has no such limits, nor what takes no other time.
        """
        held = {user_id: dict(their) for user_id, their in self._held.items()}
        try:
            for wish in group:
                if _counts(wish):
                    sentence = self.refusal(wish, instead_of=wish.reservation_id)
                    if sentence:
                        return sentence
                self.take(wish, instead_of=wish.reservation_id)
            return ""
        finally:
            self._held = held

    def take_all(self, group: Sequence[Any]) -> None:
        """The wishes of a group are granted."""
        for wish in group:
            self.take(wish, instead_of=wish.reservation_id)


def _counts(wish: Any) -> bool:
    is_moved = wish.reservation_id is None or (wish.reserve_from, wish.reserve_to) != (
        wish.was_from,
        wish.was_to,
    )
    return wish.by_user_id is None and is_moved


def load(session: Session, policy: BookingPolicy, rows: Sequence[Any]) -> PersonLimits | None:
    """The limits of those whose ``rows`` are to be decided; None where there are none."""
    if not rows or not (policy.max_open or policy.max_hours_a_week):
        return None
    now = datetime.now(UTC)
    since = now
    if policy.max_hours_a_week:
        since = min(
            since, *(next(_weeks(policy, (row.reserve_from, row.reserve_to)))[0] for row in rows)
        )
    user_ids = list({row.user_id for row in rows})
    found = session.execute(_SELECT_HELD, {"since": since, "user_ids": user_ids})
    held: dict[int, dict[int, Interval]] = defaultdict(dict)
    for user_id, id_, start, end in found:
        their = held[user_id]
        if id_ is not None:
            their[id_] = (start, end)
    return PersonLimits(policy, now, dict(held))


def _weeks(policy: BookingPolicy, interval: Interval) -> Iterator[Interval]:
    """The weeks of the site's calendar, from Monday on, that an interval touches."""
    start, end = interval
    day = start.astimezone(policy.zone).date()
    monday = day - timedelta(days=day.weekday())
    while (first := datetime.combine(monday, time(), policy.zone).astimezone(UTC)) < end:
        monday += _WEEK
        yield first, datetime.combine(monday, time(), policy.zone).astimezone(UTC)


def _inside(week: Interval, intervals: Sequence[Interval]) -> timedelta:
    """How much of the week they take."""
    spans = (min(end, week[1]) - max(start, week[0]) for start, end in intervals)
    return sum((span for span in spans if span > timedelta(0)), timedelta(0))
