"""The REST services of those who wait for a room, and of those who come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import joinedload

from hhu_base.rest import NotFound, body, paged, path_id, query, service
from hhu_base.rest.serializers import NOTHING, page_of
from hhu_base.values.refusal import TOGETHER
from hhu_plugins.rooms import booking, checkins, holds, serializers, waiting_list
from hhu_plugins.rooms.eligibility import NOT_ELIGIBLE
from hhu_plugins.rooms.equipment import words_in
from hhu_plugins.rooms.models import HELD, WAITING, Reservation, WaitingRequest
from hhu_plugins.rooms.orders import find_own
from hhu_plugins.rooms.policy import GONE, OVER
from hhu_plugins.rooms.schemas import WaitingListSchema, WaitingSchema

waiting = service("reservations.waiting", "/reservations/waiting/")
one_waiting = service("reservation.waiting", r"/reservations/waiting/{id:\d+}/")
confirmation = service("reservation.confirm", r"/reservations/{id:\d+}/confirm/")
checkin = service("reservation.checkin", r"/reservations/{id:\d+}/checkin/")


@dataclass(frozen=True)
class Waiting:
    """Somebody's request with what the database says about it now."""

    id: int
    row: WaitingRequest
    ahead: int | None

    @property
    def hold_until(self) -> datetime | None:
        held = self.row.reservation
        return held.hold_until if held is not None and held.status == HELD else None


@waiting.post(
    idempotent=True,
    validators=(body(WaitingSchema, summary=True),),
    answers={
        201: serializers.WAITING_PLACE,
        400: [
            {TOGETHER: [waiting_list.BEGUN]},
            {TOGETHER: [waiting_list.NONE_FITS]},
            {TOGETHER: [waiting_list.TOO_MANY]},
            {TOGETHER: [NOT_ELIGIBLE]},
            {TOGETHER: ["预约会议时间不得少于30分钟，不得超过3小时。"]},
        ],
    },
)
def wait(request):
    """Wait for a room that is taken, or for any with enough seats, all of the equipment, at a place.

    What becomes free is held for who waits longest, who is told and confirms it; with
    ``confirms_itself`` it is theirs at once. The same wish again is the same request.
    """
    row = begin(request, request.validated)
    request.response.status_code = 201
    return {"id": row.id, "ahead": waiting_list.count_ahead(request.db, row)}


def begin(request, wanted: Mapping[str, Any]) -> WaitingRequest:
    """Begin to wait for what a WaitingSchema has read, here or in a page. Raises Refusal."""
    row = waiting_list.submit(
        request.db,
        request.registry["rooms.policy"],
        user_id=request.identity.user_id,
        interval=(wanted["reserve_from"], wanted["reserve_to"]),
        description=wanted["description"],
        room_id=wanted["meetingroom"],
        people_count=wanted["people_count"],
        equipment=words_in(wanted["equipment"] or ""),
        location=wanted["location"] or None,
        confirms_itself=wanted["confirms_itself"],
    )
    request.enqueue("rooms.due")
    return row


@waiting.get(
    validators=(query(WaitingListSchema),),
    answers={200: page_of(serializers.WAITING_REQUEST)},
)
def list_waiting(request):
    """The caller's own, the newest first; ``past=yes`` with those whose time is over."""
    statement = waiting_list.of_person(
        request.identity.user_id, past=request.validated["past"]
    ).options(
        joinedload(WaitingRequest.room),
        joinedload(WaitingRequest.reservation).options(
            joinedload(Reservation.room), joinedload(Reservation.series)
        ),
    )

    def serialize(row: WaitingRequest) -> dict:
        ahead = waiting_list.count_ahead(request.db, row) if row.status == WAITING else None
        return serializers.WAITING_REQUEST(Waiting(row.id, row, ahead))

    return paged(request, statement, serialize)


@one_waiting.delete(answers={204: NOTHING})
def stop_waiting(request):
    """Wait no longer; what is held meanwhile goes to the next."""
    policy, user_id = request.registry["rooms.policy"], request.identity.user_id
    if not waiting_list.withdraw(request.db, policy, path_id(request), user_id=user_id):
        raise NotFound
    request.response.status_code = 204


@confirmation.post(
    idempotent=True,
    answers={
        200: serializers.RESERVATION,
        400: [{TOGETHER: [holds.TOO_LATE]}, {TOGETHER: [GONE]}],
    },
)
def confirm(request):
    """Make a reservation of what is held for the caller; again it is the same.

    ``DELETE /reservations/ID/`` gives it to the next instead.
    """
    row = _find_locked(request)
    holds.confirm(request.db, row)
    return serializers.RESERVATION(find_own(request, row.id))


@checkin.post(
    idempotent=True,
    answers={
        200: serializers.RESERVATION,
        400: [
            {TOGETHER: [checkins.TOO_EARLY]},
            {TOGETHER: [checkins.RELEASED_ALREADY]},
            {TOGETHER: [checkins.NOT_WANTED]},
            {TOGETHER: [OVER]},
            {TOGETHER: [GONE]},
        ],
    },
)
def check_in(request):
    """Somebody is there: the room is not given away. From ten minutes before the start."""
    row = _find_locked(request)
    checkins.check_in(request.registry["rooms.policy"], row)
    request.db.flush()
    return serializers.RESERVATION(find_own(request, row.id))


def _find_locked(request) -> Reservation:
    """The caller's own, as it is under the lock. Raises NotFound."""
    found = find_own(request, path_id(request))
    row = booking.find_locked(request.db, found.id)
    if row is None:
        raise NotFound
    return row
