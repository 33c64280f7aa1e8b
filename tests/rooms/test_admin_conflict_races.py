"""冲突查询's "reserve in its place", by several at once and with real commits.

Never both, never an overlap, and whoever loses is told by what. The control takes the lock off, and
then a room has two: so these proofs can fail.
"""

from __future__ import annotations

import itertools
from datetime import datetime
from functools import partial

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from webtest import TestApp

from hhu_base.accounts.password_hashes import hash_password
from hhu_base.models import User
from hhu_base.testing.clients import PASSWORD, AdminClient
from hhu_plugins.rooms import booking, decisions, occupancy
from hhu_plugins.rooms.models import CANCELLED, CONFIRMED, Reservation
from tests.locks import take_off_the_lock

from .races import InTurn, ask, at_once, client_of, desk

PAGE = "/admin/rooms/conflicts/"
ROUNDS = 12
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def people(house) -> dict[str, int]:
    """Name → id: a holder, a teacher with a wish, and two administrators."""
    with Session(house.registry["engine"]) as session, session.begin():
        password = hash_password(PASSWORD)
        found = {}
        for username, last_name in (
            ("holder", "褚"),
            ("guest", "张"),
            ("fang", "方"),
            ("li", "李"),
        ):
            is_staff = username in ("fang", "li")
            user = User(
                username=username,
                last_name=last_name,
                password=password,
                is_staff=is_staff,
                is_superuser=is_staff,
            )
            session.add(user)
            session.flush()
            found[username] = user.id
        return found


@pytest.fixture(scope="module")
def desks(house, people) -> dict[str, tuple[AdminClient, str]]:
    """Administrator → a browser in which they have signed in, and its CSRF token."""
    return {username: desk(house, username) for username in ("fang", "li")}


@pytest.fixture(scope="module")
def guest(house, people) -> TestApp:
    """A client of the REST API, of somebody who wants the room as well."""
    return client_of(house, people["guest"])


@pytest.fixture(scope="module")
def holder(house, people) -> TestApp:
    """The same, of who has the room."""
    return client_of(house, people["holder"])


@pytest.fixture
def taken(house, people, new_room, tomorrow):
    """``taken()``: a new room that the holder has tomorrow from 10 to 11; room id, reservation id."""

    def taken() -> tuple[int, int]:
        room_id = new_room()
        with Session(house.registry["engine"]) as session, session.begin():
            row = Reservation(
                room_id=room_id,
                user_id=people["holder"],
                reserve_from=tomorrow(10),
                reserve_to=tomorrow(11),
                description="例会",
                status=CONFIRMED,
            )
            session.add(row)
            session.flush()
            return room_id, row.id

    return taken


@pytest.fixture
def replace(desks, people):
    """``replace("fang", room, reservation, start, end)``: reserve in its place; the answer.

    ``move_to``: the room to which the one that gives way moves; None: it is cancelled.
    """

    def replace(
        who: str,
        room_id: int,
        reservation_id: int,
        start: datetime,
        end: datetime,
        move_to: int | None = None,
    ):
        browser, token = desks[who]
        content = {
            "csrf_token": token,
            "do": "replace",
            "id": str(reservation_id),
            "room_id": str(room_id),
            "user_id": str(people[who]),
            "reserve_from": f"{start:%Y-%m-%dT%H:%M}",
            "reserve_to": f"{end:%Y-%m-%dT%H:%M}",
            "description": f"会 {who}",
            "reason": "学院急用",
            f"to-{reservation_id}": "" if move_to is None else str(move_to),
        }
        path = f"{PAGE}?room={room_id}&start={start:%Y-%m-%dT%H:%M}&end={end:%Y-%m-%dT%H:%M}"
        return browser.client.post(path, content, expect_errors=True)

    return replace


def rows_of(house, room_id: int) -> dict[int, tuple[str, int, datetime, datetime]]:
    """Id → status, holder and times, of all that were ever made in a room."""
    columns = (Reservation.status, Reservation.user_id, Reservation.reserve_from)
    with house.registry["engine"].connect() as connection:
        found = connection.execute(
            sa.select(Reservation.id, *columns, Reservation.reserve_to).where(
                Reservation.room_id == room_id
            )
        )
        return {row[0]: tuple(row[1:]) for row in found}  # type: ignore[misc]


def confirmed(rows) -> list[tuple]:
    held = sorted((row for row in rows.values() if row[0] == CONFIRMED), key=lambda row: row[2])
    for one, other in itertools.pairwise(held):
        assert one[3] <= other[2], f"two have the room: {held}"
    return held


@pytest.mark.slow
def test_two_administrators_replace_the_same_one(house, people, replace, taken, tomorrow):
    for round_ in range(ROUNDS):
        room, reservation = taken()
        # Not the same times, and yet they can't both have theirs.
        names = ("fang", "li") if round_ % 2 else ("li", "fang")
        answers = at_once(
            partial(replace, names[0], room, reservation, tomorrow(10), tomorrow(12)),
            partial(replace, names[1], room, reservation, tomorrow(9), tomorrow(11)),
        )
        assert sorted(answer.status_code for answer in answers) == [303, 400]
        [winner] = [
            n for n, answer in zip(names, answers, strict=True) if answer.status_code == 303
        ]
        [loser] = [answer for answer in answers if answer.status_code == 400]
        assert booking.GONE in loser.text
        rows = rows_of(house, room)
        assert [row[1] for row in confirmed(rows)] == [people[winner]]
        assert rows[reservation][0] == CANCELLED
        # Of the one who lost nothing is left.
        assert len(rows) == 2


