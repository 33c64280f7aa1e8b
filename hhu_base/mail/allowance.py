"""How many mails of a kind somebody gets: so many in an hour (``mail.a_person_an_hour``)."""

from __future__ import annotations

from datetime import timedelta
from math import ceil

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from hhu_base.database import lock
from hhu_base.mail.models import Mail
from hhu_base.mail.outbox import Recipient
from hhu_base.web.errors import TooManyRequests

TOO_MANY = "您索取的邮件太多，请过一会儿再试。"

_HOUR = timedelta(hours=1)


def wait_for_another(
    session: Session,
    to: Recipient,
    kind: str,
    most: int,
    counted_from: InstrumentedAttribute = Mail.created_at,
) -> timedelta | None:
    """How long until somebody may get another mail of a kind; None: now.

    ``most`` is how many in an hour, 0: any number; ``counted_from`` when each was written, or sent.
    """
    if not most:
        return None
    theirs = (
        Mail.user_id == to.user_id
        if to.user_id is not None
        else sa.func.lower(Mail.to_address) == to.address.lower()
    )
    now = sa.func.clock_timestamp()
    return session.scalar(
        sa.select(counted_from + _HOUR - now)
        .where(counted_from > now - _HOUR, Mail.kind == kind, theirs)
        .order_by(counted_from.desc())
        .offset(most - 1)
        .limit(1)
    )


def check_another(session: Session, to: Recipient, kind: str, most: int) -> None:
    """For a mail that its recipient asks for. Raises TooManyRequests, which says how long to wait.

    Who asks many times at once is counted one after the other.
    """
    lock(session, f"core.mails {kind} {to.user_id or to.address.lower()}")
    wait = wait_for_another(session, to, kind, most)
    if wait is not None:
        raise TooManyRequests(TOO_MANY, retry_after=ceil(wait / timedelta(seconds=1)))
