"""Sending what is due, the oldest first.

A mail is claimed by locking its row, and the lock is held while the mail server talks: no other
worker can take it meanwhile, and of a worker that dies nothing is left, so that the next one
takes the mail up at once. **The one way to send a mail twice**: the server has taken it over, and
worker or database die before that is committed. SMTP has no way to close this gap; the second
copy has the same Message-ID, by which mail programs may tell.
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

from hhu_base.database import after_commit
from hhu_base.mail import models
from hhu_base.mail.delivering import Connection, Delay, Refusal, ServerAway
from hhu_base.mail.messages import FileMissing, Writer
from hhu_base.mail.models import FAILED, QUEUED, Mail

logger = logging.getLogger(__name__)

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
class Rules:
    """How often a mail is tried, and how long its transaction may last."""

    max_attempts: int
    patience: float
    chance: Callable[[], float] = random.random

    def pause(self, attempts: int) -> timedelta:
        """After so many tries: doubled each time, and not the same for all who failed together."""
        pause = min(_FIRST_PAUSE * 2 ** min(attempts - 1, 20), _LONGEST_PAUSE)
        return pause * (0.75 + 0.5 * self.chance())


def is_anything_due(session: Session) -> bool:
    """Whether there is a mail whose time has come."""
    return bool(session.scalar(sa.select(sa.exists().where(*_DUE))))


def send_next(session: Session, connection: Connection, writer: Writer, rules: Rules) -> Outcome:
    """Send the oldest mail that is due or has only waited for the server.

    What becomes of it is written to its row, to be committed by the caller before the next one.
    """
    mail = _claim(session, rules, *_DUE_WITH_SERVER)
    if mail is None:
        return NOTHING_DUE
    mail.attempts += 1
    try:
        message = writer.write(mail)
        connection.deliver(f"{mail.created_at:%Y%m%d-%H%M%S}-{mail.id}", message)
    except (Delay, FileMissing) as delay:
        _put_off(mail, rules, str(delay))
        return NOT_SENT
    except Refusal as refusal:
        _give_up(mail, str(refusal))
        return NOT_SENT
    except ServerAway as away:
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
    mail.status = models.SENT
    mail.sent_at = sa.func.clock_timestamp()
    mail.last_error = ""
    mail.is_server_away = False
    after_commit(session, partial(logger.info, "mail %d sent", mail.id))
    return SENT


def note_server_away(session: Session, rules: Rules, reason: str) -> None:
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


def _claim(session: Session, rules: Rules, *conditions) -> Mail | None:
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


def _put_off(mail: Mail, rules: Rules, reason: str, *, is_server_away: bool = False) -> None:
    if mail.attempts >= rules.max_attempts:
        _give_up(mail, reason)
        return
    mail.next_attempt_at = sa.func.clock_timestamp() + rules.pause(mail.attempts)
    mail.is_server_away = is_server_away
    mail.last_error = reason


def _give_up(mail: Mail, reason: str) -> None:
    mail.status = FAILED
    mail.is_server_away = False
    mail.last_error = reason
