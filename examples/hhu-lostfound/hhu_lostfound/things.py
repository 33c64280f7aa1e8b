"""The rules: who may claim what, and who is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.models import User
from hhu_base.notifications import notify
from hhu_base.values.refusal import Refusal
from hhu_lostfound.models import CLAIMED, HANDED_ON, WAITING, Thing
from hhu_lostfound.notifications import KIND, Notification, Notifier

OWN = "不能认领自己登记的物品。"
NOT_WAITING = "该物品已被认领，或已移交。"


def report(
    session: Session,
    *,
    finder_id: int,
    name: str,
    place: str,
    description: str,
    found_at: datetime | None,
) -> Thing:
    """Somebody has found something, just now if nothing else is said."""
    thing = Thing(
        finder_id=finder_id,
        name=name,
        place=place,
        description=description,
        found_at=found_at or datetime.now(UTC),
    )
    session.add(thing)
    session.flush()
    session.refresh(thing)
    return thing


def claim(
    session: Session, notifier: Notifier, thing_id: int, *, claimer_id: int, message: str
) -> Thing | None:
    """Say that it is one's own, and tell the finder; None where there is none.

    Raises Refusal. The row is locked, so that of two who claim at once the second is refused.
    """
    thing = _locked(session, Thing.id == thing_id)
    if thing is None:
        return None
    if thing.finder_id == claimer_id:
        raise Refusal(OWN)
    if thing.status != WAITING:
        raise Refusal(NOT_WAITING)
    thing.status = CLAIMED
    thing.claimer = session.get_one(User, claimer_id)
    thing.message = message
    session.flush()
    _tell_finder(session, thing, notifier.claimed(thing, thing.claimer))
    return thing


def set_status(session: Session, thing_id: int, status: str, *, expected: str) -> bool:
    """What an administrator decides; False if the status is another one by now."""
    thing = _locked(session, Thing.id == thing_id)
    if thing is None or thing.status != expected:
        return False
    thing.status = status
    if status == WAITING:
        thing.claimer_id, thing.message = None, ""
    session.flush()
    return True


def hand_on(session: Session, notifier: Notifier, keep: timedelta) -> int:
    """Give to the lost property office what nobody has claimed for so long; returns how many."""
    count = 0
    is_due = (Thing.status == WAITING) & (Thing.created_at < sa.func.now() - keep)
    # One that is just being claimed is left for the next time.
    while thing := _locked(session, is_due, skip_locked=True):
        thing.status = HANDED_ON
        session.flush()
        _tell_finder(session, thing, notifier.handed_on(thing))
        count += 1
    return count


def _locked(session: Session, condition: sa.ColumnElement[bool], **how) -> Thing | None:
    return session.scalar(
        sa.select(Thing)
        .where(condition)
        .order_by(Thing.id)
        .limit(1)
        .with_for_update(**how)
        # What this session knows of it may be older than the lock.
        .execution_options(populate_existing=True)
    )


def _tell_finder(session: Session, thing: Thing, notification: Notification) -> None:
    notify(
        session,
        thing.finder,
        KIND,
        notification.subject,
        notification.body,
        cause=notification.cause,
    )
