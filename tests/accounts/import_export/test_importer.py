"""The rules of bringing people in."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from hhu_base.accounts.import_export.importer import (
    HEADER,
    PlanOutdated,
    apply,
    export_people,
    import_people,
    plan_import,
)
from hhu_base.accounts.import_export.report import describe
from hhu_base.accounts.import_export.rows import read_people
from hhu_base.models import Department, User
from hhu_base.values.spreadsheets import read_table, write_table
from hhu_base.values.spreadsheets.tables import TableError

from .files import csv_text, xlsx


def people(*rows):
    return read_people(read_table("a.csv", csv_text(*rows).encode()))


@pytest.fixture
def plan(session):
    """``plan(header, row, …)``: what importing these rows would do."""
    return lambda *rows: plan_import(session, people(*rows))


@pytest.fixture
def bring(session):
    """``bring(header, row, …)``: import them."""

    def bring(*rows):
        read = people(*rows)
        hashes = {
            name: f"hash of {word}" for name, word in plan_import(session, read).passwords.items()
        }
        return import_people(session, read, hashes)

    return bring


def find(session, username):
    session.expire_all()
    return session.scalars(sa.select(User).where(User.username == username)).one()


def reasons(plan):
    return {bad.number: "；".join(bad.reasons) for bad in plan.bad}


def test_a_plan_writes_nothing_and_tells_who_is_added_changed_and_left(session, plan, add_user):
    add_user("t0001", post="讲师")
    add_user("t0002", post="教授")
    found = plan(
        ("工号", "职位", "系所"),
        ("t0001", "教授", "信息系"),
        ("t0002", "教授", ""),
        ("t0003", "", ""),
    )
    assert [new.username for new in found.added] == ["t0003"]
    assert [change.changes for change in found.changed] == [
        {"post": ("讲师", "教授"), "department": ("", "信息系")}
    ]
    assert found.left == ["t0002"]
    assert found.new_departments == ["信息系"]
    assert session.scalar(sa.select(sa.func.count(User.id))) == 2
    assert session.scalar(sa.select(sa.func.count(Department.id))) == 0


def test_people_are_added_with_all_their_columns(session, bring):
    bring(
        (
            "简介",
            "手机",
            "电话",
            "微信",
            "QQ",
            "职位",
            "初始密码",
            "系所",
            "电子邮箱",
            "名字",
            "姓氏",
            "工号",
        ),
        (
            "水",
            "13800000000",
            "025-1",
            "wx",
            "12345",
            "教授",
            "Xk29-river-w",
            "信息系",
            "z@hhu.edu.cn",
            "三",
            "张",
            "t9",
        ),
    )
    user = find(session, "t9")
    assert (user.fullname, user.email, user.department.name) == ("张三", "z@hhu.edu.cn", "信息系")
    assert (user.post, user.qq, user.wechat, user.tel, user.phone, user.description) == (
        "教授", "12345", "wx", "025-1", "13800000000", "水",
    )  # fmt: skip
    assert user.password == "hash of Xk29-river-w"
    assert user.is_active
    assert not user.is_staff


def test_a_missing_column_and_an_empty_cell_leave_what_is_stored(session, bring, add_user):
    add_user("t0001", post="讲师", phone="138", email="a@b.cn")
    bring(("工号", "职位", "手机"), ("t0001", "", "139"))
    user = find(session, "t0001")
    assert (user.post, user.phone, user.email, user.fullname) == ("讲师", "139", "a@b.cn", "褚杰")


def test_an_initial_password_never_replaces_that_of_somebody_who_is_there(session, bring, add_user):
    add_user("t0001", password="his own")
    done = bring(("工号", "初始密码"), ("t0001", "123"), ("t0002", "Xk29-river-w"))
    assert done.unused_passwords == ["t0001"]
    assert find(session, "t0001").password == "his own"
    assert find(session, "t0002").password == "hash of Xk29-river-w"


def test_who_is_new_without_a_password_cannot_sign_in_with_one(session, bring):
    bring(("工号",), ("t1",))
    assert find(session, "t1").password == ""


def test_a_departments_is_made_once_and_found_again(session, bring):
    session.add(Department(name="软件系"))
    bring(("工号", "系所"), ("t1", "信息系"), ("t2", " 信息系 "), ("t3", "软件系"))
    assert find(session, "t1").department_id == find(session, "t2").department_id
    assert session.scalar(sa.select(sa.func.count(Department.id))) == 2


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("名字", "x" * 31, "名字超过 30 个字符"),
        ("姓氏", "x" * 151, "姓氏超过 150 个字符"),
        ("QQ", "1" * 33, "QQ超过 32 个字符"),
        ("系所", "x" * 256, "系所超过 255 个字符"),
        ("电子邮箱", "nobody", "不是有效的邮箱地址"),
        ("电子邮箱", "a b@c.cn", "不是有效的邮箱地址"),
        ("初始密码", "12345678", "全部是数字"),
        ("初始密码", "abc", "太短"),
        ("初始密码", "password", "太常见"),
        ("初始密码", "teacher-t0009", "太相似"),
        ("手机", "1.38E+10", "科学计数法"),
        ("初始密码", "a\0bcdefgh-1", "空字符"),
        ("电子邮箱", "a..b@hhu.edu.cn", "不是有效的邮箱地址"),
        ("电子邮箱", "zhang.@qq.com", "不是有效的邮箱地址"),
    ],
)
def test_a_bad_cell_is_named_with_its_row_and_stops_the_import(session, plan, column, cell, reason):
    found = plan(("工号", column), ("t0008", ""), ("teacher-t0009", cell))
    assert list(reasons(found)) == [3]
    assert reason in reasons(found)[3]
    with pytest.raises(PlanOutdated):
        apply(session, found, {})


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("", "没有工号"),
        ("t 2", "中间有空白"),
        ("x" * 151, "超过 150"),
        ("1.00E+05", "科学计数法"),
        ("t0001", "与第 2 行重复"),
        ("T0001", "与第 2 行重复"),
        ("Boss", "只有大小写不同"),
        ("工号", "重复的标题行"),
    ],
)
def test_a_bad_staff_number_is_named_with_its_row(plan, add_user, number, reason):
    add_user("boss")
    found = plan(("工号", "名字"), ("t0001", "杰"), (number, "三"))
    assert reason in reasons(found)[3]


def test_formulas_dates_and_broken_numbers_are_bad_rows_only_in_columns_that_count(session):
    content = xlsx(
        ("工号", "名字", "性别"),
        ("=A1", "三", "=B1"),
        ("t2", "四", "=B1"),
        (1234567890123456, "五", 1),
    )
    found = plan_import(session, read_people(read_table("a.xlsx", content)))
    assert "公式" in reasons(found)[2]
    assert "没有工号" not in reasons(found)[2]
    assert "15 位" in reasons(found)[4]
    assert [new.username for new in found.added] == ["t2"]


def test_merged_cells_are_bad_rows_since_all_but_the_first_are_empty(session):
    content = xlsx(
        ("工号", "系所"),
        ("t1", "信息系"),
        ("t2", None),
        change=lambda sheet: sheet.merge_cells("B2:B3"),
    )
    found = plan_import(session, read_people(read_table("a.xlsx", content)))
    assert set(reasons(found)) == {2, 3}


@pytest.mark.parametrize(
    ("title", "cell", "field", "stored"),
    [
        ("工号", "　ｔ０００１ ", "username", "t0001"),
        ("工号", "10001.0", "username", "10001"),
        ("手机", "１３８\u202d", "phone", "138"),
        ("QQ", "12345.0", "qq", "12345"),
        ("名字", " 三\t", "first_name", "三"),
        ("简介", "一\r\n二", "description", "一\n二"),
        ("简介", "'=1+1", "description", "=1+1"),
        ("职位", "a\x07b", "post", "ab"),
    ],
)
def test_what_crept_in_is_tidied(plan, title, cell, field, stored):
    header = ("工号", title) if title != "工号" else ("工号", "职位")
    row = ("t9", cell) if title != "工号" else (cell, "")
    [new] = plan(header, row).added
    assert {"username": new.username, **new.values}[field] == stored


def test_excels_floats_are_staff_numbers_and_phones_again(session):
    content = xlsx(("工号", "手机"), (10001.0, 1.3812345678e10))
    [new] = plan_import(session, read_people(read_table("a.xlsx", content))).added
    assert (new.username, new.values["phone"]) == ("10001", "13812345678")


def test_empty_rows_and_rows_that_are_only_numbered_are_skipped(plan):
    found = plan(("序号", "工号"), ("", ""), ("1", "t1"), ("2", ""), ("3", "   "))
    assert [new.username for new in found.added] == ["t1"]
    assert not found.bad


def test_a_title_above_the_header_is_no_obstacle_and_other_columns_are_ignored_by_name():
    read = people(("教职工名单",), ("序号", "工 号", "性别"), ("1", "t1", "男"))
    assert [row.values for row in read.rows] == [{"username": "t1"}]
    assert read.ignored == ["序号", "性别"]


def test_a_table_without_staff_numbers_is_refused():
    with pytest.raises(TableError, match="工号"):
        people(("姓名",), ("张三",))


def test_a_column_that_comes_twice_is_refused():
    with pytest.raises(TableError, match="手机"):
        people(("工号", "手机", "手机"), ("t1", "1", "2"))


def test_a_header_alone_does_nothing(plan):
    found = plan(("工号", "名字"))
    assert (found.added, found.changed, found.bad) == ([], [], [])


@pytest.fixture
def nasty_people(session, add_user):
    session.add(department := Department(name="=系"))
    add_user("t0001", department=department, post="-教授", phone="+86 138", email="@x", tel="'=1")
    add_user(
        "ｔ０００２", first_name=" 三 ", description='一\r\n二\t"三",四 😀', qq="１２", wechat="@wx"
    )
    add_user("0012", last_name="", first_name="", description="=HYPERLINK(1)", is_active=False)
    add_user("t0003", description="x" * 40_000, post="a\x01b")


@pytest.mark.parametrize("name", ["people.xlsx", "people.csv"])
def test_importing_what_was_exported_changes_nothing(session, nasty_people, name):
    content = write_table(name, HEADER, export_people(session))
    found = plan_import(session, read_people(read_table(name, content)))
    assert (found.added, found.changed, found.bad, found.new_departments) == ([], [], [], [])
    assert len(found.left) == 4


def test_no_cell_of_an_export_begins_like_a_formula_and_no_password_is_in_it(session, nasty_people):
    text = write_table("a.csv", HEADER, export_people(session)).decode("utf-8-sig")
    assert "'=系" in text
    assert "'+86 138" in text
    assert "初始密码" not in text


def test_what_nothing_can_store_is_taken_away_with_a_note(session):
    read = people(("工号", "名字", "简介"), ("t1", "杰\ufffe", "一\x0b\0"), ("t2", "好", "二"))
    plan = plan_import(session, read)
    assert [new.values for new in plan.added] == [
        {"first_name": "杰", "description": "一"},
        {"first_name": "好", "description": "二"},
    ]
    assert read.notes == ["已去除空字符和无效字符：第 2 行的名字、简介。"]
    assert read.notes[0] in describe(read, plan)


def test_what_nobody_sees_makes_no_second_person_and_no_second_department(session, bring, add_user):
    add_user("t0001", department=Department(name="信用系"))
    done = bring(
        ("\ufeff工\u200b号", "系所", "职位"),
        ("t\u200b0001", "信\u200b用\u202e系\u2060", "\u200b\u3164"),
        ("t2", "信⽤系", "教授"),
        ("t3", "ＶＰＮ室", ""),
        ("t4", "VPN室", ""),
    )
    assert (done.left, [new.username for new in done.added]) == (["t0001"], ["t2", "t3", "t4"])
    assert done.new_departments == ["ＶＰＮ室"]
    names = session.scalars(sa.select(Department.name).order_by(Department.id))
    assert list(names) == ["信用系", "ＶＰＮ室"]
    assert find(session, "t2").department.name == "信用系"
