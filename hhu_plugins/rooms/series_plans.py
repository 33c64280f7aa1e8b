"""From what is asked for to the slots of a plan, and from the plan to what is wanted of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.values.refusal import TOGETHER, FieldErrors
from hhu_plugins.rooms import plans, recurrence
from hhu_plugins.rooms.intervals import Interval
from hhu_plugins.rooms.models import Reservation, Term
from hhu_plugins.rooms.offers import Slot
from hhu_plugins.rooms.plans import FREE, Plan
from hhu_plugins.rooms.policy import BookingPolicy, check_times

NO_TERM = "开始日期不在任何学期内，请选择学期。"
NO_SUCH_TERM = "没有这个学期。"
NOTHING_CHOSEN = "所有日期都跳过了，没有可以预约的。"
NOT_CHOSEN = "第{}次（{}）不能预约，请换会议室、换时间或跳过。"
NO_SUCH_DATE = "计划里没有第{}次。"


@dataclass(frozen=True, slots=True)
class Choice:
    """What is wanted instead of a date of the plan; None is as planned."""

    index: int
    skip: bool = False
    room_id: int | None = None
    reserve_from: datetime | None = None
    reserve_to: datetime | None = None


def read_choices(dates: Sequence[Mapping[str, Any]]) -> list[Choice]:
    """As the schemas have them."""
    return [
        Choice(
            each["index"],
            each["skip"],
            each["meetingroom"],
            each["reserve_from"],
            each["reserve_to"],
        )
        for each in dates
    ]


def rule_dates(
    session: Session, rule: Mapping[str, Any], first: Interval, zone: ZoneInfo
) -> list[Interval]:
    """The dates of a rule, on which ``recurrence`` tells more. Raises FieldErrors."""
    weeks = None
    if rule.get("weeks") is not None:
        term = _term(session, rule.get("term"), first[0].astimezone(zone).date())
        weeks = recurrence.TeachingWeeks(term.first_monday, term.weeks_count)
    return recurrence.dates(rule, first, zone, weeks)


def _term(session: Session, term_id: int | None, day: date) -> Term:
    if term_id is not None:
        found = session.get(Term, term_id)
        if found is None:
            raise recurrence.wrong("term", NO_SUCH_TERM)
        return found
    begun = sa.select(Term).where(Term.first_monday <= day).order_by(Term.first_monday.desc())
    found = session.scalars(begun.limit(1)).first()
    if found is None or day >= found.first_monday + timedelta(weeks=found.weeks_count):
        raise recurrence.wrong("term", NO_TERM)
    return found


def shifted(
    policy: BookingPolicy,
    rows: Sequence[Reservation],
    *,
    room_id: int | None = None,
    reserve_from: datetime | None = None,
    reserve_to: datetime | None = None,
) -> list[Slot]:
    """The slots of these reservations, if the first of them gets this room and these times.

    The others are moved alike. Raises Refusal as ``plans.slots``.
    """
    was = (rows[0].reserve_from, rows[0].reserve_to)
    now = (reserve_from or was[0], reserve_to or was[1])
    found = []
    for row in rows:
        own = (row.reserve_from, row.reserve_to)
        room = row.room_id if room_id is None else room_id
        if now == was:
            found.append(Slot(room, *own))
        else:
            try:
                moved = recurrence.shifted(own, was, now, policy.zone)
            except OverflowError:  # beyond the last year that there is
                raise FieldErrors({TOGETHER: [recurrence.TOO_FAR]}) from None
            found += plans.slots(policy, room, [moved])
    return found


def chosen(
    policy: BookingPolicy, plan: Plan, choices: Sequence[Choice], *, may_exceed: bool = False
) -> dict[int, Slot]:
    """The slots that are wanted of a plan, by the index of the date.

    Raises FieldErrors where one can't be had as planned and nothing else is chosen for it, and
    Refusal where other times are beyond the limits.
    """
    by_index = {choice.index: choice for choice in choices}
    for index in by_index:
        if not 1 <= index <= len(plan.dates):
            raise FieldErrors({TOGETHER: [NO_SUCH_DATE.format(index)]})
    found: dict[int, Slot] = {}
    for planned in plan.dates:
        choice = by_index.get(planned.index, Choice(planned.index))
        if choice.skip:
            continue
        room_id, start, end = planned.slot
        wanted = Slot(
            choice.room_id or room_id, choice.reserve_from or start, choice.reserve_to or end
        )
        if wanted != planned.slot:
            rules = plan.rules.get(wanted.room_id, policy)
            times = check_times(rules, datetime.now(UTC), *wanted[1:], may_exceed=may_exceed)
            wanted = Slot(wanted.room_id, *times)
        if wanted == planned.slot and planned.state != FREE:
            day = f"{start.astimezone(policy.zone):%Y-%m-%d}"
            raise FieldErrors({TOGETHER: [NOT_CHOSEN.format(planned.index, day)]})
        found[planned.index] = wanted
    if not found:
        raise FieldErrors({TOGETHER: [NOTHING_CHOSEN]})
    return found
