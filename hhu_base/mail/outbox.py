"""The outbox: what is put here in the transaction of its cause is sent, whatever dies meanwhile.

It hurries itself: a worker is told of it after the commit. A periodic task finds it anyway.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.database import among
from hhu_base.database.transactions import after_commit
from hhu_base.mail.models import DONE, FAILED, HELD, QUEUED, Mail, MailAttachment
from hhu_base.models import EmailConfirmation, User
from hhu_base.values import text
from hhu_base.values.email import is_deliverable

TASK = "core.send_mails"

BAD_ADDRESS = "收件人地址不合法，无法发送。"
NOT_CONFIRMED = "收件人三天内没有确认这个邮箱。"

# How long a mail waits until its recipient has confirmed the address.
HELD_FOR = timedelta(days=3)

_HURRIED = "mail.hurried"
_LONGEST_HEADER = 500
_SWEPT_AT_ONCE = 1000
_LONGEST_FILE_NAME = 255


@dataclass(frozen=True)
class Recipient:
    """Whom a mail goes to; ``Recipient.of(user)`` where that is a user."""

    address: str
    name: str = ""
    user_id: int | None = None

    @classmethod
    def of(cls, user: User) -> Recipient:
        return cls(user.email or "", user.fullname, user.id)


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
    kind: str = "",
    secret: str = "",
    wait: timedelta = timedelta(),
) -> list[int]:
    """Write a mail for each recipient; returns their ids.

    It never fails because of what is in the texts: one that can't be sent as an address is kept
    as a failed mail, for an administrator to see, since its cause has happened all the same. One
    to a user who has still to confirm the address waits for that, three days at most.

    ``kind`` tells what it is about, such as ``repairs.status``: of each kind a person gets
    ``mail.a_person_an_hour``, the others later. ``secret`` is what confirms the address: it takes
    the place of ``models.SECRET`` in the body, and the mail does not wait. ``wait`` is how long a
    mail stays here at first, so that what changes once more meanwhile can be said in its place.
    """
    to = list(to)
    unconfirmed = set() if secret else _unconfirmed(session, to)
    mails = [
        Mail(
            key=uuid4(),
            user_id=recipient.user_id,
            kind=kind,
            secret=secret,
            to_name=one_line(recipient.name),
            to_address=one_line(recipient.address),
            subject=one_line(subject),
            body=text.storable(body),
            cause=cause,
            status=_first_status(recipient, unconfirmed),
            next_attempt_at=sa.func.now() + wait,
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
    hurry(session)
    return [mail.id for mail in mails]


def hurry(session: Session) -> None:
    """Have what is due sent as soon as this transaction is committed; once is enough."""
    sender, transaction = session.info.get("sender"), session.get_transaction()
    if sender is not None and session.info.get(_HURRIED) is not transaction:
        session.info[_HURRIED] = transaction
        after_commit(session, partial(sender.send, TASK))


def _first_status(to: Recipient, unconfirmed: set[Recipient]) -> str:
    if not is_deliverable(to.address):
        return FAILED
    return HELD if to in unconfirmed else QUEUED


def _unconfirmed(session: Session, to: Sequence[Recipient]) -> set[Recipient]:
    """Those to users who have still to confirm the address."""
    ids = [recipient.user_id for recipient in to if recipient.user_id is not None]
    if not ids:
        return set()
    waiting = {
        (row.user_id, row.address.lower())
        for row in session.execute(
            sa.select(EmailConfirmation.user_id, EmailConfirmation.address).where(
                among(EmailConfirmation.user_id, ids)
            )
        )
    }
    return {each for each in to if (each.user_id, each.address.lower()) in waiting}


_IS_UNCONFIRMED = sa.exists().where(
    EmailConfirmation.user_id == User.id,
    sa.func.lower(EmailConfirmation.address) == sa.func.lower(User.email),
)


def settle_held(session: Session) -> None:
    """Let go what waited for an address that is good by now, and give up what waited too long.

    It goes to the address that the person has now: who had mistyped the first one gets it, too.
    """
    session.execute(
        sa.update(Mail)
        .where(Mail.status == HELD, Mail.user_id == User.id, User.email != "", ~_IS_UNCONFIRMED)
        .values(status=QUEUED, to_address=User.email, next_attempt_at=sa.func.clock_timestamp())
        .execution_options(synchronize_session=False)
    )
    session.execute(
        sa.update(Mail)
        .where(Mail.status == HELD, Mail.next_attempt_at < sa.func.clock_timestamp() - HELD_FOR)
        .values(status=FAILED, last_error=NOT_CONFIRMED)
        .execution_options(synchronize_session=False)
    )


def send_again(session: Session, mail: Mail) -> bool:
    """Queue a failed mail as if it had never been tried, to its user's present address.

    False where it was not given up, or its user has no address that mail can be sent to.
    """
    user = session.get(User, mail.user_id) if mail.user_id is not None else None
    to = Recipient.of(user) if user is not None else Recipient(mail.to_address)
    status = _first_status(to, _unconfirmed(session, [to]))
    if mail.status != FAILED or status == FAILED:
        return False
    mail.status = status
    mail.to_address = to.address
    mail.attempts = 0
    mail.next_attempt_at = sa.func.now()
    mail.is_server_away = False
    mail.last_error = ""
    session.flush()
    hurry(session)
    return True


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
        .where(Mail.status.in_(DONE), Mail.sent_at < sa.func.now() - keep)
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
            .where(MailAttachment.store == store, Mail.status.not_in(DONE))
        )
    )


def one_line(value: str) -> str:
    """``value`` as that of a header."""
    return text.one_line(value, _LONGEST_HEADER)
