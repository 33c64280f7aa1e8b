"""Who is told of a request: those who look after repairs, who looks after this one, and its reporter."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.mail import outbox
from hhu_base.models import User
from hhu_base.notifications import Link, notify
from hhu_plugins.repairs.models import NotificationRecipient, RepairRequest
from hhu_plugins.repairs.notifications import LOOK, Letter, page_of


def recipients_of(session: Session, category_id: int | None) -> list[outbox.Recipient]:
    """Those of the category and those of all, each address once."""
    concerned: sa.ColumnElement[bool] = NotificationRecipient.category_id.is_(None)
    if category_id is not None:
        concerned |= NotificationRecipient.category_id == category_id
    found: dict[str, outbox.Recipient] = {}
    for row in session.execute(
        sa.select(NotificationRecipient.address, NotificationRecipient.name)
        .where(concerned)
        .order_by(NotificationRecipient.id)
    ):
        found.setdefault(row.address.lower(), outbox.Recipient(row.address, row.name))
    return list(found.values())


def tell_recipients(session: Session, request: RepairRequest, letter: Letter) -> None:
    """Put a mail to each of them into the outbox."""
    to = recipients_of(session, request.category_id)
    outbox.put(session, to, letter.subject, letter.body, cause=letter.cause, kind=letter.kind)


def tell_reporter(
    session: Session, request: RepairRequest, by: User, letter: Letter, link: str = LOOK
) -> None:
    """Unless they have done it themselves."""
    _tell(session, request.user, by, letter, Link(link, page_of(request)))


def tell_in_charge(session: Session, user: User | None, by: User, letter: Letter) -> None:
    """Who looks after a request, or did until now."""
    _tell(session, user, by, letter, Link("打开报修", letter.cause))


def _tell(session: Session, user: User | None, by: User, letter: Letter, link: Link) -> None:
    if user is not None:
        notify(
            session,
            user,
            letter.kind,
            letter.subject,
            letter.body,
            cause=letter.cause,
            by_user_id=by.id,
            links=[link],
        )
