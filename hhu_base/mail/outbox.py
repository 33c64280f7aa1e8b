"""The outbox: what is put here in the transaction of its cause is sent, whatever dies meanwhile.

After the commit, ``request.enqueue(outbox.TASK)`` hurries it; a periodic task finds it anyway.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.mail.models import FAILED, QUEUED, SENT, Mail, MailAttachment
from hhu_base.values import text
from hhu_base.values.email import is_deliverable

TASK = "core.send_mails"

BAD_ADDRESS = "收件人地址不合法，无法发送。"

_LONGEST_HEADER = 500
_SWEPT_AT_ONCE = 1000
_LONGEST_FILE_NAME = 255


@dataclass(frozen=True)
class Recipient:
    """Whom a mail goes to."""

    address: str
    name: str = ""


@dataclass(frozen=True)
class Attachment:
    """A file in one of the stores that ``config.add_mail_store`` made known."""

    store: str
    reference: str
    name: str
    type: str
    size: int


def put(
    session: Session,
    to: Iterable[Recipient],
    subject: str,
    body: str,
    *,
    attachments: Sequence[Attachment] = (),
    cause: str = "",
) -> list[int]:
    """Write a mail for each recipient; returns their ids.

    It never fails because of what is in the texts: one that can't be sent as an address is kept
    as a failed mail, for an administrator to see, since its cause has happened all the same.
    """
    mails = [
        Mail(
            key=uuid4(),
            to_name=one_line(recipient.name),
            to_address=one_line(recipient.address),
            subject=one_line(subject),
            body=text.storable(body),
            cause=cause,
            status=QUEUED if is_deliverable(recipient.address) else FAILED,
            last_error="" if is_deliverable(recipient.address) else BAD_ADDRESS,
            attachments=[
                MailAttachment(
                    store=file.store,
                    reference=file.reference,
                    name=one_line(file.name)[-_LONGEST_FILE_NAME:],
                    type=file.type,
                    size=file.size,
                )
                for file in attachments
            ],
        )
        for recipient in to
    ]
    session.add_all(mails)
    session.flush()
    return [mail.id for mail in mails]


def send_again(session: Session, ids: Sequence[int]) -> int:
    """Queue these mails as if they had never been tried, the failed ones; returns how many."""
    return len(
        session.scalars(
            sa.update(Mail)
            .where(Mail.id.in_(ids), Mail.status == FAILED)
            .values(
                status=QUEUED,
                attempts=0,
                next_attempt_at=sa.func.now(),
                is_server_away=False,
                last_error="",
            )
            .returning(Mail.id)
        ).all()
    )


def count_failed(session: Session) -> int:
    """How many mails have been given up; what an administrator should look at."""
    return session.scalars(
        sa.select(sa.func.count()).select_from(Mail).where(Mail.status == FAILED)
    ).one()


def sweep(session: Session, keep: timedelta) -> int:
    """Delete the mails that were sent longer ago, some at a time; returns how many.

    What was given up stays, until an administrator has seen to it.
    """
    old = (
        sa.select(Mail.id)
        .where(Mail.status == SENT, Mail.sent_at < sa.func.now() - keep)
        .order_by(Mail.id)
        .limit(_SWEPT_AT_ONCE)
    )
    statement = sa.delete(Mail).where(Mail.id.in_(old)).returning(Mail.id)
    return len(session.scalars(statement.execution_options(synchronize_session=False)).all())


def needed_files(session: Session, store: str) -> set[str]:
    """The references of a store's files that a mail may still need: all but those of sent ones."""
    return set(
        session.scalars(
            sa.select(MailAttachment.reference)
            .join(Mail, Mail.id == MailAttachment.mail_id)
            .where(MailAttachment.store == store, Mail.status != SENT)
        )
    )


def one_line(value: str) -> str:
    """``value`` as that of a header."""
    return text.one_line(value, _LONGEST_HEADER)
