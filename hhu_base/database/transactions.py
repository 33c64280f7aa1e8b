"""The session and the transaction of a request, and the only place that commits or aborts midway."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import sqlalchemy as sa
import zope.sqlalchemy
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from hhu_base.database.errors import is_unavailable

logger = logging.getLogger(__name__)

# Where a session keeps what makes it follow its transaction manager.
_JOINING = "hhu.joining"
# And what is to be called once its transaction is committed.
_AFTERWARDS = "hhu.afterwards"


def make_session(sessions: sessionmaker, manager) -> Session:
    """A session that takes part in the transactions of ``manager``."""
    # "Changed" from the start: else zope.sqlalchemy takes raw SQL and Core writes for reading, and
    # silently rolls them back. To commit what was only read costs no more than to roll it back.
    joining = zope.sqlalchemy.ZopeTransactionEvents("changed", manager)
    return sessions(info={_JOINING: joining})


# The listeners are hung on all sessions once, and are the three that it takes if a session counts
# as changed from the start: ``zope.sqlalchemy.register`` hangs seven on each new session, which
# was a twentieth of the web server's work for a reservation.


def _after_begin(session, transaction, connection) -> None:
    if (joining := session.info.get(_JOINING)) is not None:
        joining.after_begin(session, transaction, connection)


def _after_attach(session, instance) -> None:
    if (joining := session.info.get(_JOINING)) is not None:
        joining.after_attach(session, instance)


def _before_commit(session) -> None:
    if (joining := session.info.get(_JOINING)) is not None:
        joining.before_commit(session)


def after_commit(session: Session, function: Callable[[], object]) -> None:
    """Call ``function`` once this transaction is committed, and never if it is not.

    For what must not be said too early, such as a line in the log. It can write nothing more.
    """
    session.info.setdefault(_AFTERWARDS, []).append(function)


def _after_commit(session) -> None:
    if _AFTERWARDS in session.info and not session.in_nested_transaction():
        for function in session.info.pop(_AFTERWARDS):
            function()


def _after_transaction_end(session, transaction) -> None:
    if _AFTERWARDS in session.info and transaction.parent is None:
        del session.info[_AFTERWARDS]


def _listen_to_sessions() -> None:
    for name, listener in (
        ("after_begin", _after_begin),
        ("after_attach", _after_attach),
        ("before_commit", _before_commit),
        ("after_commit", _after_commit),
        ("after_transaction_end", _after_transaction_end),
    ):
        if not sa.event.contains(Session, name, listener):
            sa.event.listen(Session, name, listener)


@contextmanager
def autocommit_session(request) -> Iterator[Session]:
    """A session whose every statement is committed by itself: in one trip, and not in three."""
    # Tests hand in sessions on a connection of their own, whose transaction they roll back.
    sessions = request.environ.get("hhu.sessions") or request.registry["autocommit_sessions"]
    with sessions.begin() as session:
        yield session


def has_begun(request) -> bool:
    """Whether the request is in a transaction of the database already."""
    return "db" in vars(request) and request.db.in_transaction()


def commit(request) -> None:
    """Commit what the request has written so far and go on in a new transaction.

    The only place that commits before the end of a request. Mapped objects are detached
    afterwards: carry ids across it, never objects.
    """
    request.tm.commit()
    request.tm.begin()


def try_commit(request) -> bool:
    """Commit midway. False: the connection broke, and what was written may be there or not."""
    try:
        commit(request)
    except SQLAlchemyError as error:
        if not is_unavailable(error):
            raise
        logger.warning("the connection broke while committing: %s", error)
        abort(request)
        return False
    return True


def abort(request) -> None:
    """Forget a transaction that failed and go on in a new one."""
    request.tm.abort()
    request.tm.begin()


def _request_session(request) -> Session:
    sessions = request.environ.get("hhu.sessions") or request.registry["sessions"]
    session = make_session(sessions, request.tm)
    session.info.update(request.registry["session_info"])
    return session
