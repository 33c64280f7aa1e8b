"""How often something may be tried from somewhere: so many times at once, then one in each interval."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from hhu_base.models import SignInTry
from hhu_base.rest import TooManyRequests

TOO_MANY = "请求的次数太多，请过几分钟再试。"


def count(session: Session, key: bytes, tries: int, interval: timedelta) -> None:
    """Count a try under this key. To be committed at once. Raises TooManyRequests."""
    statement = insert(SignInTry).values(key=key, free_at=sa.func.now() + interval)
    used = session.scalar(
        statement.on_conflict_do_update(
            index_elements=[SignInTry.key],
            set_={
                "free_at": sa.func.least(
                    sa.func.greatest(SignInTry.free_at, sa.func.now()) + interval,
                    sa.func.now() + interval * (tries + 1),
                )
            },
        ).returning((SignInTry.free_at - sa.func.now()).cast(sa.Interval))
    )
    if used is not None and used > interval * tries:
        raise TooManyRequests(TOO_MANY, retry_after=int(interval.total_seconds()))
