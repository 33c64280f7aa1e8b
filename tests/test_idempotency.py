"""The header Idempotency-Key: what is sent twice is done once, and answered alike."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from webtest import TestApp

from hhu_base.accounts import tokens
from hhu_base.models import IdempotencyKey, User
from hhu_base.rest import idempotency
from hhu_plugins.activities.models import Activity
from hhu_plugins.contacts.models import Friend
from hhu_plugins.repairs.models import SOLVED, RepairRequest
from hhu_plugins.rooms.models import CONFIRMED, Meetingroom, Reservation

BODY = {"location": "勤学楼 301", "description": "投影仪不亮"}
KEY = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}
LONG_AGO = timedelta(hours=1)
AT_ONCE = 8


@pytest.fixture
def mine(api, teacher):
    return api.as_user(teacher)


@pytest.fixture
def make_older(session):
    """All that is there was there an hour ago: too long for what counts as sent twice by itself."""

    def make_older(by: timedelta = LONG_AGO) -> None:
        session.flush()
        for column in (
            RepairRequest.created_at,
            Reservation.requested_at,
            IdempotencyKey.created_at,
        ):
            session.execute(sa.update(column.class_).values({column: column - by}))
        session.expire_all()

    return make_older


@pytest.fixture
def wish(session) -> dict:
    room = Meetingroom(name="101", location="勤学楼", seats_count=10)
    session.add(room)
    session.flush()
    return wish_for(room.id)


def wish_for(room_id: int) -> dict:
    start = (datetime.now(UTC) + timedelta(days=1)).replace(minute=0, second=0, microsecond=0)
    return {
        "meetingroom": room_id,
        "reserve_from": start.isoformat(),
        "reserve_to": (start + timedelta(hours=1)).isoformat(),
        "description": "例会",
    }


def count(session, model) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(model))


def alike(one, other) -> bool:
    return all(
        (one.status, one.body, one.headers.get(name))
        == (other.status, other.body, other.headers.get(name))
        for name in ("Content-Type", "Location", "Content-Length")
    )


def test_a_repair_that_is_sent_again_within_a_day_is_stored_once(mine, session, make_older):
    first = mine.post("/repairs/", BODY, headers=KEY)
    make_older()
    again = mine.post("/repairs/", BODY, headers=KEY)
    assert alike(first, again)
    assert count(session, RepairRequest) == 1
    # The control: without the key it is another one.
    assert mine.post("/repairs/", BODY).json["id"] != first.json["id"]


def test_the_first_answer_is_given_though_the_row_has_changed_since(mine, session, make_older):
    first = mine.post("/repairs/", BODY, headers=KEY)
    session.get_one(RepairRequest, first.json["id"]).status = SOLVED
    make_older()
    assert mine.post("/repairs/", BODY, headers=KEY).json == first.json


@pytest.mark.parametrize("headers", [{}, {"Prefer": "respond-async"}], ids=["waits", "does not"])
def test_so_is_a_reservation(mine, session, wish, make_older, headers):
    status = 202 if headers else 201
    first = mine.post("/reservations/", wish, status=status, headers=KEY | headers)
    make_older()
    again = mine.post("/reservations/", wish, status=status, headers=KEY | headers)
    assert alike(first, again)
    assert count(session, Reservation) == 1


def test_a_reservation_whose_server_died_before_it_answered_is_found(
    mine, session, wish, make_older, monkeypatch
):
    with monkeypatch.context() as patch:
        patch.setattr(idempotency, "_remember", None)
        mine.post("/reservations/", wish, status=500, headers=KEY)
    made = session.scalars(sa.select(Reservation)).one()
    make_older()
    # The control: without the key the room is taken, by oneself.
    mine.post("/reservations/", wish, status=400)
    for _ in range(2):
        assert mine.post("/reservations/", wish, headers=KEY).json["id"] == made.id
    statement = sa.select(sa.func.count()).where(Reservation.status == CONFIRMED)
    assert session.scalar(statement) == 1


def test_an_enrollment_and_a_friendship_are_answered_as_the_first_time(mine, session, add_user):
    now = datetime.now(UTC)
    activity = Activity(
        name="春游",
        open_for_enrollment=True,
        time_start=now,
        time_end=now + LONG_AGO,
        location="操场",
        form_metas={},
    )
    session.add(activity)
    session.flush()
    wish = {"activity": activity.id, "participating_metas": "{}"}
    first = mine.post("/enrollments/", wish, headers=KEY)
    assert alike(first, mine.post("/enrollments/", wish, headers=KEY))
    mine.post("/enrollments/", wish, status=400)

    path, other = f"/friends/{add_user('t0002').id}/", {"Idempotency-Key": "other"}
    first = mine.post(path, status=200, headers=other)
    assert alike(first, mine.post(path, status=200, headers=other))
    assert first.body == b""
    assert count(session, Friend) == 1
    mine.post(path, status=400)


def test_a_repair_is_reopened_once(mine, session):
    made = session.get_one(RepairRequest, mine.post("/repairs/", BODY).json["id"])
    made.status = SOLVED
    path = f"/repairs/{made.id}/reopen/"
    first = mine.post(path, {"reason": "又坏了"}, status=200, headers=KEY)
    assert alike(first, mine.post(path, {"reason": "又坏了"}, status=200, headers=KEY))
    mine.post(path, {"reason": "又坏了"}, status=400)


def test_what_is_wanted_counts_and_not_how_it_is_written(mine, session, make_older):
    first = mine.post("/repairs/", BODY, headers=KEY)
    make_older()
    written = {"description": f" {BODY['description']} ", "location": BODY["location"], "x": 1}
    again = mine.client.post("/repairs", written, headers=KEY, status=201)
    assert again.json == first.json


def test_a_key_that_was_for_something_else_is_refused(mine, session, wish, make_older):
    mine.post("/repairs/", BODY, headers=KEY)
    for path, body in (
        ("/repairs/", BODY | {"description": "别的"}),
        ("/reservations/", wish),
    ):
        answer = mine.post(path, body, status=422, headers=KEY)
        assert answer.json == {"detail": "这个 Idempotency-Key 已经用于内容不同的请求。"}
    assert (count(session, RepairRequest), count(session, Reservation)) == (1, 0)


def test_keys_are_everybodys_own(mine, api, add_user):
    other = api.as_user(add_user("t0002"))
    first = mine.post("/repairs/", BODY, headers=KEY).json
    second = other.post("/repairs/", BODY | {"description": "别的"}, headers=KEY).json
    assert (first["id"], first["user"]) != (second["id"], second["user"])


def test_what_was_refused_is_tried_again(mine, session, wish):
    mine.post("/repairs/", BODY | {"category": 9999}, status=400, headers=KEY)
    assert count(session, IdempotencyKey) == 0
    mine.post("/repairs/", BODY, headers=KEY)

    taken = {"Idempotency-Key": "taken"}
    [room] = session.scalars(sa.select(Meetingroom))
    start, end = (datetime.fromisoformat(wish[name]) for name in ("reserve_from", "reserve_to"))
    values = {"room_id": room.id, "reserve_from": start, "reserve_to": end, "description": "x"}
    other = User(username="t0003")
    session.add(other)
    session.flush()
    in_the_way = Reservation(user_id=other.id, status=CONFIRMED, **values)
    session.add(in_the_way)
    mine.post("/reservations/", wish, status=400, headers=taken)
    session.delete(in_the_way)
    mine.post("/reservations/", wish, headers=taken)


def test_a_key_lives_for_a_day_and_is_deleted_then(mine, session, make_older, run_task):
    first = mine.post("/repairs/", BODY, headers=KEY).json
    make_older(timedelta(hours=23))
    run_task("core.delete_old_idempotency_keys")
    assert mine.post("/repairs/", BODY, headers=KEY).json == first
    make_older(timedelta(hours=2))
    # Also before the task comes.
    second = mine.post("/repairs/", BODY | {"description": "别的"}, headers=KEY).json
    assert second["id"] != first["id"]
    make_older(timedelta(hours=25))
    run_task("core.delete_old_idempotency_keys")
    assert count(session, IdempotencyKey) == 0


def test_any_text_is_a_key(mine, session, make_older):
    for key in ('"quoted"', "k" * 5000, "\xe9\xff", " "):
        first = mine.post("/repairs/", BODY, headers={"Idempotency-Key": key}).json
        make_older()
        again = mine.post("/repairs/", BODY, headers={"Idempotency-Key": key}).json
        assert again["id"] == first["id"]
        make_older()


def test_where_nothing_is_made_nobody_looks_at_it(mine, session):
    mine.get("/repairs/", headers=KEY)
    mine.put("/current-user/meta/", {"post": "a"}, headers=KEY)
    assert mine.put("/current-user/meta/", {"post": "b"}, headers=KEY).json["post"] == "b"
    assert count(session, IdempotencyKey) == 0


def test_the_document_tells_of_it(app):
    from hhu_base.rest.openapi.document import make_document

    paths = make_document(app.registry)["paths"]
    takes_it = {
        path
        for path, operations in paths.items()
        if any(
            one["name"] == "Idempotency-Key"
            for one in operations.get("post", {}).get("parameters", ())
        )
    }
    assert takes_it >= {
        "/reservations/", "/repairs/", "/repairs/{id}/reopen/", "/enrollments/", "/friends/{id}/",
        "/guides/{id}/email/", "/activities/clockin/", "/activities/clockins/{id}/",
    }  # fmt: skip
    for path in takes_it:
        assert {"409", "422"} <= set(paths[path]["post"]["responses"])
    assert "409" not in paths["/auth/get-token/"]["post"]["responses"]


@pytest.fixture(scope="module")
def college(house) -> tuple[TestApp, list[int], list[int]]:
    """Somebody who is signed in, rooms and other people, in a database where commits are real."""
    with Session(house.registry["engine"]) as session:
        people = [User(username=f"r{n}") for n in range(5)]
        rooms = [Meetingroom(name=f"{n}", location="勤学楼", seats_count=9) for n in range(3)]
        session.add_all([*people, *rooms])
        session.flush()
        token = tokens.issue(session, people[0].id, house.registry["token_lifetime"])
        session.commit()
        ids = [person.id for person in people[1:]], [room.id for room in rooms]
    return TestApp(house, extra_environ={"HTTP_AUTHORIZATION": f"Token {token}"}), *ids


def send_at_once(client, path: str, bodies: list[dict], keys: list[str] | None) -> list:
    gate = threading.Barrier(len(bodies))

    def send(number: int):
        gate.wait(10)
        headers = {"Idempotency-Key": keys[number]} if keys else {}
        return client.post_json(path, bodies[number], headers=headers, expect_errors=True)

    with ThreadPoolExecutor(len(bodies)) as pool:
        return list(pool.map(send, range(len(bodies))))


def test_of_many_with_one_key_at_the_same_time_one_is_done(college):
    client, people, rooms = college
    sent = [
        *((f"/friends/{person}/", {}) for person in people[:3]),
        *(("/repairs/", BODY | {"location": f"{n}"}) for n in range(3)),
        *(("/reservations/", wish_for(room)) for room in rooms),
    ]
    for n, (path, body) in enumerate(sent):
        answers = send_at_once(client, path, [body] * AT_ONCE, [f"key {n}"] * AT_ONCE)
        done = [answer for answer in answers if answer.status_int < 400]
        assert len({(answer.status_int, answer.body) for answer in done}) == 1
        for answer in answers:
            if answer.status_int >= 400:
                assert (answer.status_int, answer.headers["Retry-After"]) == (409, "1")
        later = client.post_json(path, body, headers={"Idempotency-Key": f"key {n}"})
        assert alike(later, done[0])


def test_without_a_key_and_with_a_key_each_nobody_is_taken_for_another(college):
    """The controls."""
    client, people, _ = college
    answers = send_at_once(client, f"/friends/{people[-1]}/", [{}] * AT_ONCE, None)
    assert sorted(answer.status_int for answer in answers) == [200] + [400] * (AT_ONCE - 1)
    bodies = [BODY | {"location": f"each {n}"} for n in range(AT_ONCE)]
    answers = send_at_once(client, "/repairs/", bodies, [f"each {n}" for n in range(AT_ONCE)])
    assert [answer.status_int for answer in answers] == [201] * AT_ONCE
    assert len({answer.json["id"] for answer in answers}) == AT_ONCE
