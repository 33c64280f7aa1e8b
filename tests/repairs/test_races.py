"""The same told several times at once, with real commits, on a database of its own."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from webtest import TestApp

from hhu_base.accounts import tokens
from hhu_base.models import User
from hhu_plugins.repairs.models import SOLVED, HistoryEntry, RepairRequest

AT_ONCE = 8


@pytest.fixture(scope="module")
def clients(house) -> list[TestApp]:
    with Session(house.registry["engine"]) as session:
        people = [User(username=f"r{number}") for number in range(AT_ONCE)]
        session.add_all(people)
        session.flush()
        lifetime = house.registry["token_lifetime"]
        sent = [tokens.issue(session, person.id, lifetime) for person in people]
        session.commit()
    return [
        TestApp(house, extra_environ={"HTTP_AUTHORIZATION": f"Token {token}"}) for token in sent
    ]


def tell_at_once(clients, location: str) -> list[int]:
    gate = threading.Barrier(len(clients))

    def tell(client):
        gate.wait(10)
        body = {"location": location, "description": "坏了"}
        return client.post_json("/repairs/", body, status=201).json["id"]

    with ThreadPoolExecutor(len(clients)) as pool:
        return list(pool.map(tell, clients))


def count(house, location: str) -> int:
    statement = sa.select(sa.func.count(RepairRequest.id)).where(RepairRequest.location == location)
    with Session(house.registry["engine"]) as session:
        return session.scalar(statement)


def test_one_person_at_the_same_time_tells_it_once(house, clients):
    for location in ("101", "102", "103"):
        assert len(set(tell_at_once([clients[0]] * AT_ONCE, location))) == 1
        assert count(house, location) == 1


def test_several_people_tell_it_each(house, clients):
    """The control."""
    assert len(set(tell_at_once(clients, "104"))) == AT_ONCE
    assert count(house, "104") == AT_ONCE


def test_of_those_who_confirm_at_the_same_time_one_does(house, clients):
    request_id = (
        clients[0].post_json("/repairs/", {"location": "105", "description": "坏了"}).json["id"]
    )
    with Session(house.registry["engine"]) as session, session.begin():
        session.execute(
            sa.update(RepairRequest).where(RepairRequest.id == request_id).values(status=SOLVED)
        )
    gate = threading.Barrier(AT_ONCE)

    def confirm(stars: int) -> int:
        gate.wait(10)
        sent = {"rating": stars}
        return clients[0].post_json(f"/repairs/{request_id}/confirm/", sent, status="*").status_code

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(confirm, [1, 2, 3, 4, 5, 1, 2, 3]))
    assert sorted(answers) == [200] + [400] * (AT_ONCE - 1)
    with Session(house.registry["engine"]) as session:
        ratings = session.scalars(
            sa.select(HistoryEntry.rating).where(
                HistoryEntry.request_id == request_id, HistoryEntry.rating.is_not(None)
            )
        ).all()
        assert ratings == [session.get_one(RepairRequest, request_id).rating]
