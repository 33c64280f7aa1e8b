"""The columns by which rows are found and sorted stay in step with their texts."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from hhu_base.database import keys
from hhu_base.models import Department, User


@pytest.fixture
def department_names(session):
    """The departments as a list shows them."""

    def department_names() -> list[str]:
        session.flush()
        return list(session.scalars(sa.select(Department.name).order_by(Department.name_key)))

    return department_names


@pytest.mark.parametrize("way", ["objects", "rows", "upsert"])
def test_departments_are_sorted_by_pinyin_however_they_came(session, department_names, way):
    rows = [
        {"name": name}
        for name in ("信息系", "电气系", "301实验室", "𠮷系", "😀", "VPN室", "安全系")
    ]
    if way == "objects":
        session.add_all(Department(**row) for row in rows)
    elif way == "rows":
        session.execute(sa.insert(Department), rows)
    else:
        session.execute(insert(Department).on_conflict_do_nothing(), rows)
    assert department_names() == ["301实验室", "安全系", "电气系", "VPN室", "信息系", "😀", "𠮷系"]


def test_a_new_name_has_a_new_place(session, department_names):
    first = Department(name="安全系")
    session.add_all([first, Department(name="电气系")])
    session.flush()
    session.expire_all()
    first.name = "信息系"
    assert department_names() == ["电气系", "信息系"]


def test_people_are_sorted_by_their_surnames_as_surnames(session, add_user):
    for number, (last, first) in enumerate(
        [
            ("张", "三"),
            ("单", "立"),
            ("曾", "荣"),
            ("", "𠮷"),
            ("王", "𠮷"),
            ("尉迟", "恭"),
            ("单于", "一"),
        ]
    ):
        add_user(f"t{number}", last_name=last, first_name=first)
    found = session.scalars(sa.select(User).order_by(User.name_key))
    assert [user.fullname for user in found] == [
        "单于一",
        "单立",
        "王𠮷",
        "尉迟恭",
        "曾荣",
        "张三",
        "𠮷",
    ]


def test_one_half_of_a_name_changes_its_place_too(session, add_user):
    somebody = add_user("t1", last_name="张", first_name="三")
    before = somebody.name_key
    session.expire_all()
    somebody.first_name = "四"
    session.flush()
    assert somebody.name_key != before
    assert keys.refresh(session.connection()) == 0


def test_what_was_written_by_hand_is_set_right(session, department_names):
    for name in ("信息系", "安全系", "电气系"):
        session.execute(
            sa.text("INSERT INTO core_departments (name) VALUES (:name)"), {"name": name}
        )
    assert keys.refresh(session.connection()) == 3
    assert keys.refresh(session.connection()) == 0
    assert department_names() == ["安全系", "电气系", "信息系"]


@pytest.mark.parametrize(
    ("stored", "searched", "is_found"),
    [
        ("差\u200b旅\u200b费", "差旅费", True),
        ("差旅费", "差\u00ad旅费", True),
        ("ＶＰＮ设置", "vpn设置", True),
        ("使⽤⽅案", "使用方案", True),
        ("138 1234 5678", "13812345678", True),
        ("13812345678", "138-1234-5678", True),
        ("１３８", "138", True),
        ("100%", "0%", True),
        ("100%", "1%0", False),
        ("a_b", "axb", False),
        ("甲乙", "\u200b", True),
        ("甲\\乙", "\\", True),
    ],
)
def test_what_is_stored_is_found_as_people_read_it(session, stored, searched, is_found):
    session.add(Department(name=stored))
    session.flush()
    # Folded when it was written, or when it is searched: that is the same.
    for column in (Department.search_key, Department.name):
        found = session.scalars(sa.select(Department).where(keys.contains([column], searched)))
        assert bool(found.all()) is is_found


def test_no_word_begins_in_one_field_and_ends_in_the_next(session, add_user):
    add_user("t0001", last_name="张", first_name="三", post="教授", phone="138", tel="025")
    for word, count in (("张三", 1), ("三教授", 0), ("教授", 1), ("025138", 0), ("138", 1)):
        condition = keys.contains([User.search_key], word)
        assert len(session.scalars(sa.select(User).where(condition)).all()) == count, word


def test_a_table_without_a_pinyin_is_sorted_by_the_text_itself():
    assert keys.order_of(Department, "name") == "name_key"
    assert keys.order_of(User, "username") == "username"
