"""The availability search against a model that knows nothing but single minutes.

Times are minutes counted from a midnight; the model marks the minutes that are taken and walks
over the grid step by step.
"""

from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hhu_base.models import User
from hhu_base.values.refusal import Refusal
from hhu_plugins.rooms.availability import alternatives, free_rooms
from hhu_plugins.rooms.models import CONFIRMED, STATUSES, Meetingroom, Reservation
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
        minute += length if status == CONFIRMED else 5
    return drawn


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
    user = User(username="t0001")
    session.add(user)
    session.flush()
    return user.id


def store(session, user_id, college):
    """Writes the model's rooms into the database; returns their ids."""
    ids = [
        session.execute(
            sa.insert(Meetingroom)
            .values(name=room.name, location=room.location, seats_count=room.seats, description="")
            .returning(Meetingroom.id)
        ).scalar_one()
        for room in college
    ]
    rows = [
        {
            "room_id": room_id,
            "user_id": user_id,
            "reserve_from": instant(taken.start),
            "reserve_to": instant(taken.end),
            "description": "",
            "status": taken.status,
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
        taken.status == CONFIRMED and taken.start < end and start < taken.end
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


def model_whole_window(policy, now, window, college):
    step, shortest, longest = (
        minutes(policy.step),
        minutes(policy.shortest),
        minutes(policy.longest),
    )
    start, end = window
    while start % step:
        start -= 1
    while end % step:
        end += 1
    if not shortest <= end - start <= longest:
        raise Refusal(policy.length_sentence)
    if now >= window[1]:
        return []
    while start + step <= now:
        start += step
    if end - start < shortest:
        return []
    if policy.horizon is not None and start > now + minutes(policy.horizon):
        return []
    whole = [interval(start, end)]
    return grouped((room, whole, whole) for room in college if is_free(room, start, end))


def model_gaps(policy, now, window, length, college):
    step, shortest, longest = (
        minutes(policy.step),
        minutes(policy.shortest),
        minutes(policy.longest),
    )
    while length % step:
        length += 1
    if not shortest <= length <= longest or window[1] - window[0] < shortest:
        raise Refusal(policy.length_sentence)
    last = window[1] if policy.horizon is None else min(window[1], now + minutes(policy.horizon))
    cells = [
        cell
        for cell in range(-2 * DAY, 4 * DAY, step)
        if max(window[0], now) <= cell and cell + step <= last
    ]
    found = []
    for room in college:
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
        if gaps:
            found.append((room, choices, [interval(*gap) for gap in gaps]))
    return grouped(found)


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
)
def test_whole_windows(session, user_id, policy, college, start, length, now, people_count):
    window = (start, start + length)
    fitting = in_order(room for room in college if room.seats >= (people_count or 0))
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
    fitting = in_order(room for room in college if room.seats >= (people_count or 0))
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

    candidates = [
        start
        for start in range(-10 * DAY, 10 * DAY, step)
        if now <= start
        and (policy.horizon is None or start + length <= now + minutes(policy.horizon))
        and wanted - 7 * DAY <= start
        and start + length <= wanted + length + 7 * DAY
        and is_free(refused, start, start + length)
    ]
    candidates.sort(key=lambda start: (abs(start - wanted), start))
    similar = sorted(
        (
            room
            for room in others
            if room.seats >= refused.seats and is_free(room, wanted, wanted + length)
        ),
        key=lambda room: (room.seats, room.location != refused.location, room.name),
    )

    with session.begin_nested() as savepoint:
        ids = store(session, user_id, college)
        room = session.get(Meetingroom, ids[0])
        found = alternatives(session, policy, instant(now), room, interval(wanted, wanted + length))
        savepoint.rollback()
    assert found.stretches == [interval(start, start + length) for start in candidates[:3]]
    assert [room.name for room in found.rooms] == [room.name for room in similar[:3]]
