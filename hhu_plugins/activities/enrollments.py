"""The rules of enrolling: the one path by which a place is taken, waited for, or given back.

Whatever takes or frees a place locks the activity's row first, then looks, then writes, so there
is never one too many, however many ask at once. The order of the refusals is the contract's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from hhu_base.models import User
from hhu_base.values.refusal import TOGETHER, Refusal
from hhu_plugins.activities import form_files, form_variants, waiting_list
from hhu_plugins.activities.answers import BadAnswers, clean
from hhu_plugins.activities.models import Activity, Clockin, ClockinItem, Enrollment, FormFile
from hhu_plugins.activities.waiting_list import MovedUp

NOT_OPEN = "报名通道暂未开启。"
TOO_LATE = "报名已经截止。"
ENDED = "该活动已结束，无法继续报名。"
FULL = "报名人数已经达到上限，无法继续报名。"
ALREADY = "你已经报名过该活动。"
ENDED_ALREADY = "该活动已结束，无法取消报名。"
HAS_CLOCKED_IN = "您已在该活动打卡，无法取消报名。"


class NoSuchActivity(Exception):
    """There is no activity with this id."""


@dataclass(frozen=True)
class Enrolled:
    """A place was free. ``moved_up`` are those who had waited and came before."""

    enrollment_id: int
    moved_up: list[MovedUp]


@dataclass(frozen=True)
class Queued:
    """No place was free; ``position`` counts from one."""

    position: int
    moved_up: list[MovedUp]


def enroll(
    session: Session,
    *,
    activity_id: int,
    user_id: int,
    answers: object,
    now: datetime,
    may_wait: bool = False,
    files: Mapping[str, FormFile] | None = None,
) -> Enrolled | Queued:
    """Take a place, or with ``may_wait`` the next position in the activity's waiting list.

    ``files``: what this person has sent (``form_files.own``), field → file; None: from a client that
    can't. Raises NoSuchActivity, or Refusal with the contract's refusal.
    """
    # Without the lock at first: when hundreds ask for the last places, most are refused here.
    wish = _Wish(activity_id, user_id, answers, may_wait, files)
    _check(session, wish, now)
    lock_activity(session, activity_id)
    moved_up = waiting_list.fill_places(session, activity_id, now)
    facts, cleaned = _check(session, wish, now)
    form_files.mark_used(session, cleaned)
    if facts.is_full:
        position = waiting_list.join(session, activity_id, user_id, cleaned)
        return Queued(position, moved_up)
    enrollment_id = session.scalar(
        insert(Enrollment)
        .values(activity_id=activity_id, user_id=user_id, participating_metas=cleaned)
        .on_conflict_do_nothing()
        .returning(Enrollment.id)
    )
    if enrollment_id is None:  # only an import that takes no lock comes between
        raise Refusal(ALREADY, TOGETHER)
    return Enrolled(enrollment_id, moved_up)


def cancel(
    session: Session,
    enrollment_id: int,
    *,
    now: datetime,
    holder_id: int | None = None,
) -> list[MovedUp] | None:
    """Give a place back, and let the longest-waiting person have it; None: there is no such place.

    ``holder_id`` restricts it to the enrollments of that user, who can't undo what has happened:
    after the end, or once clocked in, it is refused. An administrator, without it, may do both.
    Raises Refusal.
    """
    mine = Enrollment.id == enrollment_id
    if holder_id is not None:
        mine &= Enrollment.user_id == holder_id
    activity_id = session.scalar(sa.select(Enrollment.activity_id).where(mine))
    if activity_id is None:
        return None
    lock_activity(session, activity_id)
    # Somebody who is clocking in at this moment holds this row: wait for them, then look.
    found = session.scalar(sa.select(Enrollment.user_id).where(mine).with_for_update())
    if found is None:
        return None
    if holder_id is not None:
        _check_undoable(session, activity_id, holder_id, now)
    session.execute(sa.delete(Enrollment).where(mine).execution_options(synchronize_session=False))
    return waiting_list.fill_places(session, activity_id, now)


def lock_activity(session: Session, activity_id: int) -> None:
    """Hold the places of an activity until the transaction ends. Raises NoSuchActivity."""
    # NO KEY: who only refers to the row, such as a new clock-in item, need not wait.
    statement = (
        sa.select(Activity.id).where(Activity.id == activity_id).with_for_update(key_share=True)
    )
    if session.scalar(statement) is None:
        raise NoSuchActivity


@dataclass(frozen=True)
class _Facts:
    is_open: bool
    has_ended: bool
    is_too_late: bool
    is_full: bool
    has_waiting_list: bool
    is_enrolled: bool
    form: dict[str, Any]


@dataclass(frozen=True)
class _Wish:
    activity_id: int
    user_id: int
    answers: object
    may_wait: bool
    files: Mapping[str, FormFile] | None


def _check(session: Session, wish: _Wish, now: datetime) -> tuple[_Facts, dict[str, Any]]:
    """What speaks against it, in the contract's order; else the facts and the cleaned answers."""
    facts = _facts(session, wish.activity_id, wish.user_id, now)
    if not facts.is_open:
        raise Refusal(NOT_OPEN, "activity")
    if facts.has_ended:
        raise Refusal(ENDED, "activity")
    if facts.is_too_late:
        raise Refusal(TOO_LATE, "activity")
    if facts.is_full and not (wish.may_wait and facts.has_waiting_list):
        raise Refusal(FULL, "activity")
    if facts.is_enrolled:
        raise Refusal(ALREADY, TOGETHER)
    form = facts.form
    if form_variants.has_fills(form):
        form = form_variants.filled(form, session.get(User, wish.user_id))
    files = wish.files
    sent = (
        None if files is None else {name: form_files.answer(each) for name, each in files.items()}
    )
    try:
        return facts, clean(form, wish.answers, sent)
    except BadAnswers as problem:
        raise Refusal(str(problem), TOGETHER) from None


def _facts(session: Session, activity_id: int, user_id: int, now: datetime) -> _Facts:
    here = Enrollment.activity_id == Activity.id
    count = sa.select(sa.func.count()).select_from(Enrollment).where(here).scalar_subquery()
    row = session.execute(
        sa.select(
            Activity.open_for_enrollment,
            Activity.time_end,
            Activity.enroll_until,
            Activity.has_waiting_list,
            Activity.form_metas,
            (count >= Activity.participants_total_limit).label("is_full"),
            sa.exists().where(here, Enrollment.user_id == user_id).label("is_enrolled"),
        ).where(Activity.id == activity_id)
    ).first()
    if row is None:
        raise NoSuchActivity
    return _Facts(
        is_open=row.open_for_enrollment,
        has_ended=row.time_end <= now,
        is_too_late=row.enroll_until is not None and row.enroll_until <= now,
        is_full=bool(row.is_full),  # null: no limit
        has_waiting_list=row.has_waiting_list,
        is_enrolled=row.is_enrolled,
        form=row.form_metas,
    )


def _check_undoable(session: Session, activity_id: int, user_id: int, now: datetime) -> None:
    time_end = session.scalar(sa.select(Activity.time_end).where(Activity.id == activity_id))
    if time_end is not None and time_end <= now:
        raise Refusal(ENDED_ALREADY)
    has_clocked_in = sa.exists().where(
        Clockin.user_id == user_id,
        Clockin.item_id == ClockinItem.id,
        ClockinItem.activity_id == activity_id,
    )
    if session.scalar(sa.select(has_clocked_in)):
        raise Refusal(HAS_CLOCKED_IN)
