"""Telling somebody something, and what they have been told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.mail import outbox
from hhu_base.mail.models import HELD, QUEUED, Mail
from hhu_base.models import User
from hhu_base.notifications.kinds import NoticeKinds
from hhu_base.notifications.models import Notice, NoticeChoice
from hhu_base.values import text

_SWEPT_AT_ONCE = 1000


@dataclass(frozen=True)
class Link:
    """A button in the page of one's notices, and a line with the public address in the mail."""

    title: str
    path: str


def notify(
    session: Session,
    user: User,
    kind: str,
    subject: str,
    body: str,
    *,
    cause: str = "",
    by_user_id: int | None = None,
    links: Iterable[Link] = (),
    collapse: str = "",
) -> Notice | None:
    """Tell a user what has happened, in this transaction; None: there is nobody to tell.

    Not who has left, nor who has done it themselves (``by_user_id``). The mail is for who has an
    address and has not turned the kind off. ``cause`` is the path of the page about it.
    ``collapse``, such as ``rooms.reservation.17``: what is said within a minute after something
    with the same key takes its place, so that several changes are one mail, with the last text.
    """
    if not user.is_active or user.id == by_user_id:
        return None
    kinds = session.info.get("notices") or NoticeKinds()
    by_mail = _wants_mail(session, user, kind, kinds)
    known = kinds.get(kind)
    if known is not None and known.is_reminder and not by_mail:
        return None
    links = list(links)
    values = {
        "kind": kind,
        "subject": outbox.one_line(subject),
        "body": text.storable(body),
        "cause": cause,
        "links": [asdict(link) for link in links],
    }
    mail_body = body + _in_mail(links, kinds.public_url)
    if collapse:
        earlier = _replaceable(session, user, collapse, kinds.collapse)
        if earlier is not None and _replace_mail(session, earlier, subject, mail_body, cause):
            for name, value in values.items():
                setattr(earlier, name, value)
            earlier.created_at = sa.func.clock_timestamp()
            earlier.read_at = None
            session.flush()
            return earlier
    notice = Notice(user_id=user.id, collapse=collapse, **values)
    if by_mail and user.email:
        wait = kinds.collapse if collapse else timedelta()
        [notice.mail_id] = outbox.put(
            session,
            [outbox.Recipient.of(user)],
            subject,
            mail_body,
            cause=cause,
            kind=kind,
            wait=wait,
        )
    session.add(notice)
    session.flush()
    return notice


def _wants_mail(session: Session, user: User, kind: str, kinds: NoticeKinds) -> bool:
    known = kinds.get(kind)
    if known is not None and known.is_compulsory:
        return True
    choice = session.get(NoticeChoice, (user.id, kind))
    return choice is None or choice.by_mail


def _in_mail(links: Iterable[Link], public_url: str) -> str:
    return "".join(f"\n{link.title}：{public_url}{link.path}\n" for link in links)


def _replaceable(session: Session, user: User, collapse: str, within: timedelta) -> Notice | None:
    return session.scalar(
        sa.select(Notice)
        .where(
            Notice.user_id == user.id,
            Notice.collapse == collapse,
            Notice.created_at > sa.func.clock_timestamp() - within,
        )
        .order_by(Notice.id.desc())
        .limit(1)
    )


def _replace_mail(session: Session, notice: Notice, subject: str, body: str, cause: str) -> bool:
    """Whether the mail of this notice has the new text now, or there never was one.

    One that is just being sent is locked: nobody waits for it.
    """
    if notice.mail_id is None:
        return True
    mail = session.scalar(
        sa.select(Mail)
        .where(Mail.id == notice.mail_id, Mail.status.in_((QUEUED, HELD)), Mail.attempts == 0)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if mail is None:
        return False
    mail.subject, mail.body, mail.cause = outbox.one_line(subject), text.storable(body), cause
    return True


def count_unread(session: Session, user_id: int) -> int:
    return session.scalars(
        sa.select(sa.func.count())
        .select_from(Notice)
        .where(Notice.user_id == user_id, Notice.read_at.is_(None))
    ).one()


def notices_of(user_id: int) -> sa.Select:
    """The newest first."""
    return sa.select(Notice).where(Notice.user_id == user_id).order_by(Notice.id.desc())


def page_of(session: Session, user_id: int, before: int | None, count: int) -> list[Notice]:
    """The newest, or the newest of those that are older than ``before``."""
    found = notices_of(user_id).limit(count)
    if before is not None:
        found = found.where(Notice.id < before)
    return list(session.scalars(found))


def mark_read(session: Session, user_id: int, *ids: int) -> int:
    """Those of their notices that have not been read yet; without ``ids`` all of them."""
    statement = sa.update(Notice).where(Notice.user_id == user_id, Notice.read_at.is_(None))
    if ids:
        statement = statement.where(Notice.id.in_(ids))
    statement = statement.values(read_at=sa.func.now()).returning(Notice.id)
    return len(session.scalars(statement.execution_options(synchronize_session=False)).all())


def sweep(session: Session, keep: timedelta) -> int:
    """Delete the notices that are older, some at a time; returns how many."""
    old = (
        sa.select(Notice.id)
        .where(Notice.created_at < sa.func.now() - keep)
        .order_by(Notice.id)
        .limit(_SWEPT_AT_ONCE)
    )
    statement = sa.delete(Notice).where(Notice.id.in_(old)).returning(Notice.id)
    return len(session.scalars(statement.execution_options(synchronize_session=False)).all())
