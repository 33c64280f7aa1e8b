"""The REST services of giving way: asked, answered and taken back; and who has a room, to be asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hhu_base.database.transactions import commit
from hhu_base.rest import NotFound, body, path_id, query, service
from hhu_base.rest.serializers import NOTHING, list_of
from hhu_base.telemetry import request_ids
from hhu_base.values.refusal import TOGETHER, Refusal
from hhu_base.web.security import hold_identity
from hhu_plugins.rooms import ask_answers, ask_schemas, ask_serializers, giving_way
from hhu_plugins.rooms.ask_answers import ANSWERED, OVERDUE
from hhu_plugins.rooms.models import Ask, Meetingroom
from hhu_plugins.rooms.offers import Slot

_WEEK = timedelta(days=7)

holders = service("meetingroom.reservations", r"/meetingrooms/{id:\d+}/reservations/")
reservation_asks = service("reservation.asks", r"/reservations/{id:\d+}/asks/")
all_asks = service("asks", "/asks/")
one_ask = service("ask", r"/asks/{id:\d+}/")
ask_yes = service("ask.yes", r"/asks/{id:\d+}/yes/")
ask_no = service("ask.no", r"/asks/{id:\d+}/no/")


@holders.get(
    validators=(query(ask_schemas.HoldersSchema),),
    answers={200: list_of(ask_serializers.HOLDER)},
)
def list_holders(request):
    """Who has a room in a time, to ask them to give way: ``can_ask`` says which can be asked."""
    room = request.db.get(Meetingroom, path_id(request))
    if room is None:
        raise NotFound
    start = request.validated["reserve_from"] or datetime.now(UTC)
    window = (start, request.validated["reserve_to"] or start + _WEEK)
    found = giving_way.holders(request.db, room.id, window, request.identity.user_id)
    return list_of(ask_serializers.HOLDER)(found)


@reservation_asks.post(
    idempotent=True,
    validators=(body(ask_schemas.AskSchema, summary=True),),
    answers={
        201: ask_serializers.ASK,
        400: [
            {TOGETHER: [sentence]}
            for sentence in (
                giving_way.OWN,
                giving_way.BEGUN,
                giving_way.TOO_LATE,
                giving_way.BESIDE,
                giving_way.OTHERS,
                giving_way.ONCE,
                giving_way.TOO_MANY,
            )
        ],
    },
)
def ask_holder(request):
    """Ask the holder of somebody else's reservation, which is still ahead, to give way.

    ``offer`` is where they would go. Left out, it is chosen among what is free; null: nothing. Until
    a yes everything stays as it is, and no answer before ``answer_before`` is a no.
    """
    wanted = request.validated
    row = giving_way.ask(
        request.db,
        request.registry["rooms.policy"],
        path_id(request),
        user_id=request.identity.user_id,
        interval=(wanted["reserve_from"], wanted["reserve_to"]),
        description=wanted["description"],
        reason=wanted["reason"],
        offer=_offer(wanted),
    )
    hold_identity(request)
    if row is None:
        raise NotFound
    request.response.status_code = 201
    return ask_serializers.ASK(row)


def _offer(wanted) -> Slot | None | type[giving_way.CHOOSE]:
    if "offer" not in wanted:
        return giving_way.CHOOSE
    offer = wanted["offer"]
    return offer and Slot(offer["meetingroom"], offer["reserve_from"], offer["reserve_to"])


@all_asks.get(answers={200: ask_serializers.ASKS})
def list_asks(request):
    """Those that wait for the caller's answer, the most urgent first; and the caller's own, newest first."""
    me = request.identity.user_id
    return ask_serializers.ASKS(
        {
            "waiting": giving_way.waiting_for(request.db, me),
            "mine": giving_way.made_by(request.db, me),
        }
    )


@one_ask.get(answers={200: ask_serializers.ASK})
def show_ask(request):
    """One of which the caller is one of the two sides."""
    return ask_serializers.ASK(find_own(request))


@one_ask.delete(answers={204: NOTHING, 400: [{TOGETHER: [ANSWERED]}, {TOGETHER: [OVERDUE]}]})
def take_back(request):
    """Take one's own back that is not answered."""
    row = find_own(request)
    me = request.identity.user_id
    if row.user_id != me:
        raise NotFound
    policy = request.registry["rooms.policy"]
    ask_answers.take_back(request.db, policy, row.id, by_user_id=me)
    hold_identity(request)
    request.response.status_code = 204


@ask_yes.post(
    validators=(body(ask_schemas.YesSchema, summary=True),),
    answers={
        200: ask_serializers.ASK,
        400: [
            {TOGETHER: [sentence]}
            for sentence in (giving_way.OFFER_TAKEN, ask_answers.VAIN, ANSWERED, OVERDUE)
        ],
    },
)
def say_yes(request):
    """Give way: the reservation moves to the offer, and the asker has the time, both at once.

    With ``meetingroom``, ``reserve_from`` and ``reserve_to`` it moves there instead; with
    ``"give_up": true`` it is cancelled, as it is where there is no offer.
    """
    wanted = request.validated
    row = find_held(request)
    offer = wanted["meetingroom"] and Slot(
        wanted["meetingroom"],
        wanted["reserve_from"] or row.held_from,
        wanted["reserve_to"] or row.held_to,
    )
    refused = ask_answers.yes(
        request.db,
        request.registry["rooms.policy"],
        row.id,
        by_user_id=request.identity.user_id,
        offer=offer,
        gives_up=wanted["give_up"],
        request_id=request_ids.current(),
    )
    hold_identity(request)
    if refused:
        commit(request)
        raise Refusal(refused, TOGETHER)
    return ask_serializers.ASK(row)


@ask_no.post(
    validators=(body(ask_schemas.NoSchema, summary=True),),
    answers={200: ask_serializers.ASK, 400: [{TOGETHER: [ANSWERED]}, {TOGETHER: [OVERDUE]}]},
)
def say_no(request):
    """The reservation stays; the asker is told, with other rooms that are free."""
    row = find_held(request)
    policy, me = request.registry["rooms.policy"], request.identity.user_id
    ask_answers.no(request.db, policy, row.id, by_user_id=me, reason=request.validated["reason"])
    hold_identity(request)
    return ask_serializers.ASK(row)


def find_own(request) -> Ask:
    """Raises NotFound."""
    row = giving_way.find(request.db, path_id(request), request.identity.user_id)
    if row is None:
        raise NotFound
    return row


def find_held(request) -> Ask:
    """One that is about the caller's reservation. Raises NotFound."""
    row = find_own(request)
    if row.reservation.user_id != request.identity.user_id:
        raise NotFound
    return row
