"""Reporting what is broken: by oneself, or told by telephone and entered by the office."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.database import lock
from hhu_base.models import User
from hhu_base.values.refusal import FieldErrors
from hhu_base.values.schema_types import no_such_object
from hhu_plugins.repairs.models import (
    OPEN,
    WITHDRAWN,
    HistoryEntry,
    RepairCategory,
    RepairRequest,
)
from hhu_plugins.repairs.notifications import Notifier
from hhu_plugins.repairs.recipients import tell_recipients, tell_reporter

_REPEATED_WITHIN = timedelta(seconds=10)


def submit(
    session: Session,
    letters: Notifier,
    *,
    user_id: int,
    location: str,
    category_id: int | None,
    description: str,
    by_user_id: int | None = None,
) -> RepairRequest:
    """A new request, told to those of its category and to those of all. Raises FieldErrors.

    ``by_user_id``: whom it was told to by telephone; its reporter learns that it is known. The same
    once more within ten seconds is the same request: the first one is returned.
    """
    # Of two at the same time the second waits, and then sees the first.
    lock(session, f"repairs.submit.{user_id}")
    if repeated := _find_repeated(session, user_id, location, category_id, description):
        return repeated
    category = None
    if category_id is not None:
        # Locked, so that it can't be deleted between this and the insert.
        category = session.scalar(
            sa.select(RepairCategory)
            .where(RepairCategory.id == category_id)
            .with_for_update(read=True, key_share=True)
        )
        if category is None:
            raise FieldErrors({"category": [no_such_object(category_id)]})
    by = session.get_one(User, by_user_id or user_id)
    request = RepairRequest(
        user_id=user_id,
        location=location,
        category=category,
        description=description,
        status=OPEN,
        status_changed_by=by.id,
    )
    session.add(request)
    session.flush()
    session.add(HistoryEntry(request_id=request.id, status=OPEN, changed_by=by.id))
    tell_recipients(session, request, letters.for_recipients(request, "新报修"))
    tell_reporter(session, request, by, letters.entered(request, by))
    return request


def _find_repeated(
    session: Session, user_id: int, location: str, category_id: int | None, description: str
) -> RepairRequest | None:
    return session.scalar(
        sa.select(RepairRequest)
        .where(
            RepairRequest.user_id == user_id,
            RepairRequest.location == location,
            RepairRequest.category_id.is_not_distinct_from(category_id),
            RepairRequest.description == description,
            RepairRequest.status != WITHDRAWN,
            RepairRequest.created_at > sa.func.now() - _REPEATED_WITHIN,
        )
        .order_by(RepairRequest.id)
        .limit(1)
    )
