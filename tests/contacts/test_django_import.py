"""The contacts' part of a takeover."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from hhu_plugins.contacts.models import Friend
from tests.cli.django_import.dumps import other, outcomes, reasons, user  # noqa: TID252 - shared

MODEL = "user.contact"


@pytest.fixture
def take(take_objects):
    """``take({fields}, …)``: a takeover of these contacts of three people."""

    def take(*contacts):
        objects = [other(MODEL, pk, **fields) for pk, fields in enumerate(contacts, 1)]
        return take_objects(user(1), user(2), user(3), *objects)

    return take


def friends(session):
    query = sa.select(Friend.user_id, Friend.friend_id).order_by(Friend.user_id, Friend.friend_id)
    return [tuple(row) for row in session.execute(query)]


def test_who_was_added_is_brought_over_by_id_or_by_name(session, take):
    done = take({"user": 1, "friend_user": 2}, {"user": ["t0002"], "friend_user": ["t0001"]})
    assert outcomes(done, MODEL) == {"导入": 2}
    assert friends(session) == [(1, 2), (2, 1)]


def test_who_is_added_already_or_twice_is_there(session, take):
    take({"user": 1, "friend_user": 2})
    done = take({"user": 1, "friend_user": 2}, {"user": 1, "friend_user": 2})
    assert outcomes(done, MODEL) == {"已有": 2}
    assert friends(session) == [(1, 2)]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"user": 1, "friend_user": 1}, "添加了自己"),
        ({"user": 1}, "没有 friend_user"),
        ({"friend_user": 1}, "没有 user"),
        ({"user": 1, "friend_user": 9}, "friend_user 指向没有导入的 user.user 9"),
        ({"user": 1, "friend_user": "x"}, "friend_user 指向没有导入的 user.user x"),
        ({"user": 1, "friend_user": [2]}, "friend_user 指向没有导入的 user.user [2]"),
    ],
)
def test_one_that_links_nobody_is_refused_and_the_others_come(session, take, fields, reason):
    done = take(fields, {"user": 2, "friend_user": 3})
    assert reasons(done) == [f"user.contact #1：{reason}"]
    assert friends(session) == [(2, 3)]
