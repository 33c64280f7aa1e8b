"""The availability search against a model that knows nothing but single minutes.

Times are minutes counted from a midnight; the model marks the minutes that are taken and walks
over the grid step by step. Rooms may have limits, departments and equipment of their own.
"""

from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hhu_base.models import Department, User
from hhu_base.values.refusal import Refusal
from hhu_plugins.rooms.availability import alternatives, free_rooms
from hhu_plugins.rooms.models import (
    CONFIRMED,
    HELD,
    STATUSES,
    Meetingroom,
    Reservation,
    room_departments,
)
from hhu_plugins.rooms.policy import BookingPolicy

ZONE = ZoneInfo("Asia/Shanghai")
MIDNIGHT = datetime(2026, 11, 23, tzinfo=ZONE)
DAY = 24 * 60

# The fixture's session is shared by the examples: each works in a savepoint of its own.
EXAMPLES = settings(
    deadline=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


class Taken(NamedTuple):
    start: int
    end: int
    status: str


class Place(NamedTuple):
    """A room of the model."""

    name: str
    location: str
    seats: int
    reservations: list[Taken]
    # Least and most minutes, days ahead (0: any); None: the site's.
    limits: tuple[int | None, int | None, int | None] = (None, None, None)
    # None: for everybody; else whether the user's department is among those that may.
    is_mine: bool | None = None
    equipment: tuple[str, ...] = ()


def instant(minute):
    return MIDNIGHT + timedelta(minutes=minute)


def interval(start, end):
    return instant(start), instant(end)


@st.composite
def reservations(draw, first, longest, most):
    """Reservations that don't overlap where they are confirmed, on multiples of five minutes."""
    drawn = []
    minute = draw(st.integers(first // 5, first // 5 + 24)) * 5
    for _ in range(draw(st.integers(0, most))):
        # Often none, so that reservations touch.
        minute += draw(st.just(0) | st.integers(0, 24)) * 5
        length = draw(st.integers(1, 24) | st.integers(1, longest // 5)) * 5
        status = draw(st.just(CONFIRMED) | st.sampled_from(STATUSES))
        drawn.append(Taken(minute, minute + length, status))
        minute += length if status in (CONFIRMED, HELD) else 5
    return drawn


@st.composite
def own_limits(draw):
    least = draw(st.none() | st.sampled_from([5, 30, 90, 240]))
    most = draw(st.none() | st.sampled_from([30, 120, 300, 1440]))
    if least and most and least > most:
        least, most = most, least
    return least, most, draw(st.none() | st.sampled_from([0, 1, 2]))


@st.composite
def colleges(draw, first=-DAY, longest=DAY, most=8):
    """One to four rooms, whose names are in another order than their ids."""
    count = draw(st.integers(1, 4))
    return [
        Place(
            name=str(9 - number),
            location=draw(st.sampled_from(["A", "B"])),
            seats=draw(st.sampled_from([10, 20, 30])),
            reservations=draw(reservations(first, longest, most)),
            limits=draw(st.just((None, None, None)) | own_limits()),
            is_mine=draw(st.sampled_from([None, None, True, False])),
            equipment=draw(st.sampled_from([(), ("投影",), ("投影", "白板")])),
        )
        for number in range(count)
    ]


@st.composite
def policies(draw):
    step = draw(st.sampled_from([5, 10, 15, 30]))
    shortest = draw(st.sampled_from([5, 20, 30, 60]))
    longest = draw(st.sampled_from([60, 100, 180, 720]))
    return BookingPolicy(
        step=timedelta(minutes=step),
        shortest=timedelta(minutes=shortest),
        longest=timedelta(minutes=longest),
        horizon=draw(st.none() | st.integers(1, 3).map(lambda days: timedelta(days=days))),
        zone=ZONE,
    )


@pytest.fixture
def user_id(session):
    mine, other = Department(name="信息系"), Department(name="水利系")
    user = User(username="t0001", department=mine)
    session.add_all([user, other])
    session.flush()
    return user.id


def store(session, user_id, college):
    """Writes the model's rooms into the database; returns their ids."""
    ids = [
        session.execute(
            sa.insert(Meetingroom)
            .values(
                name=room.name,
                location=room.location,
                seats_count=room.seats,
                description="",
                min_minutes=room.limits[0],
                max_minutes=room.limits[1],
                max_days_ahead=room.limits[2],
                equipment=list(room.equipment),
            )
            .returning(Meetingroom.id)
        ).scalar_one()
        for room in college
    ]
    mine = session.get(User, user_id).department_id
    other = session.scalar(sa.select(Department.id).where(Department.id != mine))
    for room_id, room in zip(ids, college, strict=True):
        if room.is_mine is not None:
            department_id = mine if room.is_mine else other
            values = {"room_id": room_id, "department_id": department_id}
            session.execute(sa.insert(room_departments).values(values))
    rows = [
        {
            "room_id": room_id,
            "user_id": user_id,
            "reserve_from": instant(taken.start),
            "reserve_to": instant(taken.end),
            "description": "",
            "status": taken.status,
            "hold_until": instant(taken.end) if taken.status == HELD else None,
        }
        for room_id, room in zip(ids, college, strict=True)
        for taken in room.reservations
    ]
    if rows:
        session.execute(sa.insert(Reservation), rows)
    return ids


def minutes(length):
    return length // timedelta(minutes=1)


def is_free(room, start, end):
    return not any(
        taken.status in (CONFIRMED, HELD) and taken.start < end and start < taken.end
        for taken in room.reservations
    )


def in_order(college):
    return sorted(college, key=lambda room: (room.seats, room.name))


def grouped(found):
    """What the search should answer, from (room, choices, free) in the order of the rooms."""
    answer = {}
    for room, choices, free in found:
        answer.setdefault(room.location, []).append((room.name, choices, free))
    return list(answer.items())


def shown(places):
    return [
        (place.location, [(free.room.name, free.choices, free.free) for free in place.rooms])
        for place in places
    ]


def limits_of(policy, room):
    """Least and most minutes, and minutes ahead (None: any), that hold in a room; None: the site's."""
    least, most, days = room.limits if room else (None, None, None)
    shortest, longest = minutes(policy.shortest), minutes(policy.longest)
    horizon = policy.horizon and minutes(policy.horizon)
    if least is not None:
        longest = max(longest, least)
    if most is not None:
        longest, shortest = most, min(shortest, most)
    if least is not None:
        shortest = least
    if days is not None:
        horizon = days * DAY or None
    return shortest, longest, horizon


def fit(college, people_count, equipment=()):
    return in_order(
        room
        for room in college
        if room.seats >= (people_count or 0)
        and room.is_mine is not False
        and set(equipment) <= set(room.equipment)
    )


def model(policy, college, keeps_limits, free_of):
    """Each room by its own limits; refused where neither the site's nor any room's are kept."""
    if not any(keeps_limits(*limits_of(policy, room)) for room in (None, *college)):
        raise Refusal(policy.length_sentence)
    found = []
    for room in college:
        if keeps_limits(*limits_of(policy, room)):
            choices, free = free_of(room, *limits_of(policy, room))
            if free:
                found.append((room, choices, free))
    return grouped(found)


def model_whole_window(policy, now, window, college):
    step = minutes(policy.step)
    start, end = window
    while start % step:
        start -= 1
    while end % step:
        end += 1
    asked = end - start

    def keeps_limits(shortest, longest, _horizon):
        return shortest <= asked <= longest

    def free_of(room, shortest, _longest, horizon):
        first = start
        while first + step <= now:
            first += step
        is_offered = now < window[1] and end - first >= shortest
        if horizon is not None and first > now + horizon:
            is_offered = False
        whole = [interval(first, end)] if is_offered and is_free(room, first, end) else []
        return whole, whole

    return model(policy, college, keeps_limits, free_of)


def model_gaps(policy, now, window, length, college):
    step = minutes(policy.step)
    while length % step:
        length += 1

    def keeps_limits(shortest, longest, _horizon):
        return shortest <= length <= longest and window[1] - window[0] >= shortest

    def free_of(room, _shortest, _longest, horizon):
        last = window[1] if horizon is None else min(window[1], now + horizon)
        cells = [
            cell
            for cell in range(-2 * DAY, 4 * DAY, step)
            if max(window[0], now) <= cell and cell + step <= last
        ]
        runs = []
        for cell in cells:
            if not is_free(room, cell, cell + step):
                continue
            if runs and runs[-1][1] == cell:
                runs[-1][1] = cell + step
            else:
                runs.append([cell, cell + step])
        gaps = [(start, end) for start, end in runs if end - start >= length]
        choices = [
            interval(start, start + length)
            for first, end in gaps
            for start in range(first, end - length + 1, length)
        ]
        return choices, [interval(*gap) for gap in gaps]

    return model(policy, college, keeps_limits, free_of)


def answer_or_refusal(function, *arguments, **options):
    try:
        return function(*arguments, **options)
    except Refusal:
        return Refusal


instants = st.integers(-DAY // 2, 2 * DAY)
# Often before the window, often inside it, sometimes after it.
nows = st.just(-2 * DAY) | instants


@EXAMPLES
@given(
    policy=policies(),
    college=colleges(),
    start=instants,
    length=st.integers(1, 60) | st.integers(60, 800),
    now=nows,
    people_count=st.none() | st.sampled_from([0, 15, 30, 31]),
    equipment=st.sampled_from([(), (), ("投影",), ("白板", "投影")]),
)
def test_whole_windows(
    session, user_id, policy, college, start, length, now, people_count, equipment
):
    window = (start, start + length)
    fitting = fit(college, people_count, equipment)
    expected = answer_or_refusal(model_whole_window, policy, now, window, fitting)
    with session.begin_nested() as savepoint:
        store(session, user_id, college)
        places = answer_or_refusal(
            free_rooms,
            session,
            policy,
            instant(now),
            interval(*window),
            people_count=people_count,
            equipment=equipment,
            user_id=user_id,
        )
        savepoint.rollback()
    assert (places if places is Refusal else shown(places)) == expected


@EXAMPLES
@given(
    policy=policies(),
    college=colleges(),
    start=instants,
    span=st.integers(1, 120) | st.integers(60, 2 * DAY),
    length=st.integers(0, 180) | st.integers(1, 800),
    now=nows,
    people_count=st.none() | st.sampled_from([0, 15, 30, 31]),
)
def test_gaps_and_choices(
    session, user_id, policy, college, start, span, length, now, people_count
):
    window = (start, start + span)
    fitting = fit(college, people_count)
    expected = answer_or_refusal(model_gaps, policy, now, window, length, fitting)
    with session.begin_nested() as savepoint:
        store(session, user_id, college)
        places = answer_or_refusal(
            free_rooms,
            session,
            policy,
            instant(now),
            interval(*window),
            length=timedelta(minutes=length),
            people_count=people_count,
            user_id=user_id,
        )
        savepoint.rollback()
    assert (places if places is Refusal else shown(places)) == expected


@EXAMPLES
@given(
    policy=policies(),
    college=colleges(first=-8 * DAY, most=24),
    wanted=st.integers(0, DAY // 30).map(lambda half_hours: half_hours * 30),
    steps=st.integers(1, 24),
    before=st.integers(0, 9 * DAY),
)
def test_alternatives(session, user_id, policy, college, wanted, steps, before):
    step = minutes(policy.step)
    length = steps * step
    now = wanted - before
    refused, others = college[0], college[1:]
    horizon = limits_of(policy, refused)[2]

    def can_be_had(room):
        shortest, longest, ahead = limits_of(policy, room)
        return (
            room.is_mine is not False
            and shortest <= length <= longest
            and (ahead is None or wanted <= now + ahead)
        )

    candidates = [
        start
        for start in range(-10 * DAY, 10 * DAY, step)
        if now <= start
        and (horizon is None or start + length <= now + horizon)
        and wanted - 7 * DAY <= start
        and start + length <= wanted + length + 7 * DAY
        and is_free(refused, start, start + length)
    ]
    candidates.sort(key=lambda start: (abs(start - wanted), start))
    similar = sorted(
        (
            room
            for room in others
            if room.seats >= refused.seats
            and is_free(room, wanted, wanted + length)
            and can_be_had(room)
        ),
        key=lambda room: (room.seats, room.location != refused.location, room.name),
    )

    with session.begin_nested() as savepoint:
        ids = store(session, user_id, college)
        room = session.get(Meetingroom, ids[0])
        found = alternatives(
            session,
            policy,
            instant(now),
            room,
            interval(wanted, wanted + length),
            user_id=user_id,
        )
        savepoint.rollback()
    assert found.stretches == [interval(start, start + length) for start in candidates[:3]]
    assert [room.name for room in found.rooms] == [room.name for room in similar[:3]]
