"""The contacts' part of a takeover."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from hhu_base.taking_over.running import take_over
from hhu_base.taking_over.takeover import Takeover
from hhu_plugins.contacts.models import Friend

from ..taking_over.dumps import dump, other, user  # noqa: TID252 - shared by the plugins


@pytest.fixture
def take(app, session):
    """``take({fields}, …)``: a takeover of these contacts of three people."""

    def take(*contacts):
        objects = [other("user.contact", pk, **fields) for pk, fields in enumerate(contacts, 1)]
        found = dump(user(1), user(2), user(3), *objects)
        takeover = Takeover(session, found, ZoneInfo("Asia/Shanghai"))
        take_over(takeover, app.registry["takeover_parts"])
        return takeover

    return take


def friends(session):
    query = sa.select(Friend.user_id, Friend.friend_id).order_by(Friend.user_id, Friend.friend_id)
    return [tuple(row) for row in session.execute(query)]


@pytest.mark.parametrize(
    "fields",
    [
        {"user": 1, "contact": 2},
        {"owner": 1, "friend": 2},
        {"from_user": 1, "to_user": 2},
        {"user": ["t0001"], "contact": ["t0002"]},
        {"user": 1, "friends": [2]},
    ],
)
def test_a_contact_is_brought_over_whatever_its_fields_are_called(session, take, fields):
    assert take(fields).problems == []
    assert friends(session) == [(1, 2)]


def test_a_list_stands_for_several_and_repetitions_are_merged(session, take):
    done = take(
        {"user": 1, "contacts": [2, 3]}, {"user": 1, "contacts": [3]}, {"user": 2, "contact": 1}
    )
    assert friends(session) == [(1, 2), (1, 3), (2, 1)]
    assert done.counts["user.contact"] == {"共": 3, "写入": 3, "已存在": 0}


def test_a_second_run_finds_them_there(session, take):
    take({"user": 1, "contact": 2})
    assert take({"user": 1, "contact": 2}).counts["user.contact"]["已存在"] == 1


def test_who_has_added_himself_is_left_out(session, take):
    done = take({"user": 1, "contact": 1}, {"user": 1, "contact": 2})
    assert friends(session) == [(1, 2)]
    assert len(done.notes) == 1


@pytest.mark.parametrize(
    "fields", [{"user": 1}, {"contact": 1}, {"user": 1, "contact": 9}, {"user": 1, "contact": "x"}]
)
def test_a_contact_that_names_nobody_is_a_problem(session, take, fields):
    assert len(take(fields).problems) == 1
    assert friends(session) == []
