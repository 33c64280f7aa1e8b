"""Requests that wait for their decision, and everybody else meanwhile."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.database import lock
from hhu_base.models import User
from hhu_plugins.rooms import decisions, submission
from hhu_plugins.rooms.models import CANCELLED, CONFIRMED, PENDING, REJECTED, WITHDRAWN
from tests.sampling import first

from .college import (
    NOT_DECIDED,
    TAKEN,
    UNTIL_SENT_AGAIN,
    Answer,
    Asked,
    Wish,
    assert_no_overlap,
    at,
    until,
)

WAITING = 32  # hhu.max_waiting


def ask_without_a_worker(college) -> tuple[list[int], list[Answer], list[Answer]]:
    """The rooms, what was answered while all waited, and the answers to them."""
    rooms = [college.add_room() for _ in range(WAITING)]
    wishes = [Wish(room, at(1, 10), at(1, 11)) for room in rooms]
    with college.asking_at_once(wishes) as futures:
        until(lambda: len(college.rows(*rooms)) == WAITING, 30, "all have asked")
        with college.client() as client:
            meanwhile = [client.get("/departments/") for _ in range(20)]
    asked = [future.result() for future in futures]
    college.assert_truthful(asked)
    return rooms, meanwhile, [one.answer for one in asked]


def test_with_a_dead_worker_those_who_wait_are_told_no_and_the_others_are_served(college):
    with college.stopped("reservations"):
        for _ in range(10):
            rooms, meanwhile, answers = ask_without_a_worker(college)
            assert [answer.status for answer in meanwhile] == [200] * 20
            # A broker that takes a fifth of a second, on a busy machine, or that was away a moment
            # ago, is not relied on: then one decides for all.
            if 201 not in {answer.status for answer in answers}:
                break
            time.sleep(1)
        for answer in answers:
            assert (answer.status, answer.json) == (400, {"non_field_errors": [NOT_DECIDED]})
        assert {row.status for row in college.rows(*rooms)} == {WITHDRAWN}
        # One that nobody withdrew, as after a kill of the web server.
        late = Wish(college.add_room(), at(1, 10), at(1, 11))
        late_id = college.insert(late, decide_before=datetime.now(UTC) - timedelta(seconds=1))
    # The worker goes on with all the messages that it has missed.
    college.until_nothing_is_pending()
    assert college.status(late_id) == WITHDRAWN
    assert college.ask(Wish(college.add_room(), at(1, 10), at(1, 11))).answer.status == 201
    assert {row.status for row in college.rows(*rooms)} == {WITHDRAWN}


def test_one_more_than_may_wait_is_decided_at_once(college):
    """It does the worker's work, so that those who wait are decided too."""
    # One more than all the web processes take.
    many = WAITING * len(os.sched_getaffinity(0)) + 1
    rooms = [college.add_room() for _ in range(many)]
    with college.stopped("reservations"):
        asked = college.ask_at_once([Wish(room, at(1, 10), at(1, 11)) for room in rooms])
    assert [one.answer.status for one in asked].count(201) >= 1
    college.assert_truthful(asked)


