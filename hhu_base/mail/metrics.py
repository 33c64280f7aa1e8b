"""What /metrics tells of the outbox."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.mail import outbox
from hhu_base.mail.models import HELD, QUEUED, Mail

_IS_DUE = Mail.next_attempt_at <= sa.func.clock_timestamp()
_DUE = sa.select(
    sa.func.count(),
    sa.func.extract("epoch", sa.func.clock_timestamp() - sa.func.min(Mail.next_attempt_at)),
).where(Mail.status == QUEUED, _IS_DUE)


def count_queued(session: Session) -> int:
    """Those that are due, and those that wait for another try."""
    return (
        session.scalar(sa.select(sa.func.count()).select_from(Mail).where(Mail.status == QUEUED))
        or 0
    )


def count_held(session: Session) -> int:
    """Those that wait until somebody has confirmed an address."""
    return session.scalar(sa.select(sa.func.count()).where(Mail.status == HELD)) or 0


def count_due(session: Session) -> int:
    return session.execute(_DUE).one()[0]


def longest_due(session: Session) -> float:
    return float(session.execute(_DUE).one()[1] or 0)


def includeme(config) -> None:
    config.add_metric("hhu_mails_queued", "Mails that are not sent yet.", count_queued)
    config.add_metric(
        "hhu_mails_held", "Mails that wait until an address is confirmed.", count_held
    )
    config.add_metric("hhu_mails_due", "Mails that should be sent at this moment.", count_due)
    config.add_metric(
        "hhu_mails_longest_due_seconds", "Since when a mail should have been sent.", longest_due
    )
    config.add_metric("hhu_mails_failed", "Mails that were given up.", outbox.count_failed)
