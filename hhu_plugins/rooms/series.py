"""Series: reservations that were planned and made together, and are looked after together.

Each date is a reservation like any other. What is decided about several of them at once is decided
as a group, whole or not at all.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from hhu_base.database import lock
from hhu_base.database.pg_notify import notify
from hhu_base.values.refusal import TOGETHER, FieldErrors
from hhu_plugins.rooms import groups, notifications, plans, recurrence
from hhu_plugins.rooms.decisions import LOCK, TOPIC
from hhu_plugins.rooms.intervals import Interval
from hhu_plugins.rooms.models import CANCELLED, CONFIRMED, PENDING, Reservation, Series, Term
from hhu_plugins.rooms.offers import Slot
from hhu_plugins.rooms.plans import FREE, Plan
from hhu_plugins.rooms.policy import BookingPolicy, check_times
from hhu_plugins.rooms.wishes import REPEATED_WITHIN

NO_TERM = "开始日期不在任何学期内，请选择学期。"
NO_SUCH_TERM = "没有这个学期。"
NOTHING_CHOSEN = "所有日期都跳过了，没有可以预约的。"
NOT_CHOSEN = "第{}次（{}）不能预约，请换会议室、换时间或跳过。"
NO_SUCH_DATE = "计划里没有第{}次。"
CHANGED = "计划有变化，请按新的计划确认后再提交。"
FULL = f"一个系列最多 {recurrence.MOST_DATES} 次。"
NONE_AHEAD = "这个系列没有尚未开始的预约。"


@dataclass(frozen=True, slots=True)
class Choice:
    """What is wanted instead of a date of the plan; None is as planned."""

    index: int
    skip: bool = False
    room_id: int | None = None
    reserve_from: datetime | None = None
    reserve_to: datetime | None = None


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
        if wanted[1:] != planned.slot[1:]:
            now = datetime.now(UTC)
            times = check_times(policy, now, *wanted[1:], may_exceed=may_exceed)
            wanted = Slot(wanted.room_id, *times)
        if wanted == planned.slot and planned.state != FREE:
            day = f"{start.astimezone(policy.zone):%Y-%m-%d}"
            raise FieldErrors({TOGETHER: [NOT_CHOSEN.format(planned.index, day)]})
        found[planned.index] = wanted
    if not found:
        raise FieldErrors({TOGETHER: [NOTHING_CHOSEN]})
    return found


def submit(
    session: Session,
    wanted: Sequence[Slot],
    *,
    user_id: int,
    by_user_id: int,
    description: str,
    rule: Mapping[str, Any],
    fingerprint: str,
    decide_within: timedelta | None,
    request_id: str | None = None,
) -> tuple[int, int]:
    """Write a series with these dates, to be decided as one; the ids of the series and the group.

    With ``groups.decide_now`` it is decided at once, for who may reserve for others. Raises
    FieldErrors.
    """
    made = Series(
        user_id=user_id,
        description=description,
        rule=dict(rule),
        fingerprint=fingerprint,
        request_id=request_id,
    )
    session.add(made)
    session.flush()
    wishes = [
        groups.NewReservation(user_id, slot.room_id, slot[1:], description, made.id)
        for slot in wanted
    ]
    group_id = groups.submit(
        session,
        wishes,
        by_user_id=by_user_id,
        decide_within=decide_within,
        request_id=request_id,
    )
    return made.id, group_id


def submit_change(
    session: Session,
    rows: Sequence[Reservation],
    wanted: Mapping[int, Slot],
    *,
    by_user_id: int,
    description: str | None,
    decide_within: timedelta | None,
    request_id: str | None = None,
) -> int | None:
    """Write the wish to change these dates, all or none, into those of ``wanted``; by the index.

    None where all of them are so already.
    """
    wishes = []
    for index, row in enumerate(rows, 1):
        slot = wanted.get(index)
        text = description if description != row.description else None
        stored = Slot(row.room_id, row.reserve_from, row.reserve_to)
        if slot is not None and (slot != stored or text is not None):
            wishes.append(
                groups.ChangedReservation(row.id, slot.room_id, slot[1:], text, row.revision)
            )
    if not wishes:
        return None
    return groups.submit(
        session,
        wishes,
        by_user_id=by_user_id,
        decide_within=decide_within,
        request_id=request_id,
    )


def shifted(
    policy: BookingPolicy,
    rows: Sequence[Reservation],
    *,
    room_id: int | None = None,
    reserve_from: datetime | None = None,
    reserve_to: datetime | None = None,
    may_exceed: bool = False,
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
            moved = recurrence.shifted(own, was, now, policy.zone)
            found += plans.slots(policy, room, [moved], may_exceed=may_exceed)
    return found


def find(session: Session, user_id: int, series_id: int) -> Series | None:
    """The user's own, if any of it was ever confirmed."""
    return session.scalar(
        sa.select(Series).where(
            Series.id == series_id, Series.user_id == user_id, Series.dates_count > 0
        )
    )


def reservations(
    session: Session, series_id: int, *, begin_after: datetime | None = None
) -> list[Reservation]:
    """The confirmed dates of a series, in the order of time."""
    statement = (
        sa.select(Reservation)
        .options(joinedload(Reservation.room), joinedload(Reservation.series))
        .where(Reservation.series_id == series_id, Reservation.status == CONFIRMED)
        .order_by(Reservation.reserve_from, Reservation.id)
    )
    if begin_after is not None:
        statement = statement.where(Reservation.reserve_from > begin_after)
    return list(session.scalars(statement))


def fingerprint(asked: Mapping[str, Any]) -> str:
    """Of all that is asked for, as the schema has read it."""
    text = json.dumps(dict(asked), sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def find_repeated(
    session: Session, user_id: int, fingerprint: str, request_id: str | None
) -> Series | None:
    """The series that the same request has made: a moment ago, or under the same request id."""
    again = sa.func.clock_timestamp() - REPEATED_WITHIN
    return session.scalars(
        sa.select(Series)
        .where(
            Series.user_id == user_id,
            Series.fingerprint == fingerprint,
            Series.dates_count > 0,
            sa.or_(Series.created_at > again, Series.request_id == request_id),
            sa.exists().where(Reservation.series_id == Series.id, Reservation.status == CONFIRMED),
        )
        .order_by(Series.id)
        .limit(1)
    ).first()


def cancel_ahead(
    session: Session,
    policy: BookingPolicy,
    series_id: int,
    *,
    by_user_id: int,
    reason: str = "",
) -> int:
    """Give back the dates of a series that have not begun; returns how many there were."""
    # Who decides takes several of these rows in an order of his own.
    lock(session, LOCK)
    cancelled = session.scalars(
        sa.update(Reservation)
        .where(
            Reservation.series_id == series_id,
            Reservation.status.in_((PENDING, CONFIRMED)),
            Reservation.reserve_from > sa.func.clock_timestamp(),
        )
        .values(
            status=CANCELLED,
            status_reason=reason,
            status_changed_at=sa.func.clock_timestamp(),
            status_changed_by=by_user_id,
        )
        .returning(Reservation)
        .execution_options(synchronize_session=False, populate_existing=True)
    ).all()
    notify(session, TOPIC, dict.fromkeys(row.id for row in cancelled))
    for row in cancelled:
        notifications.notify_holder(
            session,
            row,
            notifications.CANCELLED,
            by_user_id=by_user_id,
            after=policy.notify_after,
        )
    return len(cancelled)
