"""The queries behind the lists of the mini-program, each with its counts in one statement."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, joinedload

from hhu_base.database.keys import contains, sounds_like
from hhu_base.models import User
from hhu_base.values.search import search_words
from hhu_plugins.activities.models import Activity, Enrollment, WaitingEntry

Listed = sa.Row[Activity, int, int, User]


def activities(user_id: int, *, my: bool = False, search: str = "") -> sa.Select:
    """Those open for enrollment, or with ``my`` those that the user is enrolled in; newest first."""
    statement = _with_counts(user_id).order_by(Activity.id.desc())
    statement = statement.where(_is_enrolled(user_id) if my else Activity.open_for_enrollment)
    for word in search_words(search):
        statement = statement.where(contains([Activity.name], word))
    return statement


def matches(word: str) -> sa.ColumnElement[bool]:
    """Whether the word occurs in name or place of an activity, or is typed in pinyin for them."""
    return contains([Activity.search_key], word) | sounds_like(
        [Activity.name_key, Activity.location_key], word
    )


def listed(
    user_id: int, now: datetime, words: Iterable[str] = (), *, my: bool = False
) -> sa.Select:
    """Those that the user sees, or has to do with; the next one first, and what is over last."""
    is_over = Activity.time_end <= now
    start = sa.func.extract("epoch", Activity.time_start)
    statement = visible(user_id).where(*(matches(word) for word in words))
    if my:
        statement = statement.where(_is_enrolled(user_id) | _waits(user_id))
    return statement.order_by(is_over, sa.case((is_over, -start), else_=start), Activity.id)


def visible(user_id: int) -> sa.Select:
    """Those open for enrollment, or that the user is enrolled in or waits for."""
    return _with_counts(user_id).where(
        Activity.open_for_enrollment | _is_enrolled(user_id) | _waits(user_id)
    )


def activity(session: Session, activity_id: int, user_id: int) -> Listed | None:
    """One that is open for enrollment, or that the user is enrolled in."""
    return session.execute(
        _with_counts(user_id).where(
            Activity.id == activity_id, Activity.open_for_enrollment | _is_enrolled(user_id)
        )
    ).first()


def enrollments(user_id: int) -> sa.Select:
    """The user's own, newest first."""
    return sa.select(Enrollment).where(Enrollment.user_id == user_id).order_by(Enrollment.id.desc())


def waiting(user_id: int) -> sa.Select:
    """Where the user waits, newest first, with the positions."""
    before = aliased(WaitingEntry)
    position = (
        sa.select(sa.func.count())
        .where(before.activity_id == WaitingEntry.activity_id, before.id <= WaitingEntry.id)
        .scalar_subquery()
    )
    return (
        sa.select(WaitingEntry, position.label("position"))
        .where(WaitingEntry.user_id == user_id)
        .order_by(WaitingEntry.id.desc())
    )


def _with_counts(user_id: int) -> sa.Select:
    here = sa.select(sa.func.count()).where(Enrollment.activity_id == Activity.id)
    return (
        sa.select(
            Activity,
            here.scalar_subquery().label("enrollment_count"),
            here.where(Enrollment.user_id == user_id)
            .scalar_subquery()
            .label("my_enrollment_count"),
            # Who asks: their card fills in some fields of the form.
            User,
        )
        .join(User, User.id == user_id)
        .options(joinedload(User.department))
    )


def _is_enrolled(user_id: int) -> sa.ColumnElement[bool]:
    return sa.exists().where(Enrollment.activity_id == Activity.id, Enrollment.user_id == user_id)


def _waits(user_id: int) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        WaitingEntry.activity_id == Activity.id, WaitingEntry.user_id == user_id
    )
