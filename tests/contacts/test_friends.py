"""Adding colleagues and taking them off."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from hhu_base.models import User
from hhu_base.values.refusal import Refusal
from hhu_plugins.contacts import friends
from hhu_plugins.contacts.models import Friend


@pytest.fixture
def other(add_user):
    return add_user("t0002", last_name="张", first_name="三")


def is_friend(client, user) -> bool:
    return client.get(f"/contacts/{user.id}/").json["is_friend"]


@pytest.mark.parametrize("slash", ["/", ""])
def test_a_friend_is_added_and_taken_off_with_empty_answers(mine, other, slash):
    path = f"/friends/{other.id}{slash}"
    answer = mine.post(path, status=200)
    assert answer.body == b""
    assert is_friend(mine, other)
    answer = mine.delete(path, status=200)
    assert answer.body == b""
    assert not is_friend(mine, other)


@pytest.mark.parametrize("body", ["", "{}", '{"x": 1}'])
def test_the_body_does_not_matter(mine, other, body):
    headers = {"Content-Type": "application/json"}
    mine.client.post(f"/friends/{other.id}/", body, headers=headers, status=200)
    assert is_friend(mine, other)


def test_adding_somebody_twice_is_refused(mine, other):
    mine.post(f"/friends/{other.id}/", status=200)
    answer = mine.post(f"/friends/{other.id}/", status=400)
    assert answer.json == {"detail": "已存在该好友关系。"}
    assert is_friend(mine, other)


def test_oneself_is_no_friend(mine, teacher):
    answer = mine.post(f"/friends/{teacher.id}/", status=400)
    assert answer.json == {"detail": "不能添加自己为好友。"}
    mine.delete(f"/friends/{teacher.id}/", status=404)


def test_friendship_goes_one_way(mine, api, teacher, other):
    mine.post(f"/friends/{other.id}/", status=200)
    theirs = api.as_user(other)
    assert not is_friend(theirs, teacher)
    theirs.post(f"/friends/{teacher.id}/", status=200)
    mine.delete(f"/friends/{other.id}/", status=200)
    assert is_friend(theirs, teacher)


def test_nobody_unknown_or_switched_off_can_be_added(mine, other):
    mine.post("/friends/999999999/", status=404)
    other.is_active = False
    answer = mine.post(f"/friends/{other.id}/", status=404)
    assert answer.json == {"detail": "未找到。"}


def test_who_is_no_friend_cannot_be_taken_off(mine, other):
    assert mine.delete(f"/friends/{other.id}/", status=404).json == {"detail": "未找到。"}
    mine.delete("/friends/999999999/", status=404)


def test_a_friend_who_was_switched_off_can_still_be_taken_off(mine, other):
    mine.post(f"/friends/{other.id}/", status=200)
    other.is_active = False
    mine.delete(f"/friends/{other.id}/", status=200)


@pytest.mark.parametrize("method", ["post", "delete"])
def test_nobody_gets_in_without_a_token(api, other, method):
    getattr(api, method)(f"/friends/{other.id}/", status=401)


def test_deleting_a_user_deletes_friendships_both_ways(session, teacher, other, befriend):
    befriend(teacher, other)
    befriend(other, teacher)
    session.delete(other)
    session.flush()
    assert session.scalar(sa.select(sa.func.count()).select_from(Friend)) == 0


def test_the_database_keeps_a_friend_from_being_oneself_or_there_twice(
    session, teacher, other, befriend
):
    befriend(teacher, other)
    for friend in (teacher, other):
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(sa.insert(Friend).values(user_id=teacher.id, friend_id=friend.id))


def test_a_user_who_vanishes_meanwhile_is_no_error(session, teacher, other):
    # As if the caller had been deleted between signing in and adding a friend.
    gone = teacher.id
    session.delete(teacher)
    session.flush()
    assert friends.add(session, gone, other.id) is False


@pytest.fixture
def committed(engine):
    """Two users who are really there, and go again."""
    with Session(engine) as session:
        users = [User(username=f"race-{n}", last_name="张") for n in range(2)]
        session.add_all(users)
        session.commit()
        ids = [user.id for user in users]
    yield ids
    with Session(engine) as session:
        session.execute(sa.delete(User).where(User.id.in_(ids)))
        session.commit()


def test_of_many_at_the_same_time_one_adds_and_the_others_find_it_done(engine, committed):
    start = Barrier(8)

    def add(_) -> str:
        with Session(engine) as session:
            start.wait()
            try:
                friends.add(session, *committed)
            except Refusal as refusal:
                return str(refusal)
            session.commit()
            return "added"

    with ThreadPoolExecutor(8) as pool:
        outcomes = sorted(pool.map(add, range(8)))
    assert outcomes == ["added", *["已存在该好友关系。"] * 7]


def test_a_user_is_not_deleted_under_who_adds_him(engine, committed):
    with Session(engine) as adding, Session(engine) as deleting:
        assert friends.add(adding, *committed)
        deleting.execute(sa.text("SET LOCAL lock_timeout = '50ms'"))
        with pytest.raises(OperationalError):
            deleting.execute(sa.delete(User).where(User.id == committed[1]))
        adding.rollback()
