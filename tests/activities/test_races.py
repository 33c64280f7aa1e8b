"""Many at once, with real commits, on a database of their own."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from webtest import TestApp

from hhu_base.accounts import tokens
from hhu_base.models import User
from hhu_base.values.refusal import Refusal
from hhu_plugins.activities import clockins, enrollments, waiting_list
from hhu_plugins.activities.models import Activity, Clockin, ClockinItem, Enrollment, WaitingEntry
from tests.sampling import first

HOUR = timedelta(hours=1)
PEOPLE = 500
AT_ONCE = 24


@pytest.fixture
def own_session(house) -> Iterator[Session]:
    with Session(house.registry["engine"], expire_on_commit=False) as session:
        yield session


@pytest.fixture(scope="module")
def clients(house) -> list[TestApp]:
    """500 people who are signed in."""
    with Session(house.registry["engine"]) as session:
        people = [User(username=f"r{number:04}") for number in range(PEOPLE)]
        session.add_all(people)
        session.flush()
        lifetime = house.registry["token_lifetime"]
        found = [tokens.issue(session, person.id, lifetime) for person in people]
        session.commit()
    return [
        TestApp(house, extra_environ={"HTTP_AUTHORIZATION": f"Token {token}"}) for token in found
    ]


@pytest.fixture
def add(own_session):
    def add(**values) -> Activity:
        now = datetime.now(UTC)
        values = {"name": "春游", "open_for_enrollment": True, **values}
        activity = Activity(time_start=now - HOUR, time_end=now + HOUR, **values)
        activity.clockin_items = [
            ClockinItem(label=label, from_time=now - HOUR, to_time=now + HOUR)
            for label in ("签到", "签退")
        ]
        own_session.add(activity)
        own_session.commit()
        return activity

    return add


def all_at_once(calls) -> list:
    """What the calls return, AT_ONCE of them at a time, all waiting for the same start."""
    calls = list(calls)
    gate = threading.Barrier(min(AT_ONCE, len(calls)))

    def run(numbered):
        number, call = numbered
        if number < gate.parties:
            gate.wait(10)
        return call()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(run, enumerate(calls)))


def ask(client: TestApp, activity: Activity, **more):
    body = {"activity": activity.id, "participating_metas": "{}", **more}
    return client.post_json("/enrollments/", body, expect_errors=True)


def count(session: Session, *conditions) -> int:
    return session.scalar(sa.select(sa.func.count()).where(*conditions))


@pytest.mark.parametrize(("people", "places"), first(1, [(60, 10), (500, 100)], names=2))
def test_many_people_ask_for_few_places_and_exactly_as_many_get_one(
    clients, add, own_session, people, places
):
    activity = add(participants_total_limit=places)
    answers = all_at_once(
        lambda client=client: ask(client, activity) for client in clients[:people]
    )
    statuses = Counter(answer.status_code for answer in answers)
    assert statuses == {201: places, 400: people - places}
    assert {answer.text for answer in answers if answer.status_code == 400} == {
        '{"activity":["报名人数已经达到上限，无法继续报名。"],"non_field_errors":["报名人数已经达到上限，无法继续报名。"]}'
    }
    assert count(own_session, Enrollment.activity_id == activity.id) == places


def test_one_person_asks_20_times_at_once_and_has_one_place(clients, add, own_session):
    activity = add(participants_total_limit=10)
    answers = all_at_once(lambda: ask(clients[0], activity) for _ in range(20))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 400: 19}
    assert {answer.text for answer in answers if answer.status_code == 400} == {
        '{"non_field_errors":["你已经报名过该活动。"]}'
    }
    assert count(own_session, Enrollment.activity_id == activity.id) == 1


def test_without_the_lock_the_race_is_there(clients, add, own_session, monkeypatch):
    """A control: the tests above would notice."""
    monkeypatch.setattr(enrollments, "lock_activity", lambda session, activity_id: time.sleep(0.05))
    activity = add(participants_total_limit=10)
    answers = all_at_once(lambda client=client: ask(client, activity) for client in clients[:60])
    assert Counter(answer.status_code for answer in answers)[201] > 10
    assert count(own_session, Enrollment.activity_id == activity.id) > 10


def test_places_that_come_and_go_are_never_too_many_and_none_is_left_empty(
    clients, add, own_session
):
    activity = add(participants_total_limit=10, has_waiting_list=True)

    def come_and_perhaps_go(number: int, client: TestApp) -> int:
        answer = ask(client, activity, waitlist=True)
        if answer.status_code == 201 and number % 2:
            client.delete(f"/enrollments/{answer.json['id']}/", status=204)
        return answer.status_code

    statuses = all_at_once(
        lambda number=number, client=client: come_and_perhaps_go(number, client)
        for number, client in enumerate(clients[:80])
    )
    assert set(statuses) <= {201, 202}
    assert count(own_session, Enrollment.activity_id == activity.id) == 10
    waits = count(own_session, WaitingEntry.activity_id == activity.id)
    gone = sum(status == 201 for number, status in enumerate(statuses) if number % 2)
    assert 10 + waits + gone == 80


def test_two_who_give_back_at_once_call_two(clients, add, own_session):
    activity = add(participants_total_limit=10, has_waiting_list=True)
    made = [ask(client, activity).json["id"] for client in clients[:10]]
    for client in clients[10:25]:
        ask(client, activity, waitlist=True)
    all_at_once(
        lambda client=client, made_id=made_id: client.delete(f"/enrollments/{made_id}/")
        for client, made_id in zip(clients, made, strict=False)
    )
    assert count(own_session, Enrollment.activity_id == activity.id) == 10
    assert count(own_session, WaitingEntry.activity_id == activity.id) == 5
    assert waiting_list.to_be_filled(own_session, datetime.now(UTC)) == []


@pytest.mark.slow
def test_300_people_scan_at_once_and_each_is_there_once(clients, add, own_session, house):
    activity = add()
    users = own_session.scalars(sa.select(User.id).order_by(User.username)).all()
    own_session.execute(
        sa.insert(Enrollment),
        [{"activity_id": activity.id, "user_id": user_id} for user_id in users],
    )
    own_session.commit()
    item = activity.clockin_items[0]
    codes = house.registry["activities.codes"]

    def scan(client: TestApp) -> int:
        key = codes.make(item.id, datetime.now(UTC))
        return client.post_json(
            "/activities/clockins/", {"key": key}, expect_errors=True
        ).status_code

    # Impatient ones scan twice.
    answers = all_at_once(
        lambda client=client: scan(client) for client in clients[:300] + clients[:100]
    )
    assert Counter(answers) == {200: 300, 400: 100}
    assert count(own_session, Clockin.item_id == item.id) == 300
    assert (
        count(
            own_session,
            Enrollment.activity_id == activity.id,
            sa.literal("签到") == sa.any_(Enrollment.attended),
        )
        == 300
    )


def test_one_person_who_scans_20_times_at_once_is_there_once(clients, add, own_session, house):
    activity = add()
    ask(clients[0], activity)
    codes = house.registry["activities.codes"]
    keys = [codes.make(item.id, datetime.now(UTC)) for item in activity.clockin_items]
    answers = all_at_once(
        lambda key=key: clients[0].post_json(
            "/activities/clockins/", {"key": key}, expect_errors=True
        )
        for key in keys * 10
    )
    assert Counter(answer.status_code for answer in answers) == {200: 2, 400: 18}
    assert {answer.text for answer in answers if answer.status_code == 400} == {
        '{"detail":"已存在该打卡记录。"}'
    }
    # Both at once, and none has overwritten the other.
    attended = own_session.scalar(
        sa.select(Enrollment.attended).where(Enrollment.activity_id == activity.id)
    )
    assert sorted(attended) == ["签到", "签退"]


def test_nobody_gives_back_the_place_with_which_he_is_clocking_in(clients, add, own_session, house):
    activity = add()
    made = [ask(client, activity).json["id"] for client in clients[:40]]
    codes = house.registry["activities.codes"]
    item = activity.clockin_items[0]

    def scan(client: TestApp) -> int:
        key = codes.make(item.id, datetime.now(UTC))
        return client.post_json(
            "/activities/clockins/", {"key": key}, expect_errors=True
        ).status_code

    def give_back(client: TestApp, made_id: int) -> int:
        return client.delete(f"/enrollments/{made_id}/", expect_errors=True).status_code

    calls = []
    for client, made_id in zip(clients, made, strict=False):
        calls.append(lambda client=client: scan(client))
        calls.append(lambda client=client, made_id=made_id: give_back(client, made_id))
    answers = all_at_once(calls)
    for scanned, gone in zip(answers[::2], answers[1::2], strict=True):
        assert (scanned, gone) in {(200, 400), (400, 204)}
    present = set(own_session.scalars(sa.select(Clockin.user_id).where(Clockin.item_id == item.id)))
    places = set(
        own_session.scalars(
            sa.select(Enrollment.user_id).where(Enrollment.activity_id == activity.id)
        )
    )
    assert present == places


def test_a_clock_in_that_waits_for_a_place_given_back_is_refused(clients, add, house):
    """The other order, made sure of: the place is gone while the clock-in waits for its row."""
    activity = add()
    made = ask(clients[0], activity).json
    codes, engine = house.registry["activities.codes"], house.registry["engine"]
    item = activity.clockin_items[0]
    with Session(engine) as leaving, ThreadPoolExecutor(1) as pool:
        now = datetime.now(UTC)
        enrollments.cancel(leaving, made["id"], now=now, holder_id=made["user"])

        def scan() -> None:
            with Session(engine) as session:
                clockins.clock_in(
                    session,
                    codes,
                    codes.make(item.id, now),
                    user_id=made["user"],
                    now=now,
                    device=clockins.Device(),
                )

        result = pool.submit(scan)
        time.sleep(0.3)
        assert not result.done()
        leaving.commit()
        with pytest.raises(Refusal, match="尚未报名"):
            result.result(10)
