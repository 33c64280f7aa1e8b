"""Everybody as rows of the table that can be imported again."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from hhu_base.models import User
from hhu_base.people.columns import COLUMNS, PASSWORD, stored_text

_EXPORTED = [column for column in COLUMNS if column.title != PASSWORD]
HEADER = [column.title for column in _EXPORTED]


def export_people(session: Session) -> Iterator[list[str]]:
    """A row for everybody, also for those who are switched off, by staff number."""
    everybody = sa.select(User).options(joinedload(User.department)).order_by(User.username)
    for user in session.scalars(everybody):
        yield [stored_text(user, column) for column in _EXPORTED]
