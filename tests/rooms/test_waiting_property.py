"""Who gets what becomes free, against a naive model: each in turn the first room that is free.

After each step the model looks at everybody who waits; the code looks at those only whose time has
become free.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hhu_base.models import User
from hhu_plugins.rooms import booking, cancellation, due, holds, waiting_list
from hhu_plugins.rooms.models import (
    CONFIRMED,
    DONE,
    ENDED,
    HELD,
    OFFERED,
    WAITING,
    WITHDRAWN,
    Meetingroom,
    Reservation,
    WaitingRequest,
)

ROOMS, SLOTS = 2, 2
HALF_HOUR = timedelta(minutes=30)


@st.composite
def times(draw):
    start = draw(st.integers(0, SLOTS - 1))
    return start, draw(st.integers(start + 1, SLOTS))


_WAIT = st.tuples(
    st.just("wait"),
    times(),
    st.none() | st.integers(0, ROOMS - 1),
    st.booleans(),
    st.sampled_from([False, False, False, True]),
)
_STEPS = st.lists(
    _WAIT
    | st.tuples(
        st.sampled_from(["cancel", "decline", "lapse", "confirm", "give up"]), st.integers(0, 30)
    ),
    min_size=4,
    max_size=20,
)
# Some wait for the same from the beginning.
_ALL_STEPS = st.tuples(st.lists(_WAIT, min_size=3, max_size=8), _STEPS).map(
    lambda both: [*both[0], *both[1]]
)


@dataclass
class Request:
    """What the model knows of a request; ``given`` is the key of the room's time it got."""

    id: int
    span: tuple[int, int]
    room: int | None
    confirms_itself: bool
    is_first: bool
    state: str = WAITING
    given: int | None = None


class Model:
    def __init__(self, taken: list[tuple[int, int, int]]):
        self.taken = dict(enumerate(taken))  # key → room, from, to
        self.requests: list[Request] = []

    def free(self, room: int, span: tuple[int, int]) -> bool:
        return not any(
            room == other and start < span[1] and span[0] < end
            for other, start, end in self.taken.values()
        )

    def hand_out(self) -> None:
        for request in sorted(self.requests, key=lambda each: (not each.is_first, each.id)):
            if request.state != WAITING:
                continue
            rooms = range(ROOMS) if request.room is None else [request.room]
            for room in rooms:
                if self.free(room, request.span):
                    request.given = 1000 + request.id
                    self.taken[request.given] = (room, *request.span)
                    request.state = DONE if request.confirms_itself else OFFERED
                    break


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=_ALL_STEPS)
def test_who_waits_longest_gets_the_first_room_that_fits(
    session, policy, teacher, tomorrow, monkeypatch, steps
):
    monkeypatch.setattr(waiting_list, "MOST_OPEN", 1000)
    outer = session.begin_nested()
    try:
        _compare(session, policy, teacher, tomorrow(8), steps)
    finally:
        outer.rollback()
        session.expire_all()


def _compare(session, policy, teacher: User, first: datetime, steps) -> None:
    rooms = [Meetingroom(name=str(n), location="勤学楼", seats_count=n) for n in range(ROOMS)]
    session.add_all(rooms)
    session.flush()

    def at(slot: int) -> datetime:
        return first + slot * HALF_HOUR

    # At the beginning all is taken, half an hour by half an hour.
    taken = [(room, slot, slot + 1) for room in range(ROOMS) for slot in range(SLOTS)]
    model = Model(taken)
    rows = {
        key: Reservation(
            room_id=rooms[room].id,
            user_id=teacher.id,
            reserve_from=at(start),
            reserve_to=at(end),
            description="例会",
            status=CONFIRMED,
        )
        for key, (room, start, end) in model.taken.items()
    }
    session.add_all(rows.values())
    session.flush()
    ids = {key: row.id for key, row in rows.items()}
    for step in steps:
        _do(session, policy, teacher, model, rooms, ids, at, step)
        model.hand_out()
        due.settle(session, policy)
        session.expire_all()
        for request in model.requests:
            row = session.get_one(WaitingRequest, request.id)
            assert row.status == request.state
            if row.reservation_id is not None and request.given is not None:
                ids[request.given] = row.reservation_id
        stored = session.execute(
            sa.select(Reservation.room_id, Reservation.reserve_from, Reservation.reserve_to)
            .where(Reservation.status.in_([CONFIRMED, HELD]))
            .where(Reservation.room_id.in_([room.id for room in rooms]))
        ).all()
        assert sorted(map(tuple, stored)) == sorted(
            (rooms[room].id, at(start), at(end)) for room, start, end in model.taken.values()
        )


def _do(session, policy, teacher: User, model: Model, rooms, ids, at, step) -> None:
    what = step[0]
    if what == "wait":
        _, span, room, confirms_itself, is_first = step
        user = User(username=f"p{len(model.requests)}")
        session.add(user)
        session.flush()
        made = waiting_list.submit(
            session,
            policy,
            user_id=user.id,
            interval=(at(span[0]), at(span[1])),
            description="组会",
            room_id=None if room is None else rooms[room].id,
            confirms_itself=confirms_itself,
            is_first=is_first,
        )
        model.requests.append(Request(made.id, span, room, confirms_itself, is_first))
        return
    number = step[1]
    if what == "cancel":
        booked = [key for key in model.taken if key < 1000]
        if booked:
            key = booked[number % len(booked)]
            del model.taken[key]
            assert cancellation.cancel(session, policy, ids[key], by_user_id=teacher.id)
        return
    wanted = WAITING if what == "give up" else OFFERED
    found = [each for each in model.requests if each.state == wanted]
    if not found:
        return
    request = found[number % len(found)]
    row = session.get_one(WaitingRequest, request.id)
    if what == "confirm":
        holds.confirm(session, booking.find_locked(session, row.reservation_id))
        request.state = DONE
        return
    if what == "lapse":
        hold = session.get_one(Reservation, row.reservation_id)
        hold.hold_until = sa.func.clock_timestamp() - HALF_HOUR
        session.flush()
        request.state = ENDED
    else:
        assert waiting_list.withdraw(session, policy, row.id, user_id=row.user_id)
        request.state = WITHDRAWN
    if request.given is not None:
        del model.taken[request.given]
        request.given = None
