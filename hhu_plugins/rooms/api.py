"""The REST services of the meeting rooms; the contract's section of the same name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from pyramid.security import NO_PERMISSION_REQUIRED
from sqlalchemy.orm import joinedload

from hhu_base import calendars
from hhu_base.rest import (
    NotFound,
    body,
    must_accept_json,
    paged,
    path_id,
    query,
    service,
)
from hhu_base.rest.serializers import Header, list_of, page_of
from hhu_base.values.refusal import Refusal
from hhu_plugins.rooms import (
    approval_rules,
    availability,
    calendar_feeds,
    decisions,
    occupancy,
    orders,
    serializers,
)
from hhu_plugins.rooms.equipment import words_in
from hhu_plugins.rooms.models import CONFIRMED, PENDING, Meetingroom, Reservation
from hhu_plugins.rooms.policy import ENDED
from hhu_plugins.rooms.schemas import (
    FreeRoomsSchema,
    ReservationListSchema,
    ReservationSchema,
    RoomCalendarsSchema,
    statuses_in,
)

BAD_QUERY = "非法参数。"
BAD_CALENDAR_QUERY = "查询的开始和结束时间必须以正确格式给定。"
FREE_ROOMS_QUERY = query(FreeRoomsSchema, detail=BAD_QUERY)
CALENDARS_QUERY = query(RoomCalendarsSchema, detail=BAD_CALENDAR_QUERY)
meetingrooms = service("meetingrooms", "/meetingrooms/")
available = service("meetingrooms.available", "/meetingrooms/available/")
meetingroom = service("meetingroom", r"/meetingrooms/{id:\d+}/")
# Calendar programs have no token: the feeds look for themselves who is asking.
room_calendar = service(
    "meetingroom.calendar",
    r"/meetingrooms/{id:\d+}/calendar.ics/",
    permission=NO_PERMISSION_REQUIRED,
)
my_calendar = service(
    "reservations.calendar", "/reservations/calendar.ics/", permission=NO_PERMISSION_REQUIRED
)
reservations = service("reservations", "/reservations/")


@meetingrooms.get(answers={200: list_of(serializers.ROOM)})
def list_rooms(request):
    """All meeting rooms, in the order that the administrators gave them, then by place and name."""
    rooms = request.db.scalars(sa.select(Meetingroom).order_by(*occupancy.LIST_ORDER))
    return list_of(serializers.ROOM)(rooms)


@meetingroom.get(answers={200: serializers.ROOM})
def show_room(request):
    """One meeting room."""
    room = request.db.get(Meetingroom, path_id(request))
    if room is None:
        raise NotFound
    return serializers.ROOM(room)


@room_calendar.get(exclude=must_accept_json, reads=calendars.READS, answers=calendars.ANSWERS)
def show_room_calendar(request):
    """Who has one meeting room when, for calendar programs."""
    reader_id = calendars.authenticate(request)
    feed = calendar_feeds.of_room(request.db, path_id(request), datetime.now(UTC))
    return calendars.respond(request, reader_id, feed)


@my_calendar.get(exclude=must_accept_json, reads=calendars.READS, answers=calendars.ANSWERS)
def show_my_calendar(request):
    """The caller's own reservations, for calendar programs."""
    reader_id = calendars.authenticate(request)
    feed = calendar_feeds.of_person(request.db, reader_id, datetime.now(UTC))
    return calendars.respond(request, reader_id, feed)


@available.get(
    reads=[FREE_ROOMS_QUERY, CALENDARS_QUERY],
    answers={
        200: {"anyOf": [list_of(serializers.PLACE), list_of(serializers.CALENDAR)]},
        400: ["预约会议时间不得少于30分钟，不得超过3小时。", occupancy.TOO_MANY],
    },
)
def search_rooms(request):
    """What is free: the parameters tell which generation of the client asks.

    With ``time_from`` and ``time_to``: the rooms that are free for the whole of that time, by place;
    with ``length`` (minutes) those that have a free stretch of that length in it, and where.

    With ``query_from`` and ``query_to``: every room with enough seats, and its reservations in that
    time; among them when it is not open, as reservations of 不开放.
    """
    if "query_from" in request.GET or "query_to" in request.GET:
        return _search_calendars(request)
    return _search_free_rooms(request)


