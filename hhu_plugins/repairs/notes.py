"""Notes on a request, which change no status: for the office only, or for its reporter."""

from __future__ import annotations

from sqlalchemy.orm import Session

from hhu_base.models import User
from hhu_plugins.repairs.models import (
    NOTE,
    OFFICE_NOTE,
    WITHDRAWN,
    HistoryEntry,
    RepairRequest,
)
from hhu_plugins.repairs.notifications import Notifier
from hhu_plugins.repairs.recipients import tell_reporter
from hhu_plugins.repairs.requests import locked


def add(
    session: Session,
    letters: Notifier,
    request_id: int,
    text: str,
    *,
    by_user_id: int,
    is_for_reporter: bool,
) -> bool:
    """False: there is no such request, or its reporter has withdrawn it.

    Its reporter is told of what is for them, and of nothing else.
    """
    found = locked(session, [request_id])
    if not found or found[0].status == WITHDRAWN:
        return False
    request, by = found[0], session.get_one(User, by_user_id)
    if is_for_reporter:
        _add(session, request, by, text, NOTE)
        tell_reporter(session, request, by, letters.note(request, by, text))
    else:
        add_for_office(session, request, by, text)
    return True


def add_for_office(session: Session, request: RepairRequest, by: User, text: str) -> None:
    """Only the office sees it."""
    _add(session, request, by, text, OFFICE_NOTE)


def _add(session: Session, request: RepairRequest, by: User, text: str, kind: str) -> None:
    session.add(
        HistoryEntry(
            request_id=request.id,
            kind=kind,
            status=request.status,
            changed_by=by.id,
            remark=text,
        )
    )
    session.flush()
