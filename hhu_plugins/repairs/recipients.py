"""Those who look after repairs: who is told of a request."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.mail import outbox
from hhu_plugins.repairs.models import NotificationRecipient, RepairRequest
from hhu_plugins.repairs.notifications import Letter


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