def test_a_lost_listening_connection_keeps_nobody_waiting(college, room):
    def listening() -> set[int]:
        with college.engine.connect() as connection:
            return set(
                connection.scalars(
                    sa.text("SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
                )
            )

    college.ask(Wish(room, at(1, 8), at(1, 9)))
    until(listening, 10, "the web server listens")
    for hour in (10, 12, 14):
        before = listening()
        with college.engine.connect() as connection:
            for pid in before:
                connection.execute(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        assert college.ask(Wish(room, at(1, hour), at(1, hour + 1))).answer.status == 201
        until(lambda before=before: listening() - before, 10, "the web server listens again")
    assert college.ask(Wish(room, at(1, 16), at(1, 17))).answer.status == 201


@pytest.mark.parametrize("name", first(1, ["nobody", "worker"]))  # which sends the periodic tasks
def test_a_request_whose_message_was_lost_is_decided_soon(college, room, name):
    if name != "nobody":
        college.kill(name)
    first = college.insert(Wish(room, at(1, 10), at(1, 12)))
    second = college.insert(Wish(room, at(1, 11), at(1, 13)))
    until(lambda: college.status(second) != PENDING, 2 * UNTIL_SENT_AGAIN, "it is decided")
    assert (college.status(first), college.status(second)) == (CONFIRMED, REJECTED)


def test_a_broker_that_lost_everything_costs_time_and_nothing_else(college, room):
    with college.broker() as broker:
        broker.flushall()
    assert college.ask(Wish(room, at(1, 10), at(1, 11))).answer.status == 201
    reservation_id = college.insert(Wish(room, at(1, 12), at(1, 13)))
    until(lambda: college.status(reservation_id) == CONFIRMED, UNTIL_SENT_AGAIN, "it is decided")
    college.until_ready()


def test_who_does_not_want_to_wait_asks_again(college, room):
    def becomes(answer, status):
        return lambda: client.get(answer.headers["Location"]).json["status"] == status

    with college.client() as client:
        first = client.ask(Wish(room, at(1, 10), at(1, 11)), Prefer="respond-async").answer
        second = client.ask(Wish(room, at(1, 10), at(1, 12)), Prefer="respond-async").answer
        for answer in (first, second):
            assert (answer.status, answer.json["status"]) == (202, PENDING)
            assert answer.headers["Location"].endswith(f"/reservations/{answer.json['id']}/")
        until(becomes(first, CONFIRMED), UNTIL_SENT_AGAIN, "the first is confirmed")
        until(becomes(second, REJECTED), UNTIL_SENT_AGAIN, "the second is rejected")


def test_what_is_cancelled_before_its_decision_is_never_confirmed(college, room):
    with college.stopped("reservations"):
        wish = Wish(room, at(1, 10), at(1, 11))
        with college.asking_at_once([wish]) as [future]:
            until(lambda: college.rows(room), 10, "it is asked for")
            [row] = college.rows(room)
            with college.client() as client:
                assert client.delete(f"/reservations/{row.id}/").status == 204
            answer = future.result().answer
    assert (answer.status, answer.sentence) == (400, NOT_DECIDED)
    # The time is free, and stays so when the worker goes on.
    assert college.ask(wish).answer.status == 201
    assert college.status(row.id) == CANCELLED


def test_what_is_withdrawn_while_it_is_decided_ends_as_its_client_was_told(college):
    rooms = [college.add_room() for _ in range(5)]
    is_over = threading.Event()

    def decide_again_and_again() -> None:
        while not is_over.is_set():
            with Session(college.engine) as session:
                decisions.decide_pending(session)
                session.commit()

    def submit_and_withdraw(number: int) -> tuple[int, str]:
        with Session(college.engine) as session:
            reservation_id = submission.submit(
                session,
                room_id=rooms[number % len(rooms)],
                user_id=session.scalar(sa.select(sa.func.min(User.id))),
                interval=(at(1 + number, 10), at(1 + number, 11)),
                description="例会",
                decide_within=timedelta(seconds=10),
            ).id
            session.commit()
            # Between nothing and what a decision takes.
            time.sleep(number % 10 / 1000)
            submission.withdraw(session, reservation_id)
            session.commit()
            return reservation_id, college.status(reservation_id)

    with ThreadPoolExecutor(2) as deciders, ThreadPoolExecutor(8) as clients:
        deciding = [deciders.submit(decide_again_and_again) for _ in range(2)]
        try:
            told = dict(clients.map(submit_and_withdraw, range(120)))
        finally:
            is_over.set()  # or the deciders would keep the test for ever
        for future in deciding:
            future.result()
    college.until_nothing_is_pending()
    assert {row.id: row.status for row in college.rows(*rooms)} == told
    assert set(told.values()) == {CONFIRMED, WITHDRAWN}


def test_while_somebody_keeps_the_lock_clients_are_told_no_and_it_stays_so(college, room):
    wish = Wish(room, at(1, 10), at(1, 11))
    with Session(college.engine) as session:
        lock(session, decisions.LOCK)
        answer = college.ask(wish).answer
        assert (answer.status, answer.sentence) == (400, NOT_DECIDED)
    assert college.ask(Wish(room, at(1, 10), at(1, 11))).answer.status == 201
    college.assert_truthful([Asked(wish, answer)])


def test_cancelling_while_it_is_decided_leaves_one_truth(college, room):
    """Clients that reserve, and others that cancel whatever they see, at once."""
    holders = 32
    # Each holder twice, for two different hours: the same twice would be one request.
    hours = [8 + (n + n // holders) % 8 for n in range(2 * holders)]
    wishes = [Wish(room, at(1, hour), at(1, hour + 1)) for hour in hours]
    is_over = threading.Event()

    def cancel_what_is_seen(number: int) -> list[int]:
        cancelled = []
        with college.client(number) as client:
            while not is_over.is_set():
                for found in client.get("/reservations/").json["results"]:
                    answer = client.delete(f"/reservations/{found['id']}/")
                    assert answer.status in (204, 404)
                    if answer.status == 204:
                        cancelled.append(found["id"])
        return cancelled

    with ThreadPoolExecutor(2 * holders) as threads:
        # Two for each of some holders: both may find the same reservation.
        cancelling = [threads.submit(cancel_what_is_seen, n % 8) for n in range(16)]
        try:
            asking = [
                threads.submit(college.ask, wish, n % holders) for n, wish in enumerate(wishes)
            ]
            asked = [future.result() for future in asking]
        finally:
            is_over.set()
        cancelled = [number for future in cancelling for number in future.result()]

    rows = college.rows(room)
    by_description = {row.description: row for row in rows}
    assert_no_overlap(rows)
    assert len(cancelled) == len(set(cancelled))
    assert {row.id for row in rows if row.status == CANCELLED} == (
        {row.id for row in rows} & set(cancelled)
    )
    for wish, answer in ((one.wish, one.answer) for one in asked):
        row = by_description[wish.description]
        if answer.status == 201:
            assert answer.json["status"] == CONFIRMED
            assert row.status in (CONFIRMED, CANCELLED)
        else:
            assert answer.status == 400
            # Cancelled before its client was answered, or never confirmed.
            assert (answer.sentence, row.status) in {
                (NOT_DECIDED, CANCELLED),
                (TAKEN, REJECTED),
                (TAKEN, CANCELLED),
            }
