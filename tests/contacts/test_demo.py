"""The friends in the demo college."""

from __future__ import annotations

from collections import Counter

import pytest
import sqlalchemy as sa

from hhu_base.cli import demo as college
from hhu_base.models import User
from hhu_plugins.contacts import demo
from hhu_plugins.contacts.models import Friend


def pairs(session):
    return session.execute(sa.select(Friend.user_id, Friend.friend_id)).all()


@pytest.fixture
def people(session):
    college.load(session, lambda password: "hash")


def test_the_first_teacher_has_many_friends_and_some_have_none(session, people):
    demo.load(session, {})
    counts = Counter(user_id for user_id, _ in pairs(session))
    first = session.scalar(sa.select(User.id).where(User.username == "t0001"))
    assert counts[first] == max(counts.values()) == 12
    assert 100 < len(counts) < 200


def test_the_administrator_is_nobodys_friend(session, people):
    demo.load(session, {})
    admin = session.scalar(sa.select(User.id).where(User.username == "admin"))
    assert all(admin not in pair for pair in pairs(session))


def test_where_somebody_has_a_friend_nothing_is_added(session, people, befriend):
    befriend(*session.scalars(sa.select(User).limit(2)))
    demo.load(session, {})
    assert len(pairs(session)) == 1


@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_few_people_are_enough(session, add_user, count):
    for number in range(count):
        add_user(f"t{number}")
    demo.load(session, {})
    assert len(pairs(session)) <= count
