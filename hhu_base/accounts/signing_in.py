"""Signing in with staff number and password."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.models import User
from hhu_base.passwords import verify_password


def find_by_password(session: Session, username: str, password: str) -> User | None:
    """The active user with this name and password. Takes as long where there is no such user."""
    user = session.scalar(sa.select(User).where(User.username == username))
    is_right = verify_password(user.password if user else None, password)
    return user if user and is_right and user.is_active else None
