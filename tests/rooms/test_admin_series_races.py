"""A series in 预约会议室, confirmed by two administrators at once and with real commits.

One has all of its dates, and the other is shown the new plan and has none. The control takes the
lock off, and then a room has two: so this proof can fail.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from hhu_plugins.rooms import decisions
from hhu_plugins.rooms.admin import reservation_form
from tests.locks import take_off_the_lock

from .races import InTurn, at_once
from .test_admin_conflict_races import confirmed, desks, people, rows_of  # noqa: F401 - fixtures

ROUNDS, DATES = 6, 4
WEEK = timedelta(weeks=1)


@pytest.fixture
def plan(desks, people, tomorrow):  # noqa: F811
    """``plan("fang", room)``: the form with the plan, from 10 to 11 on ``DATES`` weeks."""

    def plan(who: str, room_id: int):
        browser, _ = desks[who]
        asked = {
            "start": f"{tomorrow(10):%Y-%m-%dT%H:%M}",
            "end": f"{tomorrow(11):%Y-%m-%dT%H:%M}",
            "room": room_id,
            "user": people[who],
            "description": f"课 {who}",
        }
        form = browser.form(browser.client.get(reservation_form.PATH, asked))
        form["repeat"], form["count"] = "week", str(DATES)
        return browser.form(form.submit("do", value="plan"))

    return plan


def confirm(form):
    return form.submit("do", value="book", expect_errors=True)


@pytest.mark.slow
def test_two_administrators_confirm_plans_that_meet(house, plan, new_room):  # noqa: F811
    for _ in range(ROUNDS):
        room = new_room()
        forms = [plan(who, room) for who in ("fang", "li")]
        answers = at_once(*(partial(confirm, form) for form in forms))
        assert sorted(answer.status_code for answer in answers) == [303, 409]
        held = confirmed(rows_of(house, room))
        assert len(held) == DATES
        assert len({user_id for _, user_id, *_ in held}) == 1
        # Of the one who lost nothing is left.
        assert len(rows_of(house, room)) == DATES


@pytest.mark.slow
@pytest.mark.parametrize("has_lock", [True, False])
def test_what_keeps_them_apart_is_the_lock(
    house,
    plan,
    new_room,  # noqa: F811
    no_constraint,  # noqa: F811
    monkeypatch,
    has_lock,
):
    room = new_room()
    forms = [plan(who, room) for who in ("fang", "li")]
    if not has_lock:
        take_off_the_lock(monkeypatch)
    turns = InTurn(monkeypatch, decisions, "_confirmed_beside", has_lock)
    answers = turns.run(*(partial(confirm, form) for form in forms))
    statuses = [answer.status_code for answer in answers]
    assert statuses == ([303, 409] if has_lock else [303, 303])
    assert len(rows_of(house, room)) == (DATES if has_lock else 2 * DATES)
