"""The rooms of the demo college, and the meetings in them."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from hhu_base.cli import demo as college
from hhu_base.documents.file_store import FileStore
from hhu_base.models import User
from hhu_plugins.rooms import closed_times, demo
from hhu_plugins.rooms.models import (
    CANCELLED,
    CONFIRMED,
    REJECTED,
    Closure,
    Equipment,
    Meetingroom,
    OpeningHours,
    Photo,
    Reservation,
    Term,
)
from hhu_plugins.rooms.policy import BookingPolicy
from tests.filled import apart, filled
from tests.sampling import first

ZONE = ZoneInfo("Asia/Shanghai")


def registry(folder, step=30, shortest=30, longest=180, horizon=365):
    minutes = {"step": step, "shortest": shortest, "longest": longest}
    policy = BookingPolicy(
        **{name: timedelta(minutes=value) for name, value in minutes.items()},
        horizon=timedelta(days=horizon) if horizon else None,
        zone=ZONE,
    )
    return {"rooms.policy": policy, "rooms.photo_store": FileStore(folder / "rooms")}


@pytest.fixture(scope="module")
def usual_college(engine, tmp_path_factory):
    """People, rooms and reservations, by the usual rules."""

    def fill(session):
        college.load(session, lambda password: "hash")
        demo.load(session, registry(tmp_path_factory.mktemp("demo")))

    with filled(engine, fill) as connection:
        yield connection


@pytest.fixture
def connection(usual_college):
    with apart(usual_college) as connection:
        yield connection


@pytest.fixture
def people(session):
    """Only the people."""
    session.execute(sa.delete(Reservation))
    session.execute(sa.delete(Closure))
    session.execute(sa.delete(OpeningHours))
    session.execute(sa.delete(Meetingroom))
    session.execute(sa.delete(Equipment))
    session.execute(sa.delete(Term))


def test_there_is_a_term_to_plan_by(session):
    today = datetime.now(ZONE).date()
    first, second = session.scalars(sa.select(Term).order_by(Term.first_monday))
    end = second.first_monday + timedelta(weeks=second.weeks_count)
    # In the summer the next has not begun.
    assert first.first_monday - timedelta(days=40) <= today <= end + timedelta(days=60)


@pytest.fixture
def load(session, request, tmp_path):
    """``load()``: the usual reservations, or with ``load(step=5)`` those by other rules."""

    def load(**rules):
        if rules:
            request.getfixturevalue("people")
            demo.load(session, registry(tmp_path, **rules))
        return session.scalars(sa.select(Reservation).order_by(Reservation.id)).all()

    return load


def local(instant):
    return instant.astimezone(ZONE)


def test_there_are_fifty_rooms_of_all_sizes_in_several_buildings(session, load):
    load()
    rooms = session.scalars(sa.select(Meetingroom)).all()
    assert len(rooms) == 50
    assert {"勤学楼", "励学楼", "闻天馆"} <= {room.location for room in rooms}
    assert any(room.name == "勤学楼 301 会议室" for room in rooms)
    assert min(room.seats_count for room in rooms) == 6
    assert max(room.seats_count for room in rooms) == 120
    assert len({tuple(room.equipment) for room in rooms}) > 8
    words = session.scalars(sa.select(Equipment.name)).all()
    assert {word for room in rooms for word in room.equipment} == set(words)
    assert 15 < session.scalar(sa.select(sa.func.count(Photo.room_id.distinct()))) < 30
    assert all(room.description for room in rooms)


def test_there_are_thousands_of_meetings_from_three_weeks_ago_to_three_weeks_ahead(load):
    confirmed = [row for row in load() if row.status == CONFIRMED]
    assert 1500 < len(confirmed) < 6000
    now = datetime.now(ZONE)
    days = [(local(row.reserve_from).date() - now.date()).days for row in confirmed]
    # Three weeks, give or take a midnight that passes while the test runs.
    assert -22 <= min(days) < -15
    assert 15 < max(days) <= 22


@pytest.mark.parametrize(
    "rules",
    first(
        1,
        [
            {},
            {"step": 15, "shortest": 20, "longest": 100},
            {"step": 5},
            {"step": 60, "shortest": 60},
            {"step": 30, "shortest": 240, "longest": 480},
            {"step": 1, "shortest": 1, "longest": 25},
        ],
    ),
)
def test_every_meeting_obeys_the_rules_of_the_site(load, rules):
    policy = registry(Path(), **rules)["rooms.policy"]
    reservations = load(**rules)
    assert reservations
    for row in reservations:
        start, end = local(row.reserve_from), local(row.reserve_to)
        assert policy.widen(start, end) == (start, end)
        assert policy.allows_length(end - start)
        assert start.date() == end.date()
        assert time(8) <= start.time() < end.time() <= time(21, 30)


def test_nothing_is_reserved_beyond_the_horizon(load):
    latest = max(row.reserve_to for row in load(horizon=3))
    assert latest <= datetime.now(ZONE) + timedelta(days=3)


def test_without_a_horizon_the_meetings_are_the_same_three_weeks(load):
    assert load(horizon=None)


def test_a_site_whose_rules_no_meeting_fits_gets_rooms_only(session, load):
    assert load(step=30, shortest=40, longest=50) == []
    assert session.scalar(sa.select(sa.func.count(Meetingroom.id))) == 50


def test_no_room_is_confirmed_twice(load):
    # The constraint would refuse it; this says that it never had to.
    ends = {}
    for row in sorted(load(), key=lambda row: row.reserve_from):
        if row.status == CONFIRMED:
            assert ends.get(row.room_id, row.reserve_from) <= row.reserve_from
            ends[row.room_id] = row.reserve_to


def test_most_meetings_are_on_working_days(load):
    weekend = [local(row.reserve_from).weekday() >= 5 for row in load()]
    assert 0 < sum(weekend) < len(weekend) * 0.08


def test_some_rooms_are_busy_and_some_are_seldom_used(load):
    counts = Counter(row.room_id for row in load() if row.status == CONFIRMED).values()
    assert max(counts) > 4 * min(counts)


def test_the_descriptions_vary(load):
    assert len({row.description for row in load()}) > 30


def test_the_history_tells_of_a_few_that_were_cancelled_or_rejected(session, load):
    reservations = load()
    counts = Counter(row.status for row in reservations)
    assert set(counts) == {CONFIRMED, CANCELLED, REJECTED}
    assert 10 < counts[CANCELLED] < counts[CONFIRMED] / 10
    assert 10 < counts[REJECTED] < counts[CONFIRMED] / 10
    for row in reservations:
        if row.status == CANCELLED:
            assert row.status_changed_by == row.user_id
        if row.status == REJECTED:
            assert row.status_reason == "会议室在该时间段已经被占用。"


def test_everything_was_asked_for_and_decided_before_now_and_before_the_meeting(load):
    now = datetime.now(ZONE)
    for row in load():
        assert row.requested_at < row.status_changed_at < min(now, row.reserve_from)


def test_later_requests_have_greater_ids(load):
    requested = [row.requested_at for row in load()]
    assert requested == sorted(requested)


def test_only_teachers_hold_rooms(session, load):
    load()
    holders = sa.select(Reservation.user_id).distinct()
    names = session.scalars(sa.select(User.username).where(User.id.in_(holders))).all()
    assert len(names) > 100
    assert "admin" not in names


def test_a_database_with_a_room_is_left_alone(session, people, tmp_path):
    session.add(Meetingroom(name="101", location="勤学楼", seats_count=5))
    session.flush()
    demo.load(session, registry(tmp_path))
    assert session.scalar(sa.select(sa.func.count(Meetingroom.id))) == 1
    assert session.scalar(sa.select(sa.func.count(Reservation.id))) == 0


def test_without_people_there_are_rooms_and_no_reservations(session, people, tmp_path):
    session.execute(sa.delete(User))
    demo.load(session, registry(tmp_path))
    assert session.scalar(sa.select(sa.func.count(Meetingroom.id))) == 50
    assert session.scalar(sa.select(sa.func.count(Reservation.id))) == 0


def test_some_rooms_are_closed_and_nobody_meets_there(session, load):
    rows = load()
    kinds = {
        (row.room_id is None, row.location is None) for row in session.scalars(sa.select(Closure))
    }
    assert kinds == {(False, True), (True, False)}
    assert session.scalar(sa.select(sa.func.count()).select_from(OpeningHours)) == 2
    start, end = min(row.reserve_from for row in rows), max(row.reserve_to for row in rows)
    closed = closed_times.read(session, start, end)
    rooms = {room.id: room for room in session.scalars(sa.select(Meetingroom))}
    assert any(closed.during(room, start, end) for room in rooms.values())
    assert not [
        row for row in rows if closed.during(rooms[row.room_id], row.reserve_from, row.reserve_to)
    ]
