"""The activities of the demo college."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from hhu_base.cli import demo as college
from hhu_plugins.activities import anomalies, clockins, demo, enrollment_search, waiting_list
from hhu_plugins.activities.answers import clean
from hhu_plugins.activities.enrollment_search import Filters
from hhu_plugins.activities.expressions import parse
from hhu_plugins.activities.forms import parse_form
from hhu_plugins.activities.models import Activity, Clockin, ClockinItem, Enrollment, WaitingEntry
from tests.filled import apart, filled

from .conftest import ZONE


@pytest.fixture(scope="module")
def usual_college(engine):
    def fill(session):
        college.load(session, lambda password: "hash")
        demo.load(session, SimpleNamespace(site_zone=ZONE))

    with filled(engine, fill) as connection:
        yield connection


@pytest.fixture
def connection(usual_college):
    with apart(usual_college) as connection:
        yield connection


@pytest.fixture
def activities(session) -> list[Activity]:
    return list(session.scalars(sa.select(Activity).order_by(Activity.id)))


def test_some_are_over_one_is_on_and_others_are_to_come(activities):
    now = datetime.now(UTC)
    assert sum(each.time_end < now for each in activities) >= 3
    assert sum(each.time_start < now < each.time_end for each in activities) == 1
    assert sum(each.time_start > now for each in activities) >= 4
    assert not all(each.open_for_enrollment for each in activities)


def test_every_answer_is_one_that_its_form_allows(session, activities):
    kinds = set()
    for activity in activities:
        assert parse_form(activity.form_metas) == activity.form_metas
        kinds |= {rule["type"] for rule in activity.form_metas.values()}
    assert kinds == {"text", "textarea", "number", "radio", "checkbox"}
    for enrollment in session.scalars(sa.select(Enrollment)):
        answers = enrollment.participating_metas
        assert clean(enrollment.activity.form_metas, answers) == answers


def test_nobody_is_one_too_many_and_some_wait_for_what_is_full(session, activities):
    for activity in activities:
        count = session.scalar(
            sa.select(sa.func.count()).where(Enrollment.activity_id == activity.id)
        )
        assert (
            activity.participants_total_limit is None or count <= activity.participants_total_limit
        )
    assert session.scalar(sa.select(sa.func.count(WaitingEntry.id))) >= 3
    assert waiting_list.to_be_filled(session, datetime.now(UTC)) == []


def test_people_clocked_in_within_the_windows_and_in_the_past(session, activities):
    now = datetime.now(UTC)
    found = session.scalars(sa.select(Clockin)).all()
    assert len(found) > 300
    for clockin in found:
        assert clockin.item.from_time <= clockin.time <= min(clockin.item.to_time, now)


def test_t0001_can_show_and_scan_what_is_on_right_now(session, activities):
    now = datetime.now(UTC)
    first = session.scalar(sa.select(college.User).where(college.User.username == "t0001"))
    items = clockins.duties(session, first.id, is_administrator=False, now=now)
    [item] = [each for each in items if each.from_time <= now]
    states = clockins.states(session, item.activity_id, first.id)
    assert {row.label: row.is_clockin for row in states} == {"签到": False, "签退": False}
    enrolled = sa.select(Enrollment.id).where(
        Enrollment.activity_id == item.activity_id, Enrollment.user_id == first.id
    )
    assert session.scalar(enrolled) is not None


def test_there_is_something_to_filter_and_something_odd(session, activities):
    expression = parse("签到了但未签退", enrollment_search.labels(session))
    assert len(session.scalars(enrollment_search.find(Filters(expression=expression))).all()) > 5
    rows = session.execute(anomalies.history()).all()
    odd = {each.name for row in rows for each in anomalies.oddities(*row, 25)}
    assert odd == {"same-device", "late"}


def test_loading_again_changes_nothing(session, activities):
    demo.load(session, SimpleNamespace(site_zone=ZONE))
    assert session.scalar(sa.select(sa.func.count(Activity.id))) == len(activities)
    assert session.scalar(sa.select(sa.func.count(ClockinItem.id))) > len(activities)
