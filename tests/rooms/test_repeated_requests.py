"""The same request sent twice, one after the other or at the same time, is one request."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from webtest import TestApp

from hhu_base.accounts import tokens
from hhu_base.models import User
from hhu_plugins.rooms import decisions
from hhu_plugins.rooms.models import CANCELLED, CONFIRMED, Meetingroom, Reservation

TAKEN = "会议室在该时间段已经被占用。"
AT_ONCE = 8


@pytest.fixture
def mine(api, teacher):
    return api.as_user(teacher)


@pytest.fixture
def wish(room, tomorrow):
    def wish(**changes) -> dict:
        return {
            "meetingroom": room.id,
            "reserve_from": tomorrow(10).isoformat(),
            "reserve_to": tomorrow(11).isoformat(),
            "description": "例会",
        } | changes

    return wish


def count_confirmed(session) -> int:
    statement = sa.select(sa.func.count()).select_from(Reservation)
    return session.scalar(statement.where(Reservation.status == CONFIRMED))


def test_the_second_is_answered_with_the_reservation_of_the_first(mine, wish, session):
    first = mine.post("/reservations/", wish()).json
    again = mine.post("/reservations/", wish(description="第二次")).json
    assert again == first
    assert [one["id"] for one in mine.get("/reservations/", {"past": "yes"}).json["results"]] == [
        first["id"]
    ]
    assert count_confirmed(session) == 1


def test_times_that_are_the_same_on_the_grid_are_the_same(mine, wish, tomorrow):
    first = mine.post("/reservations/", wish()).json
    other = wish(reserve_from=tomorrow(10, 5).isoformat())
    assert mine.post("/reservations/", other).json["id"] == first["id"]


@pytest.mark.parametrize("what", ["person", "start", "end", "older"])
def test_what_differs_or_came_later_is_another_request(
    mine, api, add_user, wish, session, tomorrow, what
):
    first = mine.post("/reservations/", wish()).json
    client, changes = mine, {}
    if what == "person":
        client = api.as_user(add_user("t0002"))
    elif what == "start":
        changes = {"reserve_from": tomorrow(9).isoformat()}
    elif what == "end":
        changes = {"reserve_to": tomorrow(12).isoformat()}
    else:
        stored = session.get_one(Reservation, first["id"])
        stored.requested_at -= timedelta(seconds=11)
    answer = client.post("/reservations/", wish(**changes), status=400).json
    assert answer["non_field_errors"] == [TAKEN]


def test_one_that_was_given_back_in_between_is_a_new_request(mine, wish):
    first = mine.post("/reservations/", wish()).json
    mine.delete(f"/reservations/{first['id']}/")
    second = mine.post("/reservations/", wish()).json
    assert second["status"] == CONFIRMED
    assert second["id"] != first["id"]


def test_one_that_is_given_back_while_the_second_is_answered_is_not_called_confirmed(
    mine, wish, session, monkeypatch
):
    first = mine.post("/reservations/", wish()).json
    decide = decisions._outcome

    def cancelled_meanwhile(row, *rest):
        # After the decision, before its client is answered.
        session.execute(
            sa.update(Reservation).where(Reservation.id == first["id"]).values(status=CANCELLED)
        )
        return decide(row, *rest)

    monkeypatch.setattr(decisions, "_outcome", cancelled_meanwhile)
    answer = mine.post("/reservations/", wish(), status=400).json
    assert answer == {"non_field_errors": [decisions.NOT_DECIDED]}


def test_a_request_that_was_refused_is_refused_again(
    mine, add_user, wish, room, tomorrow, add_reservation
):
    add_reservation(room, tomorrow(10), tomorrow(11), user_id=add_user("t0002").id)
    for _ in range(2):
        mine.post("/reservations/", wish(), status=400)


def test_who_does_not_wait_finds_the_first_one_under_the_address_of_the_second(
    mine, wish, run_task
):
    addresses = [
        mine.post("/reservations/", wish(), status=202, headers={"Prefer": "respond-async"})
        for _ in range(2)
    ]
    run_task("rooms.decide")
    first, second = (mine.get(answer.location).json for answer in addresses)
    assert first["status"] == CONFIRMED
    assert second == first


def test_to_delete_the_first_leaves_the_second(mine, wish, session):
    first = mine.post("/reservations/", wish()).json
    mine.post("/reservations/", wish())
    session.execute(sa.delete(Reservation).where(Reservation.id == first["id"]))
    assert session.scalars(sa.select(Reservation.repeats_id)).all() == [None]


@pytest.fixture(scope="module")
def rooms(house) -> tuple[list[int], list[TestApp]]:
    """Ids of rooms, and people who are signed in, in a database where commits are real."""
    with Session(house.registry["engine"]) as session:
        rooms = [Meetingroom(name=f"{n}", location="勤学楼", seats_count=9) for n in range(6)]
        people = [User(username=f"r{number}") for number in range(AT_ONCE)]
        session.add_all([*rooms, *people])
        session.flush()
        lifetime = house.registry["token_lifetime"]
        sent = [tokens.issue(session, person.id, lifetime) for person in people]
        session.commit()
        ids = [room.id for room in rooms]
    return ids, [
        TestApp(house, extra_environ={"HTTP_AUTHORIZATION": f"Token {token}"}) for token in sent
    ]


def ask_at_once(clients, room_id: int) -> list:
    start = (datetime.now(UTC) + timedelta(days=1)).replace(minute=0, second=0, microsecond=0)
    body = {
        "meetingroom": room_id,
        "reserve_from": start.isoformat(),
        "reserve_to": (start + timedelta(hours=1)).isoformat(),
        "description": "例会",
    }
    gate = threading.Barrier(len(clients))

    def ask(client):
        gate.wait(10)
        return client.post_json("/reservations/", body, expect_errors=True)

    with ThreadPoolExecutor(len(clients)) as pool:
        return list(pool.map(ask, clients))


def test_all_that_one_person_sends_at_the_same_time_is_answered_with_one_reservation(rooms):
    ids, clients = rooms
    for room_id in ids[:3]:
        answers = ask_at_once([clients[0]] * AT_ONCE, room_id)
        assert [answer.status_int for answer in answers] == [201] * AT_ONCE
        assert len({answer.json["id"] for answer in answers}) == 1


def test_of_as_many_people_at_the_same_time_one_gets_the_room(rooms):
    """The control: it is not everybody who is told yes."""
    ids, clients = rooms
    for room_id in ids[3:]:
        answers = ask_at_once(clients, room_id)
        assert sorted(answer.status_int for answer in answers) == [201] + [400] * (AT_ONCE - 1)
