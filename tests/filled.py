"""What takes long to write, written once for several tests, none of which sees another's work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.orm import Session


@contextmanager
def filled(engine: sa.Engine, fill: Callable[[Session], object]) -> Iterator[sa.Connection]:
    """A connection in whose transaction ``fill`` has worked; it is rolled back in the end."""
    with engine.connect() as connection:
        outer = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            fill(session)
            session.commit()
        yield connection
        outer.rollback()


@contextmanager
def apart(connection: sa.Connection) -> Iterator[sa.Connection]:
    """The same connection for one test: what it does there is taken back."""
    inner = connection.begin_nested()
    yield connection
    inner.rollback()
