"""Two departments become one: whatever points to the one points to the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.database import Base
from hhu_base.models import Department, User
from hhu_base.plugins.failures import missing_tables


def members(session: Session, department: Department) -> list[User]:
    """Everybody of the department, also those who are switched off."""
    of_it = sa.select(User).where(User.department_id == department.id).order_by(User.id)
    return list(session.scalars(of_it))


def merge(session: Session, gone: Department, kept: Department) -> None:
    """Let ``kept`` take the place of ``gone`` in all tables, those of plugins too, and delete it."""
    for column in _pointing(session):
        for others in _unique_with(column):
            _drop_doubles(session, column, others, gone.id, kept.id)
        session.execute(sa.update(column.table).where(column == gone.id).values({column: kept.id}))
    session.expire_all()
    session.delete(gone)
    session.flush()


def _pointing(session: Session) -> Iterator[sa.Column]:
    missing = missing_tables(session, Base.metadata.tables)
    for table in Base.metadata.sorted_tables:
        if table.name in missing:
            continue
        for key in table.foreign_keys:
            if key.column.table is Department.__table__:
                yield key.parent


def _unique_with(column: sa.Column) -> Iterator[list[sa.Column]]:
    """The columns of which there may be one row for each department."""
    for constraint in column.table.constraints:
        if not isinstance(constraint, (sa.PrimaryKeyConstraint, sa.UniqueConstraint)):
            continue
        if column.name in constraint.columns:
            yield [each for each in constraint.columns if each is not column]


def _drop_doubles(
    session: Session, column: sa.Column, others: list[sa.Column], gone_id: int, kept_id: int
) -> None:
    """What says of the one what is said of the other already."""
    twin: Any = column.table.alias()
    same = (twin.c[each.name] == each for each in others)
    is_said = sa.exists().where(twin.c[column.name] == kept_id, *same).correlate(column.table)
    session.execute(sa.delete(column.table).where(column == gone_id, is_said))
