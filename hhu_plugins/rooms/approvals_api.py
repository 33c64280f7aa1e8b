"""The REST services of approval: a room asked for that needs it, and answered by who may."""

from __future__ import annotations

from hhu_base.database.transactions import commit
from hhu_base.rest import NotFound, body, path_id, service
from hhu_base.rest.serializers import list_of
from hhu_base.values.refusal import TOGETHER, Refusal
from hhu_base.web.security import hold_identity
from hhu_plugins.rooms import approvals, decisions, serializers
from hhu_plugins.rooms.approvals import ANSWERED, OVERDUE
from hhu_plugins.rooms.ask_schemas import ReasonSchema
from hhu_plugins.rooms.models import Reservation

requests = service("reservations.requests", "/reservations/requests/")
approval = service("reservation.approve", r"/reservations/{id:\d+}/approve/")
rejection = service("reservation.refuse", r"/reservations/{id:\d+}/refuse/")


@requests.get(answers={200: list_of(serializers.RESERVATION_REQUEST)})
def list_requests(request):
    """Those that the caller may approve, by time; those for the same room and time side by side."""
    found = approvals.waiting_for(request.db, request.identity.user_id)
    return list_of(serializers.RESERVATION_REQUEST)(found)


@approval.post(
    answers={
        200: serializers.RESERVATION_REQUEST,
        400: [{TOGETHER: [decisions.TAKEN]}, {TOGETHER: [ANSWERED]}, {TOGETHER: [OVERDUE]}],
    },
)
def approve(request):
    """Agree to a request: the reservation is confirmed if its room is still free.

    400 where it is taken meanwhile: then it is over, and its requester has been told.
    """
    found = _find(request)
    policy, me = request.registry["rooms.policy"], request.identity.user_id
    sentence = approvals.approve(request.db, policy, found.id, by_user_id=me)
    hold_identity(request)
    if sentence:
        commit(request)
        raise Refusal(sentence, TOGETHER)
    return serializers.RESERVATION_REQUEST(found)


@rejection.post(
    validators=(body(ReasonSchema, summary=True),),
    answers={
        200: serializers.RESERVATION_REQUEST,
        400: [{TOGETHER: [ANSWERED]}, {TOGETHER: [OVERDUE]}],
    },
)
def refuse(request):
    """Say no to a request; its requester is told the reason, and which rooms are free."""
    found = _find(request)
    approvals.refuse(
        request.db,
        request.registry["rooms.policy"],
        found.id,
        by_user_id=request.identity.user_id,
        reason=request.validated["reason"],
    )
    hold_identity(request)
    return serializers.RESERVATION_REQUEST(found)


def _find(request) -> Reservation:
    """One that the caller may answer. Raises NotFound."""
    reservation_id = path_id(request)
    if not approvals.may_answer(request.db, reservation_id, request.identity.user_id):
        raise NotFound
    return request.db.get_one(Reservation, reservation_id)
