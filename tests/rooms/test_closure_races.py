"""A closure against bookings, with real commits: no closure is overtaken, and nobody is overlooked.

The control takes the lock off, and then it happens: so these proofs can fail.
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
from hhu_base.testing.clients import PASSWORD
from hhu_plugins.rooms import closed_times, closures, decisions, wishes
from hhu_plugins.rooms.models import CANCELLED, CONFIRMED, Closure, Reservation
from hhu_plugins.rooms.occupancy import RESERVATIONS
from tests.locks import take_off_the_lock

from .races import InTurn, ask, at_once, client_of, desk

ADD = "/admin/rooms/closures/add"
ROUNDS = 12
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def people(house) -> dict[str, int]:
    with Session(house.registry["engine"]) as session, session.begin():
        holder, guest = User(username="holder"), User(username="guest")
        office = User(
            username="office",
            password=hash_password(PASSWORD),
            is_staff=True,
            is_superuser=True,
        )
        session.add_all([holder, guest, office])
        session.flush()
        return {user.username: user.id for user in (holder, guest, office)}


@pytest.fixture(scope="module")
def guest(house, people) -> TestApp:
    return client_of(house, people["guest"])


@pytest.fixture(scope="module")
def close(house, people):
    """``close(room, start, end, …)``: what the office posts; the answer."""
    browser, token = desk(house, "office")

    def close(room_id: int, start: datetime, end: datetime, **fates):
        content = {
            "csrf_token": token,
            "room_id": str(room_id),
            "starts": f"{start:%Y-%m-%dT%H:%M}",
            "ends": f"{end:%Y-%m-%dT%H:%M}",
            "reason": "期末考试",
            **{name.replace("_", "-"): str(fate) for name, fate in fates.items()},
        }
        return browser.client.post(ADD, content, expect_errors=True)

    return close


def stored(house, room_id: int) -> tuple[int, list[str]]:
    """How many closures of a room there are, and the status of each reservation in it."""
    with house.registry["engine"].connect() as connection:
        count = sa.select(sa.func.count()).select_from(Closure).where(Closure.room_id == room_id)
        statuses = sa.select(Reservation.status).where(Reservation.room_id == room_id)
        rows = connection.scalars(statuses.order_by(Reservation.id)).all()
        return connection.scalar(count) or 0, list(rows)


def test_a_closure_while_somebody_asks_for_the_room(house, close, guest, new_room, tomorrow):
    """Either they were first, and the office is asked about them, or they are refused."""
    for _ in range(ROUNDS):
        room = new_room()
        [closed, asked] = at_once(
            partial(close, room, tomorrow(8), tomorrow(12)),
            partial(ask, guest, room, tomorrow(9), tomorrow(10)),
        )
        number, statuses = stored(house, room)
        if asked.status_code == 201:
            assert closed.status_code == 400
            assert f"fate-{asked.json['id']}" in closed.text
            assert (number, statuses) == (0, [CONFIRMED])
        else:
            assert asked.json["non_field_errors"] == [closed_times.CLOSED]
            assert closed.status_code == 303
            assert number == 1
            assert CONFIRMED not in statuses


def test_a_closure_that_moves_while_somebody_asks_for_that_room(
    house, people, close, guest, new_room, tomorrow
):
    """One of the two gets it, and if it is not the office, nothing is closed and nothing moved."""
    for _ in range(ROUNDS):
        room, other = new_room(), new_room()
        with Session(house.registry["engine"]) as session, session.begin():
            row = Reservation(
                room_id=room,
                user_id=people["holder"],
                reserve_from=tomorrow(9),
                reserve_to=tomorrow(10),
                description="例会",
                status=CONFIRMED,
            )
            session.add(row)
            session.flush()
            id_ = row.id
        [closed, asked] = at_once(
            partial(close, room, tomorrow(8), tomorrow(12), **{f"fate_{id_}": other}),
            partial(ask, guest, other, tomorrow(9), tomorrow(10)),
        )
        if asked.status_code == 201:
            assert closed.status_code == 400
            assert "已经被占用" in closed.html.select_one(".is-wrong").text
            assert stored(house, room) == (0, [CONFIRMED])
        else:
            assert asked.json["non_field_errors"] == [decisions.TAKEN]
            assert closed.status_code == 303
            assert stored(house, room) == (1, [])


def test_the_holder_cancels_while_the_office_moves_it(
    house, people, close, guest, new_room, tomorrow
):
    """It is never confirmed again after its holder was told that it is cancelled."""
    for _ in range(ROUNDS):
        room, other = new_room(), new_room()
        id_ = ask(guest, room, tomorrow(9), tomorrow(10)).json["id"]
        [closed, cancelled] = at_once(
            partial(close, room, tomorrow(8), tomorrow(12), **{f"fate_{id_}": other}),
            partial(guest.delete, f"/reservations/{id_}/"),
        )
        assert cancelled.status_code == 204
        with house.registry["engine"].connect() as connection:
            status = sa.select(Reservation.status).where(Reservation.id == id_)
            assert connection.scalar(status) == CANCELLED
        assert closed.status_code in (303, 400)


@pytest.fixture(autouse=True)
def only_the_lock(monkeypatch):
    """Whoever decides also locks the pending rows: that must not hide the race."""
    rows = wishes.PENDING_ROWS.with_for_update(of=RESERVATIONS, skip_locked=True)
    monkeypatch.setattr(wishes, "PENDING_ROWS", rows)


@pytest.mark.parametrize("has_lock", [True, False])
def test_a_booking_is_overlooked_only_without_the_lock(
    house, close, guest, new_room, tomorrow, monkeypatch, has_lock
):
    if not has_lock:
        take_off_the_lock(monkeypatch)
    room = new_room()
    turn = InTurn(monkeypatch, closed_times, "refusals", has_lock)
    asked, closed = turn.run(
        partial(ask, guest, room, tomorrow(9), tomorrow(10)),
        partial(close, room, tomorrow(8), tomorrow(12)),
    )
    assert asked.status_code == 201
    assert closed.status_code == (400 if has_lock else 303)
    assert stored(house, room) == (0 if has_lock else 1, [CONFIRMED])


@pytest.mark.parametrize("has_lock", [True, False])
def test_a_closure_is_overtaken_only_without_the_lock(
    house, close, guest, new_room, tomorrow, monkeypatch, has_lock
):
    if not has_lock:
        take_off_the_lock(monkeypatch)
    room = new_room()
    turn = InTurn(monkeypatch, closures, "find_met", has_lock)
    closed, asked = turn.run(
        partial(close, room, tomorrow(8), tomorrow(12)),
        partial(ask, guest, room, tomorrow(9), tomorrow(10)),
    )
    assert closed.status_code == 303
    assert asked.status_code == (400 if has_lock else 201)
    number, statuses = stored(house, room)
    assert number == 1
    assert (CONFIRMED in statuses) is not has_lock
