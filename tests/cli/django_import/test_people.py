"""Taking over departments and users, and what holds for every model."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from hhu_base.cli.django_import import report
from hhu_base.cli.django_import.dump import DumpError, read_dump
from hhu_base.cli.django_import.runner import move_sequences
from hhu_base.models import Department, User

from .dumps import HASH, department, notes, other, outcomes, reasons, user, usermeta


@pytest.fixture
def take(take_objects):
    return take_objects


def test_users_keep_their_ids_their_passwords_and_all_that_is_known_of_them(session, take):
    done = take(
        department(7),
        user(41, "t0041", department=7, email="a@hhu.edu.cn", is_staff=True, wechat_open_id="oX"),
        other(
            "user.usermeta",
            3,
            user=41,
            post="教授",
            qq="1",
            wechat="w",
            tel="2",
            phone="3",
            description="四",
        ),
    )
    assert reasons(done) == []
    found = session.get_one(User, 41, options=[sa.orm.undefer(User.wechat_openid)])
    assert (found.username, found.fullname, found.password) == ("t0041", "褚杰", HASH)
    assert (found.department_id, found.department.name) == (7, "信息系")
    assert (found.email, found.is_staff, found.wechat_openid) == ("a@hhu.edu.cn", True, "oX")
    assert found.date_joined == datetime(2019, 9, 1, tzinfo=UTC)
    assert (found.post, found.qq, found.wechat, found.tel, found.phone, found.description) == (
        "教授", "1", "w", "2", "3", "四",
    )  # fmt: skip
    assert outcomes(done, "user.user") == {"导入": 1}


def test_nulls_become_what_the_new_tables_want(session, take):
    take(user(1, email="", wechat_open_id=""), other("user.usermeta", 1, user=1, post=None))
    found = session.get_one(User, 1, options=[sa.orm.undefer(User.wechat_openid)])
    assert (found.email, found.wechat_openid, found.post, found.department_id) == (
        None,
        None,
        "",
        None,
    )


def test_who_could_not_sign_in_with_a_password_still_cannot(session, take):
    done = take(user(1, password="!abc"), user(2, password="md5$salt$hash"))
    assert [session.get_one(User, pk).password for pk in (1, 2)] == ["", ""]
    assert notes(done) == ["user.user #2：密码散列不是 pbkdf2_sha256，需要重设密码"]


def test_passwords_of_django_keep_working_with_the_iterations_that_they_were_made_with(
    app, session, take
):
    password = "Netz-Plan-2026"
    digest = hashlib.pbkdf2_hmac("sha256", password.encode(), b"IjAHmztu", 600_000)
    stored = f"pbkdf2_sha256$600000$IjAHmztu${base64.b64encode(digest).decode()}"
    take(user(1, password=stored))
    taken = session.get_one(User, 1).password
    assert app.registry["passwords"].verify(taken, password)
    assert not app.registry["passwords"].verify(taken, password + "x")


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2020-02-22T17:02:00", datetime(2020, 2, 22, 9, 2, tzinfo=UTC)),
        ("2020-02-22 17:02:00.123456", datetime(2020, 2, 22, 9, 2, 0, 123456, tzinfo=UTC)),
        ("2020-02-22T09:02:00.123Z", datetime(2020, 2, 22, 9, 2, 0, 123000, tzinfo=UTC)),
        ("2020-02-22T10:02:00+01:00", datetime(2020, 2, 22, 9, 2, tzinfo=UTC)),
    ],
)
def test_times_have_an_offset_or_are_the_sites(session, take, text, instant):
    take(user(1, date_joined=text))
    assert session.get_one(User, 1).date_joined == instant


def test_natural_keys_are_followed(session, take):
    done = take(
        department(7),
        user(1, department=["信息系"]),
        other("user.usermeta", 1, user=["t0001"], post="讲师"),
    )
    assert reasons(done) == []
    assert session.get_one(User, 1).department_id == 7
    assert session.get_one(User, 1).post == "讲师"


def test_the_next_new_row_gets_an_id_behind_those_that_were_brought(session, take):
    done = take(department(70), user(5_000_000))
    move_sequences(session, done.tables)
    session.add(new := User(username="new", department=Department(name="新系")))
    session.flush()
    assert new.id > 5_000_000
    assert new.department_id > 70


def test_sequences_never_go_back(session, take, add_user):
    session.execute(sa.text("SELECT setval(pg_get_serial_sequence('core_users', 'id'), 9000000)"))
    done = take(user(1))
    move_sequences(session, done.tables)
    assert add_user("new").id > 9_000_000


@pytest.mark.parametrize(
    ("objects", "reason"),
    [
        ([user(1, "x" * 151)], "user.user #1：username 有 151 个字符，超过 150 个"),
        ([user(1, " ")], "user.user #1：没有 username"),
        ([user(1), user(1)], "user.user #1：主键重复"),
        ([user(1) | {"pk": "a"}], "user.user #a：主键不是正整数"),
        ([user(1) | {"pk": None}], "主键不是正整数"),
        ([user(1) | {"pk": True}], "主键不是正整数"),
        ([user(1) | {"pk": [1]}], "主键不是正整数"),
        ([user(1) | {"pk": 2**63}], "主键不是正整数"),
        ([user(1), user(2, "t0001")], "user.user #2：“t0001”已被 #1 占用"),
        ([department(1, "x" * 256)], "user.department #1：name 有 256 个字符"),
        ([usermeta(1)], "user.usermeta #1：user 指向没有导入的 user.user 1"),
        ([usermeta(1, user="x")], "user.usermeta #1：user 指向没有导入的 user.user x"),
        (
            [user(1), usermeta(1), usermeta(2, user=1)],
            "user.usermeta #2：与 #1 属于同一个用户",
        ),
        ([user(1, "x" * 151), usermeta(1)], "user.usermeta #1：user 指向没有导入的 user.user 1"),
    ],
)
def test_what_cannot_be_taken_is_named_and_the_rest_is_taken(session, take, objects, reason):
    done = take(*objects, user(99))
    assert any(reason in told for told in reasons(done)), reasons(done)
    assert session.get(User, 99)


@pytest.mark.parametrize(
    ("fields", "lost", "note"),
    [
        ({"first_name": "x" * 31}, {"first_name": ""}, "first_name 有 31 个字符"),
        ({"first_name": ["x"]}, {"first_name": ""}, "first_name 不是文本"),
        ({"last_name": "a\0b"}, {"last_name": "ab"}, "last_name 包含空字符"),
        ({"is_active": "yes"}, {"is_active": True}, "is_active 不是 true 或 false"),
        ({"date_joined": "yesterday"}, {}, "date_joined 不是有效的时间"),
        ({"date_joined": None}, {}, "date_joined 不是有效的时间"),
        ({"department": 9}, {"department_id": None}, "department 指向没有导入的"),
        ({"department": ["x"]}, {"department_id": None}, "department 指向没有导入的"),
        ({"groups": [3]}, {}, "groups 指向没有导入的 auth.group 3"),
        ({"user_permissions": [3]}, {}, "单独的权限 1 项没有导入"),
    ],
)
def test_what_a_person_can_do_without_is_lost_and_the_person_taken(
    session, take, fields, lost, note
):
    done = take(user(1, **fields))
    assert reasons(done) == []
    assert any(note in told for told in notes(done)), notes(done)
    found = session.get_one(User, 1)
    assert {name: getattr(found, name) for name in lost} == lost


def test_a_wechat_is_one_persons(session, take):
    take(user(1, wechat_open_id="o"))
    done = take(
        user(2, wechat_open_id="o"), user(3, wechat_open_id="p"), user(4, wechat_open_id="p")
    )
    assert notes(done) == [
        "user.user #2：微信已绑定 #1，舍弃这一项",
        "user.user #4：微信已绑定 #3，舍弃这一项",
    ]
    rows = session.execute(sa.select(User.id, User.wechat_openid).order_by(User.id))
    assert [tuple(row) for row in rows] == [(1, "o"), (2, None), (3, "p"), (4, None)]


def test_addresses_that_can_not_be_written_to_are_taken_and_counted_as_are_naive_times(
    session, take
):
    done = take(
        user(1, email="zhang.@qq.com"),
        user(2, email="a@hhu.edu.cn", date_joined="2020-02-22T17:02:00"),
    )
    assert session.get_one(User, 1).email == "zhang.@qq.com"
    told = list(report.lines(done))
    assert "  1 个时间没有时区，按站点的时区 Asia/Shanghai 理解。" in told
    assert "  1 个邮箱地址不合法，照样导入，但寄不到。" in told


def test_an_id_that_somebody_else_has_already_is_named(take, add_user):
    add_user("boss", id=1)
    done = take(user(1), user(2, "boss"))
    assert reasons(done) == [
        "user.user #1：数据库里已有编号 1 的另一条记录",
        "user.user #2：“boss”已被 #1 占用",
    ]


def test_free_texts_of_the_first_version_become_departments_and_its_numbers_texts(session, take):
    session.add(Department(name="信息系"))
    session.flush()
    done = take(
        department(800, "党政办"),
        user(1),
        user(2),
        user(3, department=800),
        user(4),
        usermeta(1, department=" 信息系 ", qq=10001, tel=51985191, phone=13800000001),
        usermeta(2, department="新系"),
        usermeta(3, department="信息系"),
        usermeta(4, department=""),
    )
    assert reasons(done) == []
    people = session.scalars(sa.select(User).order_by(User.id)).all()
    names = [person.department.name if person.department else None for person in people]
    assert names == ["信息系", "新系", "党政办", None]
    assert session.scalars(sa.select(Department.name)).all().count("信息系") == 1
    assert (people[0].qq, people[0].tel, people[0].phone) == ("10001", "51985191", "13800000001")


def test_a_department_that_is_there_is_the_same_whatever_its_id(session, take):
    session.add(there := Department(name="信息系"))
    session.add(taken := Department(name="别的系"))
    session.flush()
    ids = there.id, taken.id
    done = take(department(ids[1], "信息系"), department(77, "新系"), user(1, department=ids[1]))
    assert outcomes(done, "user.department") == {"已有": 1, "导入": 1}
    assert session.get_one(User, 1).department_id == ids[0]


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        (b"", "JSON"),
        (b"[1", "JSON"),
        (b"\xff\xfe\x00", "JSON"),
        (b"\x80", "JSON"),
        (b"[1" + b"0" * 5000 + b"]", "JSON"),
        (b"[" * 100_000, "JSON"),
        (b"{}", "列表"),
        (b"[1]", "model"),
        (b'[{"model": 1}]', "model"),
        (b'[{"model": "user.user", "pk": 1}]', "fields"),
    ],
)
def test_a_file_that_is_no_dump_is_refused_with_a_reason(raw, word):
    with pytest.raises(DumpError, match=word):
        read_dump(raw)


@pytest.mark.parametrize("is_escaped", [True, False])
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"]
)
def test_a_dump_may_have_passed_through_windows(encoding, is_escaped):
    text = json.dumps([user(1, last_name="褚𠮷")], ensure_ascii=is_escaped)
    [record] = read_dump(text.encode(encoding))["user.user"]
    assert record.fields["last_name"] == "褚𠮷"


def test_what_nothing_can_store_is_taken_away_with_a_note(session, take):
    done = take(user(1, last_name="褚\0\ufffe", first_name="\x85杰"))
    assert reasons(done) == []
    assert sum("包含空字符或无效字符，已去掉" in note for note in notes(done)) == 2
    assert session.get_one(User, 1).fullname == "褚杰"


def test_what_nobody_sees_is_not_brought_over(session, take):
    take(department(1, name="\ufeff信\u200b息系 "), user(2, "t\u202e0002\u200b", department=1))
    somebody = session.get_one(User, 2)
    assert (somebody.username, somebody.department.name) == ("t0002", "信息系")
