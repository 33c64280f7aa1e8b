"""The search over opening hours, closures and reservations, against somebody with a diary.

Times are quarters of an hour counted from a midnight; the model knows of each room and quarter
whether it is taken or closed, and walks over them.
"""

from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hhu_base.models import User
from hhu_plugins.rooms import closed_times, decisions, occupancy
from hhu_plugins.rooms.availability import alternatives, free_rooms
from hhu_plugins.rooms.models import (
    CONFIRMED,
    PENDING,
    REJECTED,
    Closure,
    Meetingroom,
    OpeningHours,
    Reservation,
)
from hhu_plugins.rooms.opening_hours import store_week
from hhu_plugins.rooms.policy import BookingPolicy

ZONE = ZoneInfo("Asia/Shanghai")
MIDNIGHT = datetime(2030, 11, 25, tzinfo=ZONE)  # a Monday, still to come
QUARTER = timedelta(minutes=15)
DAY = 96
POLICY = BookingPolicy(
    step=QUARTER, shortest=QUARTER, longest=timedelta(hours=12), horizon=None, zone=ZONE
)
EXAMPLES = settings(
    deadline=None,
    max_examples=50,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


class Spell(NamedTuple):
    """A closure: of a room, of a place, or of all; without an end where that is None."""

    room: int | None
    place: str | None
    start: int
    end: int | None


class College(NamedTuple):
    places: list[str]
    seats: list[int]
    hours: dict[int | None, list[list[tuple[int, int]]]]
    spells: list[Spell]
    taken: list[tuple[int, int, int]]

    def reason(self, room: int, quarter: int) -> str | None:
        """Why the room is closed in that quarter, or None if it is open."""
        for number, spell in sorted(enumerate(self.spells), key=lambda one: one[1].start):
            is_here = spell.room == room or spell.place == self.places[room]
            if spell.room is None and spell.place is None:
                is_here = True
            if is_here and spell.start <= quarter and (spell.end is None or quarter < spell.end):
                return f"停用 {number}"
        week = self.hours.get(room, self.hours.get(None))
        if week is None:
            return None
        day, time = divmod(quarter, DAY)
        today, yesterday = week[day % 7], week[(day - 1) % 7]
        is_open = any(first <= time < last for first, last in today)
        is_open |= any(first <= time + DAY < last for first, last in yesterday)
        return None if is_open else closed_times.OUTSIDE

    def is_taken(self, room: int, quarter: int) -> bool:
        return any(number == room and start <= quarter < end for number, start, end in self.taken)

    def is_free(self, room: int, start: int, end: int) -> bool:
        quarters = range(start, end)
        return not any(self.is_taken(room, q) or self.reason(room, q) for q in quarters)


def apart(day: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Those of a day that overlap none before them: together they could be more than a day."""
    kept: list[tuple[int, int]] = []
    for first, last in day:
        if all(last < begin or end < first for begin, end in kept):
            kept.append((first, last))
    return kept


days = st.lists(
    st.tuples(st.integers(0, 95), st.integers(1, 95)).map(lambda p: (p[0], p[0] + p[1])),
    max_size=2,
).map(apart)
hours = st.lists(days, min_size=7, max_size=7)


@st.composite
def colleges(draw):
    count = draw(st.integers(1, 4))
    rooms = st.sampled_from(range(count))
    keys = st.none() | rooms
    spells = draw(
        st.lists(
            st.builds(
                lambda where, start, length: Spell(
                    where if isinstance(where, int) else None,
                    where if isinstance(where, str) and where else None,
                    start,
                    start + length if length else None,
                ),
                rooms | st.sampled_from(["A", "B", ""]),
                st.integers(-DAY, 3 * DAY),
                st.integers(1, DAY) | st.just(0),
            ),
            max_size=4,
            # Of two that begin at once any may be told.
            unique_by=lambda spell: spell.start,
        )
    )
    taken, quarter = [], 0
    for _ in range(draw(st.integers(0, 6))):
        quarter += draw(st.integers(0, 40))
        length = draw(st.integers(1, 12))
        taken.append((draw(rooms), quarter, quarter + length))
        quarter += length
    return College(
        [draw(st.sampled_from("AB")) for _ in range(count)],
        [draw(st.sampled_from([10, 20, 30])) for _ in range(count)],
        draw(st.dictionaries(keys, hours, max_size=3)),
        spells,
        taken,
    )


@pytest.fixture
def user_id(session):
    user = User(username="t0001", last_name="褚", first_name="杰")
    session.add(user)
    session.flush()
    return user.id


def at(quarter: int) -> datetime:
    return MIDNIGHT + quarter * QUARTER


def interval(start: int, end: int):
    return at(start), at(end)


def store(session, user_id: int, college: College) -> list[int]:
    """Writes the college into the database; the ids of its rooms."""
    ids = [
        session.execute(
            sa.insert(Meetingroom)
            .values(name=f"R{number}", location=place, seats_count=seats)
            .returning(Meetingroom.id)
        ).scalar_one()
        for number, (place, seats) in enumerate(zip(college.places, college.seats, strict=True))
    ]
    for room, week in college.hours.items():
        days = tuple(tuple((15 * first, 15 * last) for first, last in day) for day in week)
        session.add(
            OpeningHours(
                room_id=None if room is None else ids[room],
                week=store_week(days),
                zone=ZONE.key,
            )
        )
    for number, spell in enumerate(college.spells):
        session.add(
            Closure(
                room_id=None if spell.room is None else ids[spell.room],
                location=spell.place,
                starts=at(spell.start),
                ends=None if spell.end is None else at(spell.end),
                reason=f"停用 {number}",
            )
        )
    for room, start, end in college.taken:
        session.add(reservation(ids[room], user_id, start, end))
    session.flush()
    return ids


def reservation(room_id: int, user_id: int, start: int, end: int, status: str = CONFIRMED):
    return Reservation(
        room_id=room_id,
        user_id=user_id,
        reserve_from=at(start),
        reserve_to=at(end),
        description="会",
        status=status,
    )


def runs(quarters) -> list[tuple[int, int]]:
    """Quarters that follow each other, as stretches."""
    found: list[list[int]] = []
    for quarter in quarters:
        if found and found[-1][1] == quarter:
            found[-1][1] = quarter + 1
        else:
            found.append([quarter, quarter + 1])
    return [(start, end) for start, end in found]


windows = st.tuples(st.integers(0, 3 * DAY), st.integers(1, 2 * DAY))


@EXAMPLES
@given(college=colleges(), window=windows, length=st.integers(1, 24))
def test_the_first_generation(session, user_id, college, window, length):
    start, end = window[0], window[0] + window[1]
    expected = {}
    for room in range(len(college.places)):
        free = runs(q for q in range(start, end) if college.is_free(room, q, q + 1))
        gaps = [interval(*gap) for gap in free if gap[1] - gap[0] >= length]
        if gaps:
            expected[f"R{room}"] = gaps
    whole = {
        f"R{room}"
        for room in range(len(college.places))
        if college.is_free(room, start, start + length)
    }
    with session.begin_nested() as savepoint:
        store(session, user_id, college)
        places = free_rooms(
            session, POLICY, at(-5 * DAY), interval(start, end), length=length * QUARTER
        )
        at_once = free_rooms(session, POLICY, at(-5 * DAY), interval(start, start + length))
        savepoint.rollback()
    assert {each.room.name: each.free for place in places for each in place.rooms} == expected
    assert {each.room.name for place in at_once for each in place.rooms} == whole


@EXAMPLES
@given(college=colleges(), window=windows)
def test_the_second_generation(session, user_id, college, window):
    start, end = window[0], window[0] + window[1]
    expected = {}
    for room in range(len(college.places)):
        reasons = [(q, college.reason(room, q)) for q in range(start, end)]
        closed = [
            (*interval(*run), "不开放", reason)
            for reason in {reason for _, reason in reasons if reason}
            for run in runs(q for q, why in reasons if why == reason)
        ]
        taken = [
            (*interval(first, last), "t0001-褚杰", "会")
            for number, first, last in college.taken
            if number == room and first < end and start < last
        ]
        expected[f"R{room}"] = sorted([*closed, *taken], key=lambda each: (each[0], each[2]))
    with session.begin_nested() as savepoint:
        store(session, user_id, college)
        found = occupancy.calendars(session, interval(start, end))
        savepoint.rollback()
    shown = {}
    for calendar in found:
        entries = [
            (each.reserve_from, each.reserve_to, each.reserve_user, each.description)
            for each in calendar.reservations
        ]
        assert [each[0] for each in entries] == sorted(each[0] for each in entries)
        shown[calendar.room.name] = sorted(entries, key=lambda each: (each[0], each[2]))
    assert joined(shown) == joined(expected)


def joined(calendars):
    """Stretches of one kind that meet are one: a closure may be told in two parts."""
    found = {}
    for room, entries in calendars.items():
        merged: list[tuple] = []
        for entry in sorted(entries, key=lambda each: (each[2:], each[0])):
            if merged and merged[-1][1:] == (entry[0], *entry[2:]) and entry[2] == "不开放":
                merged[-1] = (merged[-1][0], *entry[1:])
            else:
                merged.append(entry)
        found[room] = merged
    return found


@EXAMPLES
@given(college=colleges(), wanted=st.integers(0, 3 * DAY), length=st.integers(1, 12))
def test_alternatives(session, user_id, college, wanted, length):
    starts = [
        start
        for start in range(wanted - 7 * DAY, wanted + 7 * DAY + 1)
        if college.is_free(0, start, start + length)
    ]
    starts.sort(key=lambda start: (abs(start - wanted), start))
    others = [
        room
        for room in range(1, len(college.places))
        if college.seats[room] >= college.seats[0]
        and college.is_free(room, wanted, wanted + length)
    ]
    others.sort(key=lambda r: (college.seats[r], college.places[r] != college.places[0], r))
    with session.begin_nested() as savepoint:
        ids = store(session, user_id, college)
        room = session.get(Meetingroom, ids[0])
        span = interval(wanted, wanted + length)
        found = alternatives(session, POLICY, at(-30 * DAY), room, span)
        savepoint.rollback()
    assert found.stretches == [interval(start, start + length) for start in starts[:3]]
    assert [each.name for each in found.rooms] == [f"R{room}" for room in others[:3]]


@EXAMPLES
@given(
    college=colleges(),
    wishes=st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 3 * DAY), st.integers(1, 12)), max_size=8
    ),
)
def test_what_is_decided_is_first_come_first_served_in_open_time(session, user_id, college, wishes):
    wishes = [(room % len(college.places), start, start + n) for room, start, n in wishes]
    expected, taken = [], list(college.taken)
    for room, start, end in wishes:
        so_far = college._replace(taken=taken)
        is_had = so_far.is_free(room, start, end)
        is_closed = any(college.reason(room, q) for q in range(start, end))
        expected.append((CONFIRMED, "") if is_had else (REJECTED, is_closed))
        if is_had:
            taken = [*taken, (room, start, end)]
    with session.begin_nested() as savepoint:
        ids = store(session, user_id, college)
        rows = []
        for number, (room, start, end) in enumerate(wishes):
            row = reservation(ids[room], user_id, start, end, PENDING)
            # Nobody repeats a request here.
            row.requested_at = at(number - 100 * DAY)
            session.add(row)
            session.flush()
            rows.append(row.id)
        decisions.decide_pending(session)
        columns = (Reservation.id, Reservation.status, Reservation.status_reason)
        decided = {row.id: row for row in session.execute(sa.select(*columns))}
        found = [
            (decided[id_].status, decided[id_].status_reason)
            if decided[id_].status == CONFIRMED
            else (decided[id_].status, decided[id_].status_reason == closed_times.CLOSED)
            for id_ in rows
        ]
        savepoint.rollback()
    assert found == expected
