"""Reminders: what falls due by itself is told once, whatever dies meanwhile.

A plugin says what is due now, again and again; the base tells each once::

    config.add_notice_kind("rooms.reminder", "会议开始前的提醒", is_reminder=True)
    config.add_reminder("rooms.reminder", find_due)

``find_due(request)`` reads what is true and locks what it has read, so that nobody is reminded of
what is being moved at this moment: ``.where(not_reminded(…)).with_for_update(read=True,
skip_locked=True)``. What has moved is another reminder, of its new time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from hhu_base.database import among
from hhu_base.models import User
from hhu_base.notifications.models import DoneReminder
from hhu_base.notifications.notices import Link, notify

# Longer than anything stays due.
_KEPT = timedelta(days=30)


@dataclass(frozen=True)
class Reminder:
    """``thing_id`` and ``at`` say of what: a row of the plugin's, and its time."""

    user_id: int
    thing_id: int
    at: datetime
    subject: str
    body: str
    cause: str = ""
    links: tuple[Link, ...] = ()


FindDue = Callable[[Any], Iterable[Reminder]]


def add_reminder(config, kind: str, find_due: FindDue) -> None:
    """Directive: ``find_due(request)`` gives what people are to be reminded of now."""
    entry = (config.registry["plugins.current"], kind, find_due)
    config.action(("reminder", kind), lambda: config.registry["notices.reminders"].append(entry))


def not_reminded(kind: str, thing_id, at, user_id) -> sa.ColumnElement[bool]:
    """Of columns of the plugin's: nobody has been reminded of this yet."""
    return ~sa.exists().where(
        DoneReminder.kind == kind,
        DoneReminder.thing_id == thing_id,
        DoneReminder.at == at,
        DoneReminder.user_id == user_id,
    )


def remind(session: Session, kind: str, due: Iterable[Reminder]) -> int:
    """Tell each that has not been told yet, in this transaction; returns how many."""
    due = list(due)
    found = session.scalars(
        sa.select(User).where(among(User.id, {reminder.user_id for reminder in due}))
    )
    users = {user.id: user for user in found}
    return sum(
        _tell_once(session, kind, users[reminder.user_id], reminder)
        for reminder in due
        if reminder.user_id in users
    )


def _tell_once(session: Session, kind: str, user: User, reminder: Reminder) -> bool:
    # Two workers at the same time: the second waits for the first, and finds its row.
    row = insert(DoneReminder).values(
        kind=kind, thing_id=reminder.thing_id, at=reminder.at, user_id=user.id
    )
    if session.scalar(row.on_conflict_do_nothing().returning(DoneReminder.user_id)) is None:
        return False
    notify(
        session,
        user,
        kind,
        reminder.subject,
        reminder.body,
        cause=reminder.cause,
        links=reminder.links,
    )
    return True


def sweep(session: Session) -> None:
    """Forget the reminders of long ago."""
    session.execute(
        sa.delete(DoneReminder)
        .where(DoneReminder.at < sa.func.now() - _KEPT)
        .execution_options(synchronize_session=False)
    )
