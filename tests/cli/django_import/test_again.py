"""A takeover that is run again, with a newer dump or on what has changed here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from hhu_base.cli.django_import import report
from hhu_base.models import Department, TakenRecord, Token, User
from hhu_plugins.contacts.models import Friend

from .dumps import department, notes, other, outcomes, reasons, user, usermeta

FRIEND = other("user.contact", 1, user=1, friend_user=2)
COLLEGE = (department(7), user(1, department=7), usermeta(1, post="讲师"), user(2), FRIEND)


def changes(takeover):
    return {repr(it.record): dict(it.changed) for it in takeover.differences if it.changed}


def test_the_same_dump_leaves_everything_as_it_is(session, take_objects):
    take_objects(*COLLEGE)
    done = take_objects(*COLLEGE, user(3))
    assert outcomes(done, "user.user") == {"已有": 2, "导入": 1}
    assert (changes(done), reasons(done), done.remarks) == ({}, [], [])


def test_what_has_changed_there_is_told_by_field_and_left(session, take_objects):
    take_objects(*COLLEGE)
    done = take_objects(
        department(7, "信息工程系"),
        user(1, "t9", department=None),
        usermeta(1, post="教授"),
        user(2),
    )
    assert changes(done) == {
        "user.department #7": {"name": ("信息系", "信息工程系")},
        "user.user #1": {
            "username": ("t0001", "t9"),
            "department_id": (7, None),
            "post": ("讲师", "教授"),
        },
    }
    assert session.get_one(User, 1).post == "讲师"
    told = "\n".join(report.lines(done))
    assert "user.user #1：username t0001 → t9；department_id 7 → （空）；post 讲师 → 教授" in told
    assert "共 2 条有变化，保留这里的内容；加上 --update 才会更新" in told


def test_with_update_it_is_taken_over_and_then_it_is_no_difference_any_more(session, take_objects):
    take_objects(*COLLEGE)
    newer = (department(7, "新名"), department(8, "信息系"), user(1, is_active=False, department=8))
    done = take_objects(*newer, is_update=True)
    assert (reasons(done), outcomes(done, "user.department")) == ([], {"已有": 1, "导入": 1})
    assert [session.get_one(Department, pk).name for pk in (7, 8)] == ["新名", "信息系"]
    assert not session.get_one(User, 1).is_active
    # Without its own record nothing is known of the contact data: they stay.
    assert session.get_one(User, 1).post == "讲师"
    assert changes(take_objects(*newer)) == {}


def test_what_was_changed_here_stays_and_is_counted(session, take_objects):
    take_objects(*COLLEGE)
    session.get_one(User, 1).post = "changed here"
    session.get_one(User, 2).password = "$argon2id$renewed-at-sign-in"
    session.flush()
    done = take_objects(*COLLEGE, is_update=True)
    assert changes(done) == {}
    assert session.get_one(User, 1).post == "changed here"
    assert "  user.user：1 条导入以后在这里改过，保留这里的内容。" in list(report.lines(done))


def test_a_new_password_there_is_taken_over_and_shown_to_nobody(session, take_objects):
    take_objects(user(1))
    session.add(Token(digest=b"x" * 32, user_id=1, expires_at=datetime.now(UTC) + timedelta(1)))
    session.flush()
    done = take_objects(user(1, password="pbkdf2_sha256$1$new$new"), is_update=True)
    assert session.get_one(User, 1).password == "pbkdf2_sha256$1$new$new"
    assert session.scalars(sa.select(Token.user_id)).all() == []
    told = "\n".join(report.lines(done))
    assert "password （不显示） → （不显示）" in told
    assert "pbkdf2" not in told


def test_what_was_deleted_here_does_not_come_back(session, take_objects):
    take_objects(*COLLEGE)
    session.execute(sa.delete(Friend))
    session.execute(sa.delete(Department))
    session.expire_all()
    done = take_objects(*COLLEGE)
    assert reasons(done) == []
    assert session.scalars(sa.select(Friend.user_id)).all() == []
    assert session.scalars(sa.select(Department.id)).all() == []
    assert "user.department #7：以前导入过，后来在这里删除了，不再导入" in notes(done)


def test_what_the_newer_dump_no_longer_has_is_kept_and_told(session, take_objects):
    take_objects(*COLLEGE)
    done = take_objects(user(1, department=7), other("user.contact", 2, user=2, friend_user=1))
    assert done.remarks == [
        "user.user：以前导入的 1 条不在这份数据里了，这里保留：#2",
        "user.contact：以前导入的 1 条不在这份数据里了，这里保留：#1",
    ]
    # What was brought before can be referred to.
    assert session.get_one(User, 1).department_id == 7
    assert session.scalar(sa.select(sa.func.count()).select_from(Friend)) == 2


def test_a_record_that_can_not_be_read_any_more_is_still_there(session, take_objects):
    take_objects(*COLLEGE)
    done = take_objects(user(1, ""), user(2), FRIEND)
    broken = take_objects(user(1) | {"fields": {"username": None}}, user(2), FRIEND)
    for each in (done, broken):
        assert reasons(each) == []
        assert outcomes(each, "user.user") == {"已有": 2}
    assert any("没有 username" in told for told in notes(broken))


def test_a_name_that_somebody_else_has_here_is_not_taken_over(session, take_objects, add_user):
    take_objects(user(1))
    add_user("t9", id=900)
    done = take_objects(user(1, "t9"), is_update=True)
    assert session.get_one(User, 1).username == "t0001"
    assert any("“t9”已被" in told for told in notes(done))


@pytest.mark.parametrize("is_update", [False, True])
def test_what_came_before_records_were_kept_is_compared_with_all_that_is_here(
    session, take_objects, is_update
):
    take_objects(*COLLEGE)
    session.execute(sa.delete(TakenRecord))
    session.get_one(User, 1).post = "别的"
    session.get_one(User, 2).password = "$argon2id$renewed-at-sign-in"
    session.flush()
    done = take_objects(*COLLEGE, is_update=is_update)
    assert changes(done) == {"user.user #1": {"post": ("别的", "讲师")}}
    assert session.get_one(User, 1).post == ("讲师" if is_update else "别的")
    assert session.get_one(User, 2).password == "$argon2id$renewed-at-sign-in"
