"""A wish for a room as it comes from REST or from a page: written, decided, and what became of it.

Here a request waits for its decision; the rules are those of the modules that are called.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import joinedload

from hhu_base.database.errors import is_lost
from hhu_base.database.transactions import autocommit_session, has_begun, try_commit
from hhu_base.rest import FieldErrors, NotFound, no_such_object
from hhu_base.tasks.decisions import DecisionKind, OutcomeUnknown, await_decision
from hhu_base.telemetry import request_ids
from hhu_base.values.refusal import TOGETHER, Refusal
from hhu_base.web.errors import Conflict
from hhu_base.web.security import hold_identity
from hhu_plugins.rooms import (
    approval_rules,
    approvals,
    availability,
    changes,
    decisions,
    groups,
    serializers,
    submission,
    tasks,
)
from hhu_plugins.rooms.closed_times import CLOSED
from hhu_plugins.rooms.intervals import Interval
from hhu_plugins.rooms.models import CONFIRMED, WITHDRAWN, Meetingroom, Reservation
from hhu_plugins.rooms.occupancy import Room
from hhu_plugins.rooms.outcomes import Outcome
from hhu_plugins.rooms.policy import check_times
from hhu_plugins.rooms.submission import SubmittedReservation

logger = logging.getLogger(__name__)

RESERVATION = DecisionKind(
    topic=decisions.TOPIC,
    task="rooms.decide",
    find_outcome=submission.find_outcome,
    decide=tasks.decide,
    withdraw=submission.withdraw,
    is_written=submission.is_written,
    unknown=submission.UNKNOWN,
)
GROUP = DecisionKind(
    topic=decisions.TOPIC,
    task="rooms.decide",
    find_outcome=groups.find_outcome,
    decide=tasks.decide,
    withdraw=groups.withdraw,
    is_written=groups.is_written,
    unknown=submission.UNKNOWN,
)
NOT_WRITTEN: Outcome = (WITHDRAWN, decisions.NOT_DECIDED, None)


def reserve(
    request,
    room_id: int,
    times: Interval,
    description: str,
    *,
    with_approval: bool = False,
    is_async: bool = False,
    field: str = "meetingroom",
) -> SubmittedReservation | Reservation:
    """Ask for a room and wait for the decision; what is returned says by its status what it is.

    Confirmed; requested where somebody has to agree and ``with_approval`` was said; or pending, not
    waited for, if ``is_async``. ``field`` is the room's in the errors. Raises Refusal.
    """
    policy = request.registry["rooms.policy"]
    timeout = request.registry["rooms.reservation_timeout"]
    user_id, now = request.identity.user_id, datetime.now(UTC)
    # What could be stored at all; the limits are those of the room.
    interval = check_times(policy, now, *times, may_exceed=True)
    found = request.registry["rooms.find"](request, room_id)
    check_times(policy if found is None else policy.of(found.room), now, *times)
    if found is None:
        raise _no_such_room(room_id, field)
    if found.has_approvers:
        room = request.db.get_one(Meetingroom, room_id)
        if approval_rules.is_needed(request.db, policy, room, user_id, interval):
            if not with_approval:
                raise Refusal(approval_rules.NEEDED, TOGETHER)
            return _request_approval(request, room, interval, description)
    asked = SubmittedReservation(
        found.reservation_id,
        found.room,
        user_id,
        *interval,
        description,
        decide_within=None if is_async else timedelta(seconds=timeout),
        request_id=request_ids.current(),
    )
    if found.has_closed_times:
        with autocommit_session(request) as session:
            is_closed = submission.is_closed(session, asked)
        if is_closed:
            raise refusal(request, CLOSED, asked.room, interval)
    if is_async:
        request.enqueue(RESERVATION.task)
        if not _write(request, asked, field):
            raise OutcomeUnknown(submission.UNKNOWN)
        return asked
    write = partial(_write, asked=asked, field=field)
    status, reason, repeats_id = (
        await_decision(request, RESERVATION, asked.id, timeout, write) or NOT_WRITTEN
    )
    if status == CONFIRMED:
        return replace(asked, status=status)
    if repeats_id is not None:
        first = find_own(request, repeats_id)
        if first.status == CONFIRMED:
            return first
        reason = decisions.NOT_DECIDED  # given back meanwhile
    raise refusal(request, reason, asked.room, (asked.reserve_from, asked.reserve_to))


def _write(request, asked: SubmittedReservation, field: str) -> bool:
    """Write and commit it; False: the connection broke, and it may be there or not."""
    # What the request has written besides belongs to it.
    if not has_begun(request):
        try:
            if request.registry["rooms.write"](request, asked):
                return True
        except SQLAlchemyError as error:
            if not is_lost(error):
                raise
            logger.warning("the connection broke while writing: %s", error)
            return False
    if not submission.write(request.db, [asked], waits=True)[0]:
        raise _no_such_room(asked.room.id, field)
    return try_commit(request)


def _no_such_room(room_id: int, field: str) -> FieldErrors:
    message = no_such_object(room_id)
    return FieldErrors({field: [message], TOGETHER: [f"会议室：{message}"]})


def _request_approval(
    request, room: Meetingroom, interval: Interval, description: str
) -> Reservation:
    try:
        row = approvals.submit(
            request.db,
            request.registry["rooms.policy"],
            room,
            user_id=request.identity.user_id,
            interval=interval,
            description=description,
            request_id=request_ids.current(),
        )
    except Refusal as refused:
        raise refusal(request, str(refused), room, interval) from None
    hold_identity(request)
    return row


def change(request, reservation_id: int, wanted: Mapping[str, Any]) -> Reservation:
    """Give one of the caller's own another room, time or description: what ``ChangeSchema`` has read.

    Raises NotFound, Refusal, and Conflict where it was changed since it was read.
    """
    timeout = request.registry["rooms.reservation_timeout"]
    found = find_own(request, reservation_id)
    fields = dict(wanted)
    if "meetingroom" in fields:
        fields["room_id"] = fields.pop("meetingroom")
    room_id = fields.get("room_id", found.room_id)
    interval = (
        fields.get("reserve_from", found.reserve_from),
        fields.get("reserve_to", found.reserve_to),
    )
    try:
        group_id = changes.submit(
            request.db,
            request.registry["rooms.policy"],
            found,
            by_user_id=request.identity.user_id,
            decide_within=timedelta(seconds=timeout),
            request_id=request_ids.current(),
            **fields,
        )
    except changes.Stale:
        raise Conflict(decisions.STALE) from None
    if group_id is None:
        return found
    status, reason, _ = await_decision(request, GROUP, group_id, timeout) or NOT_WRITTEN
    if status == CONFIRMED:
        return find_own(request, reservation_id)
    if reason == decisions.STALE:
        raise Conflict(reason)
    raise refusal(request, reason, request.db.get_one(Meetingroom, room_id), interval)


def find_own(request, reservation_id: int) -> Reservation:
    """The caller's own reservation. Raises NotFound."""
    found = request.db.scalar(
        sa.select(Reservation)
        .options(joinedload(Reservation.room), joinedload(Reservation.series))
        .where(
            Reservation.id == reservation_id,
            Reservation.user_id == request.identity.user_id,
        )
    )
    if found is None:
        raise NotFound
    return found


def refusal(request, reason: str, room: Room | Meetingroom, interval: Interval) -> Refusal:
    """Why it was not granted, and if the room is taken or closed, what there is instead."""
    if reason not in (decisions.TAKEN, CLOSED):
        return Refusal(reason or decisions.NOT_DECIDED, TOGETHER)
    policy = request.registry["rooms.policy"]
    user_id = request.identity.user_id
    instead = availability.alternatives(
        request.db, policy, datetime.now(UTC), room, interval, user_id=user_id
    )
    return Refusal(reason, TOGETHER, alternatives=serializers.ALTERNATIVES(instead))
