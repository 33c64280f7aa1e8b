"""Departments, people and their colleagues."""

from __future__ import annotations

import pytest

from hhu_base.models import Department
from hhu_plugins.contacts.models import Friend


@pytest.fixture
def mine(api, teacher):
    """t0001's client."""
    return api.as_user(teacher)


@pytest.fixture
def add_department(session):
    def add(name: str) -> Department:
        department = Department(name=name)
        session.add(department)
        session.flush()
        return department

    return add


@pytest.fixture
def befriend(session):
    """``befriend(teacher, other)``: stored."""

    def add(user, friend) -> None:
        session.add(Friend(user_id=user.id, friend_id=friend.id))
        session.flush()

    return add


@pytest.fixture
def people(add_user):
    """``people("张三 李四")``: stored users, the first character being the surname."""

    def add(listed: str, **values):
        return [
            add_user(f"p{index:03}", last_name=name[0], first_name=name[1:], **values)
            for index, name in enumerate(listed.split())
        ]

    return add
