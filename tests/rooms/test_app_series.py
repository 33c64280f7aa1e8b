"""Repeated reservations in the teachers' pages: planned, made, changed and cancelled."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from hhu_plugins.rooms import recurrence, rule_form, series
from hhu_plugins.rooms.models import CANCELLED, CONFIRMED, Reservation, Series, Term
from hhu_plugins.rooms.pages.series import HAS_BEGUN

WEEK = timedelta(weeks=1)


@pytest.fixture
def mine(browser, teacher):
    return browser.as_user(teacher)


@pytest.fixture
def other(add_user):
    return add_user("x0001", last_name="林", first_name="晨")


@pytest.fixture
def form_page(mine, room, tomorrow):
    answers = {"day": tomorrow(0).date().isoformat(), "at": "10:00", "minutes": "60"}
    return mine.get(f"/app/rooms/{room.id}/repeat/?{urlencode(answers)}")


def press(client, page, do: str, status: int = 200, **values):
    form = client.form(page)
    for name, value in values.items():
        form[name] = value
    client._session.flush()
    answer = form.submit("do", index=_index(form, do), status=status)
    client._session.expire_all()
    return answer


def _index(form, do: str) -> int:
    values = [each.value_if_submitted() for each in form.fields["do"]]
    return values.index(do)


def dates(session) -> list:
    rows = session.scalars(
        sa.select(Reservation)
        .where(Reservation.status == CONFIRMED, Reservation.series_id.is_not(None))
        .order_by(Reservation.reserve_from)
    )
    return [row.reserve_from for row in rows]


def said(page) -> str:
    return " ".join(each.get_text(strip=True) for each in page.html.select(".alert p"))


def test_every_week_is_planned_and_then_reserved_as_one(mine, session, form_page, tomorrow):
    plan = press(mine, form_page, "plan", description="高等数学", count="3")
    assert [each.text for each in plan.html.select(".plan .badge-tone")] == ["空闲"] * 3
    assert session.scalars(sa.select(Series)).all() == []
    answer = press(mine, plan, "save", 303)
    assert dates(session) == [tomorrow(10) + n * WEEK for n in range(3)]
    page = mine.get(answer.location)
    assert "已预约 3 次。" in said(page)
    assert press(mine, plan, "save", 303).location == answer.location  # sent twice


def test_a_date_that_is_taken_is_skipped_or_moved(
    mine, session, room, other, form_page, add_reservation, tomorrow
):
    for n in (1, 2):
        add_reservation(room, tomorrow(10) + n * WEEK, tomorrow(11) + n * WEEK, user_id=other.id)
    plan = press(mine, form_page, "plan", description="课", count="3")
    assert "2 次不能按计划" in plan.text
    refused = press(mine, plan, "save", 400)
    assert "第2次" in said(refused)
    options = [each["value"] for each in plan.html.select("#choice-2 option")]
    moved = next(each for each in options if each.startswith("time:"))
    press(mine, plan, "save", 303, **{"choice-2": moved, "choice-3": "skip"})
    found = dates(session)
    assert len(found) == 2
    assert found[1] != tomorrow(10) + WEEK


def test_taken_after_the_plan_was_seen_nothing_is_reserved(
    mine, session, room, other, form_page, add_reservation, tomorrow
):
    plan = press(mine, form_page, "plan", description="课", count="2")
    add_reservation(room, tomorrow(10) + WEEK, tomorrow(11) + WEEK, user_id=other.id)
    refused = press(mine, plan, "save", 409)
    assert series.CHANGED in said(refused)
    assert "1 次不能按计划" in refused.text
    assert dates(session) == []
    press(mine, refused, "save", 303, **{"choice-2": "skip"})
    assert len(dates(session)) == 1


def test_in_weeks_of_a_term(mine, session, room, tomorrow):
    day = tomorrow(0).date()
    monday = day - timedelta(days=day.weekday())
    session.add(Term(name="下学期", first_monday=monday, weeks_count=18))
    session.flush()
    answers = {"day": day.isoformat(), "at": "10:00", "minutes": "60"}
    page = mine.get(f"/app/rooms/{room.id}/repeat/?{urlencode(answers)}")
    refused = press(mine, page, "plan", 400, description="课", repeat="weeks")
    assert rule_form.NO_WEEKS in said(refused)
    plan = press(mine, refused, "plan", weeks="1-5 单周")
    press(mine, plan, "save", 303)
    assert len(dates(session)) == 3


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, recurrence.NO_END),
        ({"count": "0"}, "重复："),
        ({"until": "x"}, "重复："),
    ],
)
def test_a_bad_rule_is_told(mine, form_page, fields, sentence):
    refused = press(mine, form_page, "plan", 400, description="课", **fields)
    assert sentence in said(refused)


def test_a_series_without_a_description_is_refused(mine, session, form_page):
    plan = press(mine, form_page, "plan", count="2")
    assert "会议说明" in said(press(mine, plan, "save", 400))
    assert dates(session) == []


@pytest.fixture
def made(mine, session, form_page) -> Series:
    plan = press(mine, form_page, "plan", description="课", count="3")
    press(mine, plan, "save", 303)
    return session.scalars(sa.select(Series)).one()


def page_of(client, found):
    return client.get(f"/app/reservations/series/{found.id}/")


def test_those_ahead_move_together(mine, session, made, tomorrow):
    first = dates(session)[1]
    page = page_of(mine, made)
    ids = [each["value"] for each in page.html.select("#from option")]
    change = mine.form(page)
    change["from"] = ids[1]
    change["day"] = (tomorrow(0) + WEEK).date().isoformat()
    change["start"], change["end"] = "14:00", "15:00"
    plan = change.submit("do", index=_index(change, "plan"))
    assert len(plan.html.select(".plan > li")) == 2
    assert dates(session)[1] == first
    press(mine, plan, "save", 303)
    assert dates(session) == [tomorrow(10), *(tomorrow(14) + n * WEEK for n in (1, 2))]


def test_a_change_that_meets_somebody_else_shows_the_plan_as_it_is_now(
    mine, session, room, other, made, add_reservation, tomorrow
):
    plan = press(mine, page_of(mine, made), "plan", start="14:00", end="15:00")
    add_reservation(room, tomorrow(14) + WEEK, tomorrow(15) + WEEK, user_id=other.id)
    refused = press(mine, plan, "save", 409)
    assert series.CHANGED in said(refused)
    assert dates(session) == [tomorrow(10) + n * WEEK for n in range(3)]
    press(mine, refused, "save", 303, **{"choice-2": "skip"})
    assert dates(session) == [tomorrow(14), tomorrow(10) + WEEK, tomorrow(14) + 2 * WEEK]


def test_one_is_added_and_those_ahead_are_cancelled(mine, session, made, tomorrow):
    page = page_of(mine, made)
    add = next(
        form for form in page.forms.values() if "day" in form.fields and "from" not in form.fields
    )
    add["day"] = (tomorrow(0) + 5 * WEEK).date().isoformat()
    add["start"], add["end"] = "10:00", "11:00"
    add.submit("do", status=303)
    session.expire_all()
    assert len(dates(session)) == 4
    cancel = list(page_of(mine, made).forms.values())[-1]
    for _ in range(2):
        answer = cancel.submit("do", status=303)
        session.expire_all()
        assert dates(session) == []
    assert series.NONE_AHEAD in said(mine.get(answer.location))
    rows = session.scalars(sa.select(Reservation.status)).all()
    assert set(rows) == {CANCELLED}


def test_what_has_begun_or_gone_meanwhile_is_told(mine, session, made):
    page = page_of(mine, made)
    session.execute(sa.update(Reservation).values(status=CANCELLED))
    session.expire_all()
    refused = press(mine, page, "plan", 400, start="14:00", end="15:00")
    assert HAS_BEGUN in said(refused)


def test_a_series_of_somebody_else_is_none(browser, other, made):
    browser.as_user(other).get(f"/app/reservations/series/{made.id}/", status=404)
