"""The first administrator, made on the command line."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.accounts import tokens
from hhu_base.models import User
from hhu_base.passwords import hash_password


def make_administrator(session: Session, username: str, name: str, password: str) -> User:
    """Make this user an active administrator with this password; a new one if there is none."""
    user = session.scalar(sa.select(User).where(User.username == username))
    if user is None:
        user = User(username=username, first_name=name)
        session.add(user)
    user.password = hash_password(password)
    user.is_staff = user.is_superuser = user.is_active = True
    session.flush()
    tokens.end(session, user.id)  # as with every new password
    return user
