"""The REST services of one reservation: looked at, changed, ended and given back by its holder."""

from __future__ import annotations

from hhu_base.rest import NotFound, body, path_id, service
from hhu_base.rest.serializers import NOTHING
from hhu_base.values.refusal import TOGETHER
from hhu_plugins.rooms import (
    cancellation,
    changes,
    decisions,
    orders,
    serializers,
)
from hhu_plugins.rooms.orders import find_own
from hhu_plugins.rooms.policy import ENDED, GONE, OVER
from hhu_plugins.rooms.schemas import ChangeSchema

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
    is_cancelled = cancellation.cancel(
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
    return serializers.RESERVATION(orders.change(request, path_id(request), request.validated))


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
