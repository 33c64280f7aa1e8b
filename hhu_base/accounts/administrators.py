"""Administrators: the first is made on the command line, and the last can't be removed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.accounts import staff_numbers, tokens
from hhu_base.database import lock
from hhu_base.models import User
from hhu_base.passwords import hash_password
from hhu_base.rest import Refused
from hhu_base.values.identifiers import tidy_staff_number

# Whoever changes who is in the college, or what they may do, takes it before any row.
LOCK = "core.people"
ONE_IS_NEEDED = "至少要保留一位启用的超级管理员，请先指定另一位。"


def count_superusers(session: Session) -> int:
    """How many can come in and may do everything."""
    can_come_in = User.is_active & User.is_staff & User.is_superuser
    return session.scalar(sa.select(sa.func.count()).select_from(User).where(can_come_in)) or 0


@contextmanager
def keeping_one(session: Session) -> Iterator[None]:
    """Under the lock: what is done inside leaves a superuser, if there was one. Raises Refused."""
    before = count_superusers(session)
    yield
    session.flush()
    if before and not count_superusers(session):
        raise Refused(ONE_IS_NEEDED)


def make_administrator(session: Session, username: str, name: str, password: str) -> User:
    """Make this user an active administrator with this password; a new one if there is none.

    Raises ValueError with a sentence for a new staff number that can't be given.
    """
    lock(session, LOCK)
    user = session.scalar(sa.select(User).where(User.username == username))
    if user is None:
        username = tidy_staff_number(username)
        if problem := staff_numbers.problem_with_new(session, username):
            raise ValueError(f"工号{problem}。")
        user = User(username=username, first_name=name)
        session.add(user)
    user.password = hash_password(password)
    user.is_staff = user.is_superuser = user.is_active = True
    session.flush()
    tokens.end(session, user.id)  # as with every new password
    return user
