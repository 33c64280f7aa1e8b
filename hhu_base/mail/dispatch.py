"""Sending what is due, the oldest first.

A mail is claimed by locking its row, and the lock is held while the mail server talks: no other
worker can take it meanwhile, and of a worker that dies nothing is left, so that the next one
takes the mail up at once. **The one way to send a mail twice**: the server has taken it over, and
worker or database die before that is committed. SMTP has no way to close this gap; the second
copy has the same Message-ID, by which mail programs may tell. To keep it as short as it can be,
the row says "sent" before the mail is handed over: after the server's answer nothing is left to do
but to commit.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.database.transactions import after_commit
from hhu_base.mail.allowance import wait_for_another
from hhu_base.mail.messages import FileMissing, MessageBuilder
from hhu_base.mail.models import FAILED, QUEUED, Mail
from hhu_base.mail.outbox import BAD_ADDRESS, Recipient
from hhu_base.mail.transports import Connection, Deferred, Rejected, ServerUnavailable
from hhu_base.values.email import is_deliverable

logger = logging.getLogger(__name__)

TOO_MANY = "收件人一小时内的这类邮件已经够多，稍后再发。"
_FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(hours=4)
# An unfinished transaction is given up by the database after this, on top of the patience.
_MARGIN = 30


class Outcome(Enum):
    """What became of one mail, or of the connection."""

    NOTHING_DUE = 1
    SENT = 2
    NOT_SENT = 3  # this one; the connection is as good as before
    BROKEN_OFF = 4  # this one, and with this connection no other


NOTHING_DUE, SENT, NOT_SENT, BROKEN_OFF = Outcome


@dataclass(frozen=True)
class RetryPolicy:
    """How often a mail is tried, how long its transaction may last, how many somebody gets."""

    max_attempts: int
    patience: float
    chance: Callable[[], float] = random.random
    a_person_an_hour: int = 0

    def delay_after(self, attempts: int) -> timedelta:
        """After so many tries: doubled each time, and not the same for all who failed together."""
        pause = min(_FIRST_PAUSE * 2 ** min(attempts - 1, 20), _LONGEST_PAUSE)
        return pause * (0.75 + 0.5 * self.chance())


def is_anything_due(session: Session) -> bool:
    """Whether there is a mail whose time has come."""
    return bool(session.scalar(sa.select(sa.exists().where(*_DUE))))


def send_next(
    session: Session, connection: Connection, writer: MessageBuilder, rules: RetryPolicy
) -> Outcome:
    """Send the oldest mail that is due or has only waited for the server.

    What becomes of it is written to its row, to be committed by the caller before the next one.
    """
    mail = _claim(session, rules, *_DUE_WITH_SERVER)
    if mail is None:
        return NOTHING_DUE
    wait = wait_for_another(
        session,
        Recipient(mail.to_address, user_id=mail.user_id),
        mail.kind,
        rules.a_person_an_hour,
        Mail.sent_at,
    )
    if wait is not None:
        mail.next_attempt_at = sa.func.clock_timestamp() + wait
        mail.is_server_away = False
        mail.last_error = TOO_MANY
        return NOT_SENT
    mail.attempts += 1
    if not is_deliverable(mail.to_address):
        _give_up(mail, BAD_ADDRESS)
        return NOT_SENT
    secret = mail.secret
    try:
        message = writer.write(mail)
        _note_done(session, mail, connection.done)
        connection.deliver(f"{mail.created_at:%Y%m%d-%H%M%S}-{mail.id}", message)
    except (Deferred, FileMissing) as delay:
        mail.secret = secret
        _put_off(mail, rules, str(delay))
        return NOT_SENT
    except Rejected as refusal:
        _give_up(mail, str(refusal))
        return NOT_SENT
    except ServerUnavailable as away:
        mail.secret = secret
        # Once is bad luck. A mail that makes the server hang up each time must not be the first
        # one again for ever.
        _put_off(mail, rules, str(away), is_server_away=mail.attempts == 1)
        return BROKEN_OFF
    except sa.exc.SQLAlchemyError:
        raise
    except Exception as error:
        # No message can be made of it, and the email package has many ways of saying so. Whatever
        # it is, this mail must not stop all those behind it.
        logger.exception("mail %s can't be written", mail.id)
        _give_up(mail, f"无法生成邮件：{error}")
        return NOT_SENT
    after_commit(session, partial(logger.info, "mail %d sent", mail.id))
    return SENT


def _note_done(session: Session, mail: Mail, status: str) -> None:
    """Write what is true once the server has the mail; what goes wrong is written over it."""
    mail.status = status
    mail.sent_at = sa.func.clock_timestamp()
    mail.last_error = ""
    mail.is_server_away = False
    mail.secret = ""
    session.flush()


def note_server_away(session: Session, rules: RetryPolicy, reason: str) -> None:
    """Count a try of the oldest mail that is due: the server could not even be reached."""
    mail = _claim(session, rules, *_DUE)
    if mail is not None:
        mail.attempts += 1
        _put_off(mail, rules, reason, is_server_away=True)


_DUE = (Mail.status == QUEUED, Mail.next_attempt_at <= sa.func.clock_timestamp())
_DUE_WITH_SERVER = (
    Mail.status == QUEUED,
    sa.or_(Mail.next_attempt_at <= sa.func.clock_timestamp(), Mail.is_server_away),
)


def _claim(session: Session, rules: RetryPolicy, *conditions) -> Mail | None:
    """The oldest such mail that nobody else is sending, locked."""
    session.execute(
        sa.text("SELECT set_config('idle_in_transaction_session_timeout', :value, true)"),
        {"value": f"{round(rules.patience + _MARGIN)}s"},
    )
    return session.scalar(
        sa.select(Mail)
        .where(*conditions)
        .order_by(Mail.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def _put_off(mail: Mail, rules: RetryPolicy, reason: str, *, is_server_away: bool = False) -> None:
    if mail.attempts >= rules.max_attempts:
        _give_up(mail, reason)
        return
    mail.status = QUEUED
    mail.sent_at = None
    mail.next_attempt_at = sa.func.clock_timestamp() + rules.delay_after(mail.attempts)
    mail.is_server_away = is_server_away
    mail.last_error = reason


def _give_up(mail: Mail, reason: str) -> None:
    mail.status = FAILED
    mail.sent_at = None
    mail.secret = ""
    mail.is_server_away = False
    mail.last_error = reason
