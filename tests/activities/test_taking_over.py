"""The activities' part of a takeover."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from hhu_base.taking_over.running import take_over
from hhu_base.taking_over.takeover import Takeover
from hhu_plugins.activities.models import Activity, Clockin, ClockinItem, Enrollment

from ..taking_over.dumps import dump, other, user  # noqa: TID252 - shared by the plugins
from .conftest import FORM, ZONE

ANSWERS = {"姓名": "褚杰", "已删除的字段": ["x", 1]}


@pytest.fixture
def take(app, session):
    """``take(object, …)``: a takeover of these, and of two people."""

    def take(*objects, allowed=()):
        takeover = Takeover(session, dump(user(1), user(2), *objects), ZONE, allowed)
        take_over(takeover, app.registry["takeover_parts"])
        session.expire_all()
        return takeover

    return take


def activity(pk=7, **fields):
    values = {
        "name": "春游",
        "time_start": "2020-03-01T09:00:00",
        "time_end": "2020-03-01T17:00:00Z",
        "location": "操场",
        "description": "",
        "form_metas": json.dumps(FORM),
        "open_for_enrollment": True,
        "participants_total_limit": None,
    }
    return other("activity.activity", pk, **{**values, **fields})


def enrollment(pk=5, **fields):
    values = {"activity": 7, "user": 1, "enroll_time": "2020-02-22T17:02:00Z"}
    return other(
        "activity.enrollment",
        pk,
        **{**values, "participating_metas": json.dumps(ANSWERS), **fields},
    )


def item(pk=3, **fields):
    values = {"activity": 7, "label": "签到", "staff": [2, ["t0001"]]}
    times = {"from_time": "2020-03-01T08:30:00", "to_time": "2020-03-01T09:30:00"}
    return other("activity.clockinitem", pk, **{**values, **times, **fields})


def clockin(pk=9, **fields):
    values = {"item": 3, "user": 1, "time": "2020-03-01T08:50:00"}
    return other("activity.clockin", pk, **{**values, **fields})


EVERYTHING = (activity(), enrollment(), item(), clockin())


def test_all_of_it_keeps_its_ids_and_the_answers_stay_as_they_were_given(session, take):
    assert take(*EVERYTHING).problems == []
    kept = session.get_one(Activity, 7)
    assert kept.form_metas == FORM
    assert list(kept.form_metas) == list(FORM)
    assert kept.time_start == datetime(2020, 3, 1, 1, tzinfo=UTC)
    assert kept.participants_total_limit is None
    found = session.get_one(Enrollment, 5)
    assert (found.participating_metas, found.attended) == (ANSWERS, ["签到"])
    assert [person.username for person in session.get_one(ClockinItem, 3).staff] == [
        "t0001",
        "t0002",
    ]
    assert session.get_one(Clockin, 9).user_id == 1


def test_a_second_run_finds_it_there(session, take):
    take(*EVERYTHING)
    again = take(*EVERYTHING)
    assert again.problems == []
    assert all(again.counts[found["model"]]["已存在"] == 1 for found in EVERYTHING)


@pytest.mark.parametrize(
    "broken",
    [
        activity(form_metas="{"),
        activity(form_metas={"a": {"type": "date"}}),
        activity(time_end="2020-02-01T00:00:00Z"),
        enrollment(participating_metas="[]"),
        enrollment(participating_metas="{"),
        enrollment(participating_metas={"a": "\0"}),
        item(to_time="2020-03-01T08:30:00"),
    ],
)
def test_what_can_not_be_is_listed_and_only_mended_where_that_is_allowed(session, take, broken):
    whole = [broken if found["model"] == broken["model"] else found for found in EVERYTHING]
    assert len(take(*whole).problems) == 1
    assert session.scalars(sa.select(Clockin)).all() == []
    allowed = take(*whole, allowed=["impossible"])
    assert allowed.problems == []
    assert len(allowed.notes) == 1


@pytest.mark.parametrize(
    "broken",
    [
        enrollment(activity=99),
        enrollment(user=99),
        item(activity=None),
        item(staff=[99]),
        clockin(item=99),
        clockin(time="soon"),
        activity(name="x" * 256),
    ],
)
def test_what_refers_to_nothing_stops_it(session, take, broken):
    whole = [broken if found["model"] == broken["model"] else found for found in EVERYTHING]
    assert take(*whole).problems != []


def test_two_items_with_one_label_are_told_apart(session, take):
    done = take(*EVERYTHING, item(pk=4))
    assert done.problems == []
    assert len(done.notes) == 1
    assert session.get_one(ClockinItem, 4).label == "签到 4"