def _search_free_rooms(request) -> list[dict]:
    asked = FREE_ROOMS_QUERY(request)
    window = _window_or_detail(asked["time_from"], asked["time_to"], BAD_QUERY)
    length = None if asked["length"] is None else timedelta(minutes=min(asked["length"], 10**6))
    places = availability.free_rooms(
        request.db,
        request.registry["rooms.policy"],
        datetime.now(UTC),
        window,
        length=length,
        people_count=asked["people_count"],
        label=asked["label"],
        location=asked["location"],
        equipment=words_in(asked["equipment"] or ""),
        user_id=request.identity.user_id,
    )
    return list_of(serializers.PLACE)(places)


def _search_calendars(request) -> list[dict]:
    asked = CALENDARS_QUERY(request)
    window = _window_or_detail(asked["query_from"], asked["query_to"], BAD_CALENDAR_QUERY)
    found = occupancy.calendars(
        request.db,
        window,
        seats=asked["people_count"],
        equipment=words_in(asked["equipment"] or ""),
    )
    return list_of(serializers.CALENDAR)(found)


def _window_or_detail(start: datetime, end: datetime, sentence: str) -> tuple[datetime, datetime]:
    if start >= end:
        raise Refusal(sentence)
    return start, end


@reservations.post(
    idempotent=True,
    validators=(body(ReservationSchema, summary=True),),
    reads=[Header("Prefer", "respond-async：不等决定，立即返回 202。", "respond-async")],
    answers={
        201: serializers.RESERVATION,
        202: serializers.RESERVATION,
        400: [
            serializers.TAKEN,
            {"non_field_errors": [ENDED]},
            {"non_field_errors": ["预约会议时间不得少于30分钟，不得超过3小时。"]},
            {"non_field_errors": [decisions.NOT_DECIDED]},
            {"non_field_errors": [approval_rules.NEEDED]},
        ],
    },
)
def reserve(request):
    """Ask for a room, wait for the decision, and tell it as it is.

    201 means that the reservation is confirmed and stays so. The same room and time asked for
    again, within ten seconds, is the same request, and answered with the same reservation. With
    ``Prefer: respond-async`` it is 202 at once; ``Location`` says where to look for the decision.
    Where approval is needed, ``"approval": true`` asks for it: 202, and the status is *requested*.
    """
    wanted = request.validated
    field = "meetingroom_object" if wanted["meetingroom"] is None else "meetingroom"
    made = orders.reserve(
        request,
        wanted[field],
        (wanted["reserve_from"], wanted["reserve_to"]),
        wanted["description"],
        with_approval=wanted["approval"],
        is_async="respond-async" in request.headers.get("Prefer", "").lower(),
        field=field,
    )
    request.response.status_code = 201
    if made.status != CONFIRMED:
        request.response.status_code = 202
        request.response.location = f"{request.host_url}/reservations/{made.id}/"
    return serializers.RESERVATION(made)


@reservations.get(
    validators=(query(ReservationListSchema),), answers={200: page_of(serializers.RESERVATION)}
)
def list_reservations(request):
    """The caller's own, newest request first; ``past=yes`` with those that have ended.

    Those that are booked, or about to be; others only with ``status``.
    """
    asked = request.validated["status"]
    statuses = (CONFIRMED, PENDING) if asked is None else statuses_in(asked)
    statement = (
        sa.select(Reservation)
        .options(joinedload(Reservation.room), joinedload(Reservation.series))
        .where(
            Reservation.user_id == request.identity.user_id,
            Reservation.status.in_(statuses),
        )
        .order_by(Reservation.id.desc())
    )
    if not request.validated["past"]:
        statement = statement.where(Reservation.reserve_to > sa.func.now())
    return paged(request, statement, serializers.RESERVATION)
