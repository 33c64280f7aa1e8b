"""The repairs' part of a takeover."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

import pytest
import sqlalchemy as sa

from hhu_plugins.repairs.models import (
    OPEN,
    SOLVED,
    TAKEN_UP,
    HistoryEntry,
    NotificationRecipient,
    RepairCategory,
    RepairRequest,
)
from tests.cli.django_import.dumps import notes, other, outcomes, reasons, repair, user

PEOPLE = (user(1), user(2, last_name="张", first_name="三", email="z3@hhu.example"))
CATEGORY = other("repair.faultcategory", 4, name="网络")
MORNING = datetime(2020, 2, 22, 2, tzinfo=UTC)


@pytest.fixture
def take(take_objects):
    """``take(object, …)``: a takeover of these repairs, and of two people."""
    return partial(take_objects, *PEOPLE)


def recipient(pk=3, **fields):
    return other("repair.notificationuser", pk, **{"category": None, **fields})


def history(session):
    rows = sa.select(
        HistoryEntry.request_id,
        HistoryEntry.status,
        HistoryEntry.changed_by,
        HistoryEntry.changed_at,
    )
    return [tuple(row) for row in session.execute(rows.order_by(HistoryEntry.id))]


def test_categories_requests_and_recipients_keep_their_ids(session, take):
    done = take(
        CATEGORY,
        repair(),
        recipient(name="王师傅", email="w@hhu.example", category=4),
        recipient(8, name="办公室", email="o@hhu.example", category=None),
    )
    assert reasons(done) == []
    assert session.get_one(RepairCategory, 4).name == "网络"
    kept = session.get_one(RepairRequest, 9)
    assert (kept.user_id, kept.location, kept.category_id, kept.description, kept.status) == (
        1, "勤学楼 301", 4, "投影仪不亮", OPEN,
    )  # fmt: skip
    assert (kept.created_at, kept.status_changed_at) == (MORNING, MORNING)
    found = session.execute(
        sa.select(
            NotificationRecipient.id,
            NotificationRecipient.name,
            NotificationRecipient.address,
            NotificationRecipient.category_id,
        )
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
        repair(3, status=SOLVED, user=None),
    )
    assert history(session) == [
        (1, OPEN, 1, MORNING),
        (2, OPEN, 1, MORNING),
        (3, OPEN, None, MORNING),
        (2, TAKEN_UP, None, MORNING),
        (3, SOLVED, None, MORNING),
    ]


def test_a_request_whose_reporter_is_gone_is_nobodys(session, take):
    done = take(CATEGORY, repair(1, user=None), repair(2, user=77))
    assert reasons(done) == []
    assert notes(done) == ["repair.repairrequest #2：user 指向没有导入的 user.user 77，舍弃这一项"]
    assert [session.get_one(RepairRequest, pk).user_id for pk in (1, 2)] == [None, None]


def test_a_request_may_lack_its_category(session, take):
    assert reasons(take(repair(category=None))) == []
    assert session.get_one(RepairRequest, 9).category_id is None


def test_a_second_run_finds_them_all_there(session, take):
    objects = (CATEGORY, repair(status=SOLVED), recipient(name="王", email="w@hhu.example"))
    take(*objects)
    done = take(*objects)
    assert reasons(done) == []
    for found in objects:
        assert outcomes(done, found["model"]) == {"已有": 1}
    assert len(history(session)) == 2


def test_a_status_that_has_changed_there_gets_into_the_history_if_asked(session, take):
    take(CATEGORY, repair(1), repair(2))
    session.get_one(RepairRequest, 2).status = SOLVED
    session.flush()
    newer = (CATEGORY, repair(1, status=TAKEN_UP), repair(2))
    assert session.get_one(RepairRequest, 1).status == OPEN
    take(*newer, is_update=True)
    # What was done here meanwhile is done.
    assert [session.get_one(RepairRequest, pk).status for pk in (1, 2)] == [TAKEN_UP, SOLVED]
    assert [entry[:3] for entry in history(session)] == [
        (1, OPEN, 1),
        (2, OPEN, 1),
        (1, TAKEN_UP, None),
    ]
    assert session.get_one(RepairRequest, 1).status_changed_at > MORNING


def test_an_address_that_is_there_twice_comes_once(session, take):
    objects = (
        CATEGORY,
        recipient(1, name="王", email="w@hhu.example", category=4),
        recipient(2, name="王工", email="W@hhu.example", category=4),
        recipient(3, name="王", email="w@hhu.example"),
    )
    for _ in range(2):
        done = take(*objects)
        assert reasons(done) == []
        assert notes(done) == [
            "repair.notificationuser #2：同一分类已有 W@hhu.example（#1），不再添加"
        ]
        assert set(session.scalars(sa.select(NotificationRecipient.id))) == {1, 3}


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (recipient(name="王", email="w@"), "邮箱地址不合法：'w@'"),
        (recipient(name="王", email=""), "没有 email"),
        # Without its category it would be told of all.
        (recipient(name="王", email="w@hhu.example", category=77), "category 指向没有导入的"),
        (repair(created=None), "created 不是有效的时间"),
        (repair(created="x"), "created 不是有效的时间"),
        (other("repair.faultcategory", 5, name=""), "没有 name"),
    ],
)
def test_what_cannot_be_taken_is_named_and_the_rest_is_taken(session, take, broken, reason):
    done = take(CATEGORY, broken, repair(99), recipient(99, name="李", email="l@hhu.example"))
    [told] = reasons(done)
    assert reason in told
    assert session.scalars(sa.select(RepairRequest.id)).all() == [99]
    assert session.scalars(sa.select(NotificationRecipient.id)).all() == [99]


@pytest.mark.parametrize(
    ("fields", "note", "kept"),
    [
        ({"category": 77}, "category 指向没有导入的", {"category_id": None}),
        ({"status": 7}, "status 不是 0、1 或 2：7", {"status": OPEN}),
        ({"status": "solved"}, "status 不是非负整数", {"status": OPEN}),
        ({"location": "长" * 256}, "location 有 256 个字符", {"location": ""}),
        ({"location": "a\0"}, "location 包含空字符", {"location": "a"}),
    ],
)
def test_what_a_request_can_do_without_is_lost(session, take, fields, note, kept):
    done = take(CATEGORY, repair(**fields))
    assert reasons(done) == []
    assert any(note in told for told in notes(done))
    found = session.get_one(RepairRequest, 9)
    assert {name: getattr(found, name) for name in kept} == kept


def test_two_categories_of_one_name_are_one(session, take):
    done = take(CATEGORY, other("repair.faultcategory", 5, name="网络"), repair(category=5))
    assert outcomes(done, "repair.faultcategory") == {"导入": 1, "已有": 1}
    assert session.get_one(RepairRequest, 9).category_id == 4
