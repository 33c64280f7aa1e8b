"""Taking over departments and users, and what holds for every model."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from hhu_base.models import Department, User
from hhu_base.taking_over.dump import DumpError, read_dump
from hhu_base.taking_over.running import move_sequences, skipped_models, take_over
from hhu_base.taking_over.takeover import Takeover

from .dumps import HASH, content, department, dump, other, user

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def take(app, session):
    """``take(object, …)``: a takeover of these objects."""

    def take(*objects, allowed=()):
        takeover = Takeover(session, dump(*objects), ZONE, allowed)
        take_over(takeover, app.registry["takeover_parts"])
        session.expire_all()
        return takeover

    return take


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
    assert done.problems == []
    found = session.get_one(User, 41, options=[sa.orm.undefer(User.wechat_openid)])
    assert (found.username, found.fullname, found.password) == ("t0041", "褚杰", HASH)
    assert (found.department_id, found.department.name) == (7, "信息系")
    assert (found.email, found.is_staff, found.wechat_openid) == ("a@hhu.edu.cn", True, "oX")
    assert found.date_joined == datetime(2019, 9, 1, tzinfo=UTC)
    assert (found.post, found.qq, found.wechat, found.tel, found.phone, found.description) == (
        "教授", "1", "w", "2", "3", "四",
    )  # fmt: skip
    assert done.counts["user.user"] == {"共": 1, "写入": 1}


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
    [note] = done.notes
    assert "user.user #2" in note


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
    assert done.problems == []
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


def test_a_second_run_of_the_same_dump_leaves_everything_as_it_is(session, take):
    objects = (department(7), user(1, department=7), user(2))
    take(*objects)
    session.get_one(User, 1).post = "changed since"
    session.flush()
    done = take(*objects, user(3))
    assert done.problems == []
    assert done.counts["user.user"] == {"共": 3, "已存在": 2, "写入": 1}
    assert session.get_one(User, 1).post == "changed since"


@pytest.mark.parametrize(
    ("objects", "problem"),
    [
        ([user(1, "x" * 151)], "user.user #1：username 有 151 个字符，超过 150 个"),
        ([user(1, first_name="x" * 31)], "user.user #1：first_name 有 31 个字符"),
        ([user(1, first_name=["x"])], "user.user #1：first_name 不是文本"),
        ([user(1), user(1)], "user.user #1：主键重复"),
        ([user(1) | {"pk": "a"}], "user.user #a：主键不是正整数"),
        ([user(1) | {"pk": None}], "主键不是正整数"),
        ([user(1) | {"pk": True}], "主键不是正整数"),
        ([user(1) | {"pk": 2**63}], "主键不是正整数"),
        ([user(1, is_active="yes")], "user.user #1：is_active 不是 true 或 false"),
        ([user(1, date_joined="yesterday")], "user.user #1：date_joined 不是有效的时间"),
        ([user(1, date_joined=None)], "user.user #1：date_joined 不是有效的时间"),
        ([user(1, department=9)], "user.user #1：department 指向不存在的 user.department 9"),
        ([user(1), user(2, "t0001")], "user.user #2：“t0001”已被 #1 占用"),
        ([department(1), department(2)], "user.department #2：“信息系”已被 #1 占用"),
        (
            [user(1, wechat_open_id="o"), user(2, wechat_open_id="o")],
            "user.user #2：与 #1 绑定了同一个微信",
        ),
        ([other("user.usermeta", 1, user=1)], "user.usermeta #1：user 指向不存在的 user.user 1"),
        (
            [user(1), other("user.usermeta", 1, user=1), other("user.usermeta", 2, user=1)],
            "user.usermeta #2：与 #1 属于同一个用户",
        ),
        (
            [user(1), other("user.usermeta", 1, user=1, qq="1" * 33)],
            "user.usermeta #1：qq 有 33 个字符",
        ),
    ],
)
def test_what_cannot_be_brought_over_is_named_and_nothing_is_written(
    session, take, objects, problem
):
    done = take(*objects)
    assert any(problem in told for told in done.problems), done.problems
    assert session.scalar(sa.select(sa.func.count(User.id))) == 0


def test_an_id_that_somebody_else_has_already_is_named(session, take, add_user):
    add_user("boss", id=1)
    done = take(user(1), user(2, "boss"))
    assert "user.user #1：数据库里已有编号 1 的另一条记录" in done.problems
    assert "user.user #2：“boss”已被 #1 占用" in done.problems


def test_all_problems_are_told_in_one_run(take):
    assert (
        len(take(user(1, is_staff=None), user(2, department=5), department(1, "x" * 256)).problems)
        == 3
    )


def test_models_that_nobody_asks_for_are_counted_but_not_djangos_own(app):
    found = dump(
        other("sessions.session", "abc"),
        other("auth.permission", 1),
        other("polls.question", 1),
        other("polls.question", 2),
        user(1),
    )
    assert skipped_models(found, app.registry["takeover_parts"]) == {"polls.question": 2}


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        (b"", "JSON"),
        (b"[1", "JSON"),
        (b"\xff\xfe\x00", "JSON"),
        (b"\x80", "JSON"),
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


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_dump_may_have_passed_through_windows(encoding):
    [record] = read_dump(content(user(1)).decode().encode(encoding))["user.user"]
    assert record.fields["last_name"] == "褚"


def test_what_nothing_can_store_is_taken_away_with_a_note(session, take):
    done = take(user(1, last_name="褚\0\ufffe", first_name="\x85杰"))
    assert done.problems == []
    assert sum("包含空字符或无效字符，已去除" in note for note in done.notes) == 2
    assert session.get_one(User, 1).fullname == "褚杰"


def test_what_nobody_sees_is_not_brought_over(session, take):
    take(department(1, name="\ufeff信\u200b息系 "), user(2, "t\u202e0002\u200b", department=1))
    somebody = session.get_one(User, 2)
    assert (somebody.username, somebody.department.name) == ("t0002", "信息系")
