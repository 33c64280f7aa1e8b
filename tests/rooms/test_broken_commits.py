"""The database goes away while a reservation is committed: no answer is untrue."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa
from psycopg.errors import QueryCanceled
from sqlalchemy.exc import OperationalError

from hhu_base.database import transactions
from hhu_plugins.rooms import decisions, orders, submission
from hhu_plugins.rooms.models import CONFIRMED, Change, Reservation

GONE = OperationalError("COMMIT", {}, Exception("server closed the connection unexpectedly"))
GONE.connection_invalidated = True
OUT_OF_TIME = OperationalError("SELECT", {}, QueryCanceled("statement timeout"))


@pytest.fixture
def ask(api, teacher, room, tomorrow):
    mine = api.as_user(teacher)

    def ask(status: int = 201, **headers: str):
        body = {
            "meetingroom": room.id,
            "reserve_from": tomorrow(10).isoformat(),
            "reserve_to": tomorrow(11).isoformat(),
            "description": "例会",
        }
        return mine.post("/reservations/", body, status=status, headers=headers)

    return ask


@pytest.fixture
def impatient(app, monkeypatch) -> None:
    monkeypatch.setitem(app.registry, "rooms.reservation_timeout", 0.3)


@pytest.fixture(params=["alone", "with others"])
def break_first_commit(request, app, monkeypatch):
    """Alone, in the request's own transaction, as one that has written something already; or in a
    statement that several requests share."""
    commits = []

    def breaking(commit, is_written: bool):
        def broken(*args):
            commits.append(args)
            if len(commits) > 1 or is_written:
                commit(*args)
            if len(commits) == 1:
                raise GONE

        return broken

    def set_up(*, is_written: bool) -> None:
        if request.param == "alone":
            monkeypatch.setattr(orders, "has_begun", lambda _: True)
        else:
            write = breaking(app.registry["rooms.write"], is_written)
            monkeypatch.setitem(app.registry, "rooms.write", write)
        commit = breaking(transactions.commit, is_written)
        monkeypatch.setattr(transactions, "commit", commit)

    return set_up


def count(session) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(Reservation))


def test_a_commit_that_came_through_is_found_though_its_connection_broke(
    ask, break_first_commit, session
):
    break_first_commit(is_written=True)
    answer = ask().json
    assert answer["status"] == CONFIRMED
    assert session.get_one(Reservation, answer["id"]).status == CONFIRMED


def test_one_that_did_not_come_through_is_told_so_and_nothing_is_left(
    ask, break_first_commit, impatient, session
):
    break_first_commit(is_written=False)
    assert ask(400).json == {"non_field_errors": [decisions.NOT_DECIDED]}
    assert count(session) == 0


def test_a_row_that_only_has_the_same_id_is_not_taken_for_it(
    ask, break_first_commit, impatient, session, monkeypatch
):
    """After a crash PostgreSQL may give the id of a lost row to the next one."""
    break_first_commit(is_written=True)
    matter = replace(
        orders.RESERVATION,
        is_written=lambda session, row_id, _: submission.is_written(session, row_id, "another"),
    )
    monkeypatch.setattr(orders, "RESERVATION", matter)
    assert ask(400).json == {"non_field_errors": [decisions.NOT_DECIDED]}


def test_who_cannot_be_told_is_told_to_look_first_and_a_repetition_is_answered_with_it(
    app, ask, session, monkeypatch
):
    def away(*_):
        raise GONE

    with monkeypatch.context() as patch:
        patch.setitem(app.registry, "rooms.reservation_timeout", 2)
        patch.setattr(
            orders, "RESERVATION", replace(orders.RESERVATION, find_outcome=away, withdraw=away)
        )
        answer = ask(503)
    assert "请先查看我的预约，再决定是否重试" in answer.json["detail"]
    assert answer.headers["Retry-After"]
    made = session.scalars(sa.select(Reservation)).one()
    assert made.status == CONFIRMED
    assert ask().json["id"] == made.id
    assert count(session) == 2  # the second as a request that repeats the first


def test_who_does_not_wait_is_told_to_look_first_as_well(ask, break_first_commit, session):
    break_first_commit(is_written=True)
    answer = ask(503, Prefer="respond-async")
    assert answer.json["detail"] == submission.UNKNOWN
    assert count(session) == 1


def test_a_statement_out_of_time_while_waiting_is_not_the_end(ask, monkeypatch):
    """The row is there and may be decided: to say that it failed would be untrue."""
    decide, tries = orders.RESERVATION.decide, []

    def slow_at_first(session):
        tries.append(session)
        if len(tries) == 1:
            raise OUT_OF_TIME
        return decide(session)

    monkeypatch.setattr(orders, "RESERVATION", replace(orders.RESERVATION, decide=slow_at_first))
    assert ask().json["status"] == CONFIRMED
    assert len(tries) == 2


@pytest.mark.parametrize("is_alone", [True, False])
def test_a_mistake_of_our_own_while_committing_is_no_broken_connection(
    app, ask, monkeypatch, is_alone
):
    def wrong(*_):
        raise sa.exc.ProgrammingError("COMMIT", {}, Exception("no such table"))

    monkeypatch.setattr(orders, "has_begun", lambda _: is_alone)
    monkeypatch.setattr(transactions, "commit", wrong)
    monkeypatch.setitem(app.registry, "rooms.write", wrong)
    ask(500)


@pytest.fixture
def meeting(room, add_reservation, tomorrow) -> Reservation:
    return add_reservation(room, tomorrow(14), tomorrow(15))


@pytest.fixture
def change(api, teacher, meeting, tomorrow):
    mine = api.as_user(teacher)
    wish = {"reserve_to": tomorrow(16).isoformat()}
    return lambda status: mine.patch(f"/reservations/{meeting.id}/", wish, status=status).json


def test_a_change_whose_commit_came_through_is_found(change, meeting, break_first_commit, tomorrow):
    break_first_commit(is_written=True)
    assert change(200)["reserve_to"] == tomorrow(16).isoformat()
    assert meeting.revision == 1


def test_a_change_that_did_not_come_through_leaves_all_as_it_was(
    change, meeting, break_first_commit, impatient, session, tomorrow
):
    break_first_commit(is_written=False)
    assert change(400) == {"non_field_errors": [decisions.NOT_DECIDED]}
    assert (meeting.reserve_to, meeting.revision) == (tomorrow(15), 0)
    assert session.scalar(sa.select(sa.func.count()).select_from(Change)) == 0


@pytest.mark.parametrize("is_written", [True, False])
def test_a_series_is_there_whole_or_not_at_all(
    api, teacher, room, tomorrow, request, break_first_commit, session, is_written
):
    mine = api.as_user(teacher)
    asked = {
        "meetingroom": room.id,
        "reserve_from": tomorrow(10).isoformat(),
        "reserve_to": tomorrow(11).isoformat(),
        "description": "高等数学",
        "rule": {"every": 1, "count": 3},
    }
    asked["digest"] = mine.post("/reservations/series/plan/", asked, status=200).json["digest"]
    break_first_commit(is_written=is_written)
    if not is_written:
        request.getfixturevalue("impatient")
    answer = mine.post("/reservations/series/", asked, status=201 if is_written else 400).json
    if is_written:
        assert answer["count"] == 3
    else:
        assert answer == {"non_field_errors": [decisions.NOT_DECIDED]}
        assert mine.get("/reservations/series/").json["count"] == 0
    assert count(session) == (3 if is_written else 0)


def test_who_can_not_be_told_of_a_change_is_told_to_look_first(
    app, change, meeting, session, monkeypatch, tomorrow
):
    def away(*_):
        raise GONE

    with monkeypatch.context() as patch:
        patch.setitem(app.registry, "rooms.reservation_timeout", 1)
        group = replace(orders.GROUP, find_outcome=away, withdraw=away)
        patch.setattr(orders, "GROUP", group)
        assert change(503)["detail"] == submission.UNKNOWN
    assert change(200)["reserve_to"] == tomorrow(16).isoformat()
    assert meeting.revision == 1
