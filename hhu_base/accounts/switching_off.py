"""Switching users off: they can't sign in any more, and are signed out at once."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.accounts import tokens
from hhu_base.models import User


def switch_off(session: Session, user_id: int) -> None:
    """Switch a user off. His WeChat stays bound, for the day when he is switched on again."""
    # The row first: a sign-in that holds it is waited for, and its token ends with the others.
    session.execute(sa.update(User).where(User.id == user_id).values(is_active=False))
    tokens.end(session, user_id)
