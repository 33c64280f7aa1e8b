"""How requests are written: several in one statement, without waiting for each other."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from webtest import TestApp

from hhu_base.accounts import tokens
from hhu_base.models import User
from hhu_plugins.rooms import submission
from hhu_plugins.rooms.models import CONFIRMED, PENDING, Meetingroom, Reservation
from hhu_plugins.rooms.submission import SubmittedReservation

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def college(house) -> dict[str, int]:
    with Session(house.registry["engine"]) as session, session.begin():
        rooms = [Meetingroom(name=name, location="勤学楼", seats_count=8) for name in "12"]
        users = [User(username=f"t000{n}", last_name="褚", first_name="杰") for n in (1, 2)]
        session.add_all([*rooms, *users])
        session.flush()
        return {
            "room": rooms[0].id,
            "other_room": rooms[1].id,
            "user": users[0].id,
            "other_user": users[1].id,
            "none": 10**9,
        }


@pytest.fixture
def ask(house, college, tomorrow):
    def ask(session, room: str, user: str = "user") -> SubmittedReservation:
        found = submission.find_rooms(session, [college[room]])[0]
        times = (tomorrow(10), tomorrow(11))
        return SubmittedReservation(
            found.reservation_id, found.room, college[user], *times, "例会", HOUR, "a-request"
        )

    return ask


@pytest.fixture
def session(house):
    with Session(house.registry["engine"]) as session:
        yield session


def test_each_room_that_is_asked_for_comes_with_an_id_of_its_own(session, college):
    wanted = ["room", "none", "other_room", "room"]
    found = submission.find_rooms(session, [college[name] for name in wanted])
    assert [one and one.room.id for one in found] == [
        college["room"],
        None,
        college["other_room"],
        college["room"],
    ]
    ids = [one.reservation_id for one in found if one]
    assert len(set(ids)) == 3


def test_several_are_written_at_once_as_they_are_asked_for(session, ask, tomorrow):
    asked = [ask(session, "room"), ask(session, "other_room", "other_user")]
    assert submission.write(session, asked) == [True, True]
    for one in asked:
        row = session.get_one(Reservation, one.id)
        assert (row.room_id, row.user_id) == (one.room.id, one.user_id)
        assert (row.reserve_from, row.reserve_to) == (tomorrow(10), tomorrow(11))
        assert (row.status, row.description, row.request_id) == (PENDING, "例会", "a-request")
        assert row.decide_before - row.requested_at == HOUR


@pytest.mark.parametrize(
    ("held", "table"),
    [("room", "rooms_meetingrooms"), ("user", "core_users")],
)
def test_who_would_have_to_wait_for_somebody_is_left_out(house, session, college, ask, held, table):
    """So nobody else waits: who deletes a room or a user holds its row."""
    waits, goes_on = ask(session, "room"), ask(session, "other_room", "other_user")
    with house.registry["engine"].begin() as holder:
        holder.execute(
            sa.text(f"SELECT FROM {table} WHERE id = :id FOR UPDATE"), {"id": college[held]}
        )
        assert submission.write(session, [waits, goes_on]) == [False, True]
    assert submission.write(session, [waits], waits=True) == [True]


def test_a_room_that_has_gone_meanwhile_is_none(session, ask):
    asked = ask(session, "room")
    session.execute(sa.delete(Meetingroom).where(Meetingroom.id == asked.room.id))
    assert submission.write(session, [asked], waits=True) == [False]
    session.rollback()


def test_a_request_takes_three_trips_and_no_transaction_of_its_own(
    house, session, college, tomorrow
):
    """One to know who asks, one for the room, one to write it; the decision is the worker's."""
    token = tokens.issue(session, college["user"], house.registry["token_lifetime"])
    session.commit()
    client = TestApp(house, extra_environ={"HTTP_AUTHORIZATION": f"Token {token}"})
    said: list[tuple[str, bool]] = []

    def note(connection, _cursor, statement, *_rest) -> None:
        said.append((statement.split()[0], connection.connection.driver_connection.autocommit))

    sa.event.listen(house.registry["engine"], "before_cursor_execute", note)
    try:
        answer = client.post_json(
            "/reservations/",
            {
                "meetingroom": college["other_room"],
                "reserve_from": tomorrow(14).isoformat(),
                "reserve_to": tomorrow(15).isoformat(),
                "description": "例会",
            },
            status=201,
        )
    finally:
        sa.event.remove(house.registry["engine"], "before_cursor_execute", note)
    assert answer.json["status"] == CONFIRMED
    assert said[:3] == [("SELECT", True), ("SELECT", True), ("INSERT", True)]
