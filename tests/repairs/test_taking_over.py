"""The repairs' part of a takeover."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

import pytest
import sqlalchemy as sa

from hhu_plugins.repairs.models import OPEN, SOLVED, TAKEN_UP, Category, Change, Recipient, Request

from ..taking_over.dumps import other, user  # noqa: TID252 - shared by the plugins

PEOPLE = (user(1), user(2, last_name="张", first_name="三", email="z3@hhu.example"))
CATEGORY = other("repair.category", 4, name="网络")
MORNING = datetime(2020, 2, 22, 2, tzinfo=UTC)


@pytest.fixture
def take(take_objects):
    """``take(object, …)``: a takeover of these repairs, and of two people."""
    return partial(take_objects, *PEOPLE)


def repair(pk=9, **fields):
    values = {"user": 1, "location": "勤学楼 301", "category": 4, "description": "投影仪不亮"}
    more = {"status": 0, "created": "2020-02-22T10:00:00"}
    return other("repair.repair", pk, **{**values, **more, **fields})


def reminder(pk=3, **fields):
    return other("repair.emailreminder", pk, **fields)


def history(session):
    rows = sa.select(Change.request_id, Change.status, Change.changed_by, Change.changed_at)
    return [tuple(row) for row in session.execute(rows.order_by(Change.id))]


def test_categories_requests_and_reminders_keep_their_ids(session, take):
    done = take(
        CATEGORY,
        repair(),
        reminder(name="王师傅", email="w@hhu.example", category=4),
        reminder(8, name="办公室", email="o@hhu.example", category=None),
    )
    assert done.problems == []
    assert session.get_one(Category, 4).name == "网络"
    kept = session.get_one(Request, 9)
    assert (kept.user_id, kept.location, kept.category_id, kept.description, kept.status) == (
        1, "勤学楼 301", 4, "投影仪不亮", OPEN,
    )  # fmt: skip
    assert (kept.created_at, kept.status_changed_at) == (MORNING, MORNING)
    found = session.execute(
        sa.select(Recipient.id, Recipient.name, Recipient.address, Recipient.category_id)
    ).all()
    assert sorted(tuple(row) for row in found) == [
        (3, "王师傅", "w@hhu.example", 4),
        (8, "办公室", "o@hhu.example", None),
    ]


def test_a_request_gets_a_history_of_what_is_known(session, take):
    take(
        CATEGORY,
        repair(1),
        repair(2, status=TAKEN_UP),
        repair(3, status=SOLVED, modified="2020-02-22T11:00:00"),
        repair(4, status=SOLVED, modified="2020-02-01T11:00:00"),
    )
    later = datetime(2020, 2, 22, 3, tzinfo=UTC)
    assert history(session) == [
        (1, OPEN, 1, MORNING),
        (2, OPEN, 1, MORNING),
        (3, OPEN, 1, MORNING),
        (4, OPEN, 1, MORNING),
        (2, TAKEN_UP, None, MORNING),
        (3, SOLVED, None, later),
        # Nothing is solved before it was reported.
        (4, SOLVED, None, MORNING),
    ]
    assert session.get_one(Request, 3).status_changed_at == later


def test_other_spellings_are_understood(session, take):
    done = take(
        CATEGORY,
        other(
            "repair.repair",
            5,
            user=["t0001"],
            location="101",
            category=["网络"],
            description="灯",
            status=0,
            create_time="2020-02-22T02:00:00Z",
        ),
        other("repair.reminder", 1, name="甲", address="a@hhu.example", category=["网络"]),
        other("repair.mailreminder", 2, user=2, category=None),
    )
    assert done.problems == []
    kept = session.get_one(Request, 5)
    assert (kept.user_id, kept.category_id, kept.created_at) == (1, 4, MORNING)
    assert session.get_one(Recipient, 1).address == "a@hhu.example"
    by_user = session.get_one(Recipient, 2)
    assert (by_user.name, by_user.address, by_user.category_id) == ("张三", "z3@hhu.example", None)


def test_a_request_may_lack_its_category(session, take):
    assert take(repair(category=None)).problems == []
    assert session.get_one(Request, 9).category_id is None


def test_a_second_run_finds_them_all_there(session, take):
    objects = (CATEGORY, repair(status=SOLVED), reminder(name="王", email="w@hhu.example"))
    take(*objects)
    done = take(*objects)
    assert done.problems == []
    assert done.counts["repair.repair"] == {"共": 1, "已存在": 1}
    assert done.counts["repair.emailreminder"] == {"共": 1, "已存在": 1}
    assert len(history(session)) == 2


def test_an_address_that_is_there_twice_comes_once(session, take):
    done = take(
        CATEGORY,
        reminder(1, name="王", email="w@hhu.example", category=4),
        reminder(2, name="王工", email="W@hhu.example", category=4),
        reminder(3, name="王", email="w@hhu.example"),
    )
    assert done.problems == []
    assert done.notes == ["repair.emailreminder #2：同一分类已有 W@hhu.example，舍弃。"]
    assert set(session.scalars(sa.select(Recipient.id))) == {1, 3}


def test_what_is_no_address_is_listed_and_stops_it_unless_it_is_allowed(session, take):
    objects = (reminder(1, name="王", email="w@"), reminder(2, user=1), repair(category=None))
    done = take(*objects)
    assert done.problems == [
        "repair.emailreminder #1：邮箱地址不合法：'w@'",
        "repair.emailreminder #2：邮箱地址不合法：''",
    ]
    done = take(*objects, allowed=["impossible"])
    assert (done.problems, len(done.notes)) == ([], 2)
    assert done.counts["repair.emailreminder"] == {"共": 2, "舍弃": 2}
    assert session.scalars(sa.select(Recipient.id)).all() == []


@pytest.mark.parametrize(
    ("objects", "problem"),
    [
        ([repair(user=None, category=None)], "repair.repair #9：没有 user"),
        ([repair(user=77, category=None)], "user 指向不存在的 user.user 77"),
        ([repair()], "category 指向不存在的 repair.category 4"),
        ([CATEGORY, repair(created=None)], "created 不是有效的时间"),
        ([CATEGORY, repair(created="x")], "created 不是有效的时间"),
        ([CATEGORY, repair(status=7)], "status 不是 0、1 或 2：7"),
        ([CATEGORY, repair(status="solved")], "status 不是非负整数"),
        ([CATEGORY, repair(location="长" * 256)], "location 有 256 个字符"),
        ([CATEGORY, other("repair.category", 5, name="网络")], "“网络”已被 #4 占用"),
        ([reminder(name="王", email="w@hhu.example", category=77)], "指向不存在的 repair.category"),
    ],
)
def test_what_cannot_be_brought_over_is_named_and_nothing_written(session, take, objects, problem):
    assert any(problem in told for told in take(*objects).problems)
    assert session.scalars(sa.select(Request.id)).all() == []
    assert session.scalars(sa.select(Recipient.id)).all() == []
    assert history(session) == []
