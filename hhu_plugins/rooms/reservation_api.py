"""The REST services of one reservation: looked at, changed, ended and given back by its holder."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from hhu_base.rest import NotFound, body, path_id, service
from hhu_base.rest.serializers import NOTHING
from hhu_base.tasks.decisions import DecisionKind, await_decision
from hhu_base.telemetry import request_ids
from hhu_base.values.refusal import TOGETHER, Refusal
from hhu_base.web.errors import Conflict
from hhu_plugins.rooms import (
    availability,
    booking,
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
from hhu_plugins.rooms.policy import ENDED, GONE, OVER
from hhu_plugins.rooms.schemas import ChangeSchema

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

reservation = service("reservation", r"/reservations/{id:\d+}/")
reservation_end = service("reservation.end", r"/reservations/{id:\d+}/end/")


@reservation.get(answers={200: serializers.RESERVATION})
def show_reservation(request):
    """One of the caller's own, whatever became of it.

    A request that repeats another is answered with the reservation of the first.
    """
    found = find_own(request, path_id(request))
    if found.repeats_id is not None:
        found = find_own(request, found.repeats_id)
    return serializers.RESERVATION(found)


@reservation.delete(answers={204: NOTHING})
def cancel_reservation(request):
    """Give one of the caller's own back that has not ended."""
    user_id = request.identity.user_id
    is_cancelled = booking.cancel(
        request.db,
        request.registry["rooms.policy"],
        path_id(request),
        by_user_id=user_id,
        holder_id=user_id,
    )
    if not is_cancelled:
        raise NotFound
    request.response.status_code = 204


@reservation.patch(
    idempotent=True,
    validators=(body(ChangeSchema, summary=True),),
    answers={
        200: serializers.RESERVATION,
        400: [
            serializers.TAKEN,
            {TOGETHER: [GONE]},
            {TOGETHER: [OVER]},
            {TOGETHER: [changes.WAITS]},
            {TOGETHER: [ENDED]},
            {TOGETHER: ["预约会议时间不得少于30分钟，不得超过3小时。"]},
            {TOGETHER: [decisions.NOT_DECIDED]},
        ],
        409: [decisions.STALE],
    },
)
def change_reservation(request):
    """Give one of the caller's own another room, time or description, in place.

    What is left out stays. It is decided like a reservation: 200 means that it is so; in all other
    cases the reservation stands untouched. With ``revision``, as the client has read it, 409 where it
    was changed since.
    """
    timeout = request.registry["rooms.reservation_timeout"]
    found = find_own(request, path_id(request))
    wanted = dict(request.validated)
    if "meetingroom" in wanted:
        wanted["room_id"] = wanted.pop("meetingroom")
    room, interval = found.room, (found.reserve_from, found.reserve_to)
    try:
        group_id = changes.submit(
            request.db,
            request.registry["rooms.policy"],
            found,
            by_user_id=request.identity.user_id,
            decide_within=timedelta(seconds=timeout),
            request_id=request_ids.current(),
            **wanted,
        )
    except changes.Stale:
        raise Conflict(decisions.STALE) from None
    if group_id is None:
        return serializers.RESERVATION(found)
    reservation_id = found.id
    room_id = wanted.get("room_id", room.id)
    interval = (wanted.get("reserve_from", interval[0]), wanted.get("reserve_to", interval[1]))
    status, reason, _ = await_decision(request, GROUP, group_id, timeout) or NOT_WRITTEN
    if status == CONFIRMED:
        return serializers.RESERVATION(find_own(request, reservation_id))
    if reason == decisions.STALE:
        raise Conflict(reason)
    raise refusal(request, reason, request.db.get_one(Meetingroom, room_id), interval)


@reservation_end.post(
    idempotent=True,
    answers={
        200: serializers.RESERVATION,
        400: [{TOGETHER: [GONE]}, {TOGETHER: [OVER]}, {TOGETHER: [changes.WAITS]}],
    },
)
def end_reservation(request):
    """End one of the caller's own that is running: what is left of it is free.

    It ends at the next point of the grid. One that has not begun is cancelled.
    """
    found = find_own(request, path_id(request))
    policy = request.registry["rooms.policy"]
    changes.end(request.db, policy, found, by_user_id=request.identity.user_id)
    return serializers.RESERVATION(find_own(request, found.id))


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