def test_an_administrator_replaces_while_a_teacher_asks_for_the_same_time(
    house, people, replace, taken, guest, tomorrow
):
    """Between cancelling and reserving nobody slips in."""
    for _ in range(ROUNDS):
        room, reservation = taken()
        [made, asked] = at_once(
            partial(replace, "fang", room, reservation, tomorrow(10), tomorrow(11)),
            partial(ask, guest, room, tomorrow(10), tomorrow(11)),
        )
        assert made.status_code == 303
        assert (asked.status_code, asked.json["non_field_errors"]) == (400, [decisions.TAKEN])
        rows = rows_of(house, room)
        assert [row[1] for row in confirmed(rows)] == [people["fang"]]
        assert rows[reservation][0] == CANCELLED


def test_an_administrator_replaces_by_more_while_a_teacher_asks_for_the_rest(
    house, people, replace, taken, guest, tomorrow
):
    """One of the two gets it, and if it is the teacher, nothing has been cancelled."""
    for _ in range(ROUNDS):
        room, reservation = taken()
        [made, asked] = at_once(
            partial(replace, "fang", room, reservation, tomorrow(10), tomorrow(12)),
            partial(ask, guest, room, tomorrow(11), tomorrow(12)),
        )
        rows = rows_of(house, room)
        held = confirmed(rows)
        if asked.status_code == 201:
            assert made.status_code == 400
            assert "已经被占用：张" in made.html.select_one("form[data-open] .alert-danger").text
            assert [row[1] for row in held] == [people["holder"], people["guest"]]
            assert rows[reservation][0] == CONFIRMED
        else:
            assert asked.json["non_field_errors"] == [decisions.TAKEN]
            assert made.status_code == 303
            assert [row[1] for row in held] == [people["fang"]]
            assert rows[reservation][0] == CANCELLED


@pytest.mark.slow
def test_an_administrator_moves_who_gives_way_while_a_teacher_asks_for_that_room(
    house, people, replace, taken, new_room, guest, tomorrow
):
    """One of the two gets it, and if it is the teacher, nobody has moved and nothing is reserved."""
    for _ in range(ROUNDS):
        (room, reservation), other = taken(), new_room()
        [made, asked] = at_once(
            partial(replace, "fang", room, reservation, tomorrow(9), tomorrow(12), other),
            partial(ask, guest, other, tomorrow(10), tomorrow(11)),
        )
        here, there = confirmed(rows_of(house, room)), confirmed(rows_of(house, other))
        if asked.status_code == 201:
            assert made.status_code == 400
            problem = made.html.select_one(f"#deed-to-{reservation}-error").text
            assert "已经被占用：张" in problem
            assert [row[1] for row in here] == [people["holder"]]
            assert [row[1] for row in there] == [people["guest"]]
        else:
            assert asked.json["non_field_errors"] == [decisions.TAKEN]
            assert made.status_code == 303
            assert [row[1] for row in here] == [people["fang"]]
            assert [row[1] for row in there] == [people["holder"]]


@pytest.mark.slow
def test_two_administrators_move_two_into_one_room(
    house, people, replace, taken, new_room, tomorrow
):
    """The second one is told by whom it is taken, and its own has not moved."""
    for _ in range(ROUNDS):
        (room, one), (another, two), other = taken(), taken(), new_room()
        answers = at_once(
            partial(replace, "fang", room, one, tomorrow(9), tomorrow(12), other),
            partial(replace, "li", another, two, tomorrow(9), tomorrow(12), other),
        )
        assert sorted(answer.status_code for answer in answers) == [303, 400]
        assert len(confirmed(rows_of(house, other))) == 1
        held = [confirmed(rows_of(house, each)) for each in (room, another)]
        lost = [answer.status_code for answer in answers].index(400)
        assert [row[1] for row in held[lost]] == [people["holder"]]
        assert [row[1] for row in held[1 - lost]] == [people[("fang", "li")[1 - lost]]]


@pytest.mark.slow
def test_the_holder_cancels_while_an_administrator_moves_it(
    house, people, replace, taken, new_room, holder, tomorrow
):
    """It is never confirmed again after its holder was told that it is cancelled."""
    for _ in range(ROUNDS):
        (room, reservation), other = taken(), new_room()
        [made, cancelled] = at_once(
            partial(replace, "fang", room, reservation, tomorrow(9), tomorrow(12), other),
            partial(holder.delete, f"/reservations/{reservation}/"),
        )
        assert cancelled.status_code == 204
        assert made.status_code in (303, 400)
        rows = rows_of(house, room) | rows_of(house, other)
        assert rows[reservation][0] == CANCELLED
        is_made = [row[1] for row in confirmed(rows)] == [people["fang"]]
        assert is_made is (made.status_code == 303)


@pytest.mark.parametrize("has_lock", [True, False])
def test_an_offered_room_has_two_only_without_the_lock(
    house, people, replace, taken, new_room, guest, tomorrow, monkeypatch, no_constraint, has_lock
):
    if not has_lock:
        take_off_the_lock(monkeypatch)
    (room, reservation), other = taken(), new_room()
    turn = InTurn(monkeypatch, occupancy, "conflicts", has_lock)
    made, asked = turn.run(
        partial(replace, "fang", room, reservation, tomorrow(9), tomorrow(12), other),
        partial(ask, guest, other, tomorrow(10), tomorrow(11)),
    )
    assert made.status_code == 303
    assert asked.status_code == (400 if has_lock else 201)
    there = [row[1] for row in rows_of(house, other).values() if row[0] == CONFIRMED]
    expected = [people["holder"]] if has_lock else [people["holder"], people["guest"]]
    assert sorted(there) == sorted(expected)
