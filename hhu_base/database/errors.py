"""What an error of the database means for who asked."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

_QUERY_CANCELED = "57014"


def is_unavailable(error: BaseException) -> bool:
    """Whether the database is away, or did not get to it: it may do the same in a moment."""
    return isinstance(error, OperationalError | InterfaceError | PoolTimeout) or (is_lost(error))


def is_lost(error: BaseException) -> bool:
    """Whether the connection broke: what was on its way may be done or not."""
    return isinstance(error, DBAPIError) and error.connection_invalidated


def is_out_of_time(error: BaseException) -> bool:
    """Whether the database has stopped a statement at its time limit; it is not away."""
    return getattr(getattr(error, "orig", None), "sqlstate", None) == _QUERY_CANCELED
