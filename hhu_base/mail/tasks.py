"""What a worker of the ordinary queue does about mail."""

from __future__ import annotations

import logging
import time

from hhu_base.database.transactions import commit
from hhu_base.mail import dispatch, outbox
from hhu_base.mail.transports import Connection, ServerUnavailable

logger = logging.getLogger(__name__)

# The queue has other tasks too: after this a round ends, and asks for another one.
_LONGEST_ROUND = 30.0


def send_mails(request) -> None:
    """Send all that is due on one connection, a transaction each; first look what need not wait."""
    office = request.registry["mail.office"]
    outbox.settle_held(request.db)
    if office.is_closed() or not dispatch.is_anything_due(request.db):
        return
    commit(request)  # no database connection is held while the server is being reached
    try:
        with office.transport.connect() as connection:
            _send_all(request, connection)
    except ServerUnavailable as away:
        logger.warning("the mail server can't be reached: %s", away)
        office.pause()
        dispatch.note_server_away(request.db, office.rules, str(away))


def sweep_mails(request) -> None:
    """Delete what was sent long ago, a transaction for each thousand."""
    keep = request.registry["mail.keep"]
    while keep and outbox.sweep(request.db, keep):
        commit(request)


def _send_all(request, connection: Connection) -> None:
    office = request.registry["mail.office"]
    end = time.monotonic() + _LONGEST_ROUND
    while (outcome := dispatch.send_next(request.db, connection, office.writer, office.rules)) in (
        dispatch.SENT,
        dispatch.NOT_SENT,
    ):
        commit(request)
        if time.monotonic() > end:
            request.enqueue(outbox.TASK)
            return
    if outcome == dispatch.BROKEN_OFF:
        office.pause()
