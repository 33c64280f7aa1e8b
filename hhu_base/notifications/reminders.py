"""Reminders: what falls due by itself is told once, whatever dies meanwhile.

A plugin says what is due now, again and again; the base tells each once::

    config.add_notice_kind("rooms.reminder", "会议开始前的提醒", is_reminder=True)
    config.add_reminder("rooms.reminder", find_due)

``find_due(request)`` reads what is true, locks what it has read (``with_for_update(read=True,
skip_locked=True)``), and gives a :class:`Reminder` for each. So nobody is reminded of what has moved
or is gone: its key names the time, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
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
    """``key`` names the thing and its time, such as ``17 2026-11-30T08:00:00+00:00``."""

    user_id: int
    key: str
    subject: str
    body: str
    cause: str = ""
    links: tuple[Link, ...] = ()


FindDue = Callable[[Any], Iterable[Reminder]]


def add_reminder(config, kind: str, find_due: FindDue) -> None:
    """Directive: ``find_due(request)`` gives what people are to be reminded of now."""
    entry = (config.registry["plugins.current"], kind, find_due)
    config.action(("reminder", kind), lambda: config.registry["notices.reminders"].append(entry))


def remind(session: Session, kind: str, due: Iterable[Reminder]) -> int:
    """Tell each that has not been told yet; returns how many."""
    due = list(due)
    done = set(
        session.execute(
            sa.select(DoneReminder.key, DoneReminder.user_id).where(
                DoneReminder.kind == kind,
                DoneReminder.key
                == sa.any_(sa.literal([each.key for each in due], sa.ARRAY(sa.Text))),
            )
        ).tuples()
    )
    new = [each for each in due if (each.key, each.user_id) not in done]
    users = {
        user.id: user
        for user in session.scalars(
            sa.select(User).where(among(User.id, {each.user_id for each in new}))
        )
    }
    return sum(
        _tell_once(session, kind, users[each.user_id], each)
        for each in new
        if each.user_id in users
    )


def _tell_once(session: Session, kind: str, user: User, reminder: Reminder) -> bool:
    # Two workers at the same time: the second waits for the first, and finds its row.
    row = insert(DoneReminder).values(kind=kind, key=reminder.key, user_id=user.id)
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
        .where(DoneReminder.done_at < sa.func.now() - _KEPT)
        .execution_options(synchronize_session=False)
    )
