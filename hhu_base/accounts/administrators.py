"""Administrators: the first is made on the command line, and the last can't be removed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.models import User
from hhu_base.values.refusal import TOGETHER, Refusal

# What changes who is in the college, or what they may do, takes it before any row.
LOCK = "core.people"
ONE_IS_NEEDED = "至少要保留一位启用的超级管理员，请先指定另一位。"


def count_superusers(session: Session) -> int:
    """How many can come in and may do everything."""
    can_come_in = User.is_active & User.is_staff & User.is_superuser
    return session.scalar(sa.select(sa.func.count()).select_from(User).where(can_come_in)) or 0


@contextmanager
def keeping_one(session: Session) -> Iterator[None]:
    """Under the lock: what is done inside leaves a superuser, if there was one. Raises Refusal."""
    before = count_superusers(session)
    yield
    session.flush()
    if before and not count_superusers(session):
        raise Refusal(ONE_IS_NEEDED, TOGETHER)
