"""Many clients at once, and what they get."""

import random
from datetime import datetime, timedelta

import psycopg
import pytest
import sqlalchemy as sa

from hhu_plugins.rooms.models import CONFIRMED, REJECTED

from .college import CLIENTS, TAKEN, Wish, assert_no_overlap, at, overlap


def test_of_two_hundred_clients_on_one_slot_one_gets_it(college, room):
    other_room = college.add_room()
    asked = college.ask_at_once([Wish(room, at(1, 10), at(1, 11)) for _ in range(CLIENTS)])
    [winner] = [one.answer for one in asked if one.answer.status == 201]
    refusals = [one.answer for one in asked if one.answer.status != 201]
    for refusal in refusals:
        assert refusal.status == 400
        assert refusal.json["non_field_errors"] == [TAKEN]
        assert len(refusal.json["alternatives"]["stretches"]) == 3
        assert refusal.json["alternatives"]["meetingrooms"]
    assert len(refusals) == CLIENTS - 1
    rows = college.rows(room)
    assert [row.id for row in rows if row.status == CONFIRMED] == [winner.json["id"]]
    assert sum(row.status == REJECTED for row in rows) == CLIENTS - 1
    # What was offered instead can be had.
    [start, end] = refusals[0].json["alternatives"]["stretches"][0]
    offered = Wish(room, datetime.fromisoformat(start), datetime.fromisoformat(end))
    assert college.ask(offered).answer.status == 201
    assert college.ask(Wish(other_room, at(1, 10), at(1, 11))).answer.status == 201


def race_for_overlapping_slots(college, room):
    chance = random.Random(20)
    wishes = []
    for _ in range(CLIENTS):
        start = at(1, 8) + timedelta(minutes=30 * chance.randrange(24))
        wishes.append(Wish(room, start, start + timedelta(minutes=30 * chance.randint(1, 6))))
    asked = college.ask_at_once(wishes)
    college.assert_truthful(asked)
    assert {one.answer.status for one in asked} == {201, 400}
    # Nobody was refused for nothing.
    rows = college.rows(room)
    confirmed = [row for row in rows if row.status == CONFIRMED]
    assert len(confirmed) == sum(one.answer.status == 201 for one in asked)
    for row in rows:
        if row.status == REJECTED:
            assert any(overlap(row, other) for other in confirmed)


def test_overlapping_unequal_slots_are_never_given_twice(college, room):
    race_for_overlapping_slots(college, room)


def race_for_one_slot(college, room):
    asked = college.ask_at_once([Wish(room, at(1, 10), at(1, 11)) for _ in range(CLIENTS)])
    college.assert_truthful(asked)
    assert sorted(one.answer.status for one in asked) == [201] + [400] * (CLIENTS - 1)
    assert sum(row.status == CONFIRMED for row in college.rows(room)) == 1


@pytest.mark.slow
def test_two_and_six_workers_started_by_mistake_do_no_harm(college):
    try:
        college.start_workers(5)
        for left in (5, 1):
            college.stop_workers(but=left)
            race_for_one_slot(college, college.add_room())
            race_for_overlapping_slots(college, college.add_room())
    finally:
        college.stop_workers()


@pytest.mark.parametrize(
    ("start", "end"), [((10, 0), (11, 0)), ((10, 30), (11, 30)), ((9, 0), (12, 0))]
)
def test_a_raw_insert_of_an_overlap_is_refused_by_postgres(college, room, start, end):
    college.insert(Wish(room, at(1, 10), at(1, 11)), status=CONFIRMED)
    with pytest.raises(sa.exc.IntegrityError) as refusal:
        college.insert(Wish(room, at(1, *start), at(1, *end)), status=CONFIRMED)
    assert isinstance(refusal.value.orig, psycopg.errors.ExclusionViolation)
    # One that only touches, one in another room, and one that does not count are let in.
    college.insert(Wish(room, at(1, 11), at(1, 12)), status=CONFIRMED)
    college.insert(Wish(college.add_room(), at(1, 10), at(1, 11)), status=CONFIRMED)
    college.insert(Wish(room, at(1, 10), at(1, 11)), status=REJECTED)
    assert_no_overlap(college.rows(room))
