"""GET and PUT /current-user/."""

import pytest
import sqlalchemy as sa

from hhu_base.models import Department, User
from tests.accounts.conftest import PASSWORD

NEW_PASSWORD = "a quite new one"


@pytest.fixture
def department(session):
    department = Department(name="信息系")
    session.add(department)
    session.flush()
    return department


@pytest.fixture
def put(mine):
    """``put(email=None)``: the fields that are required, and these."""

    def put(status=200, **fields):
        body = {"first_name": "杰", "last_name": "褚"} | fields
        return mine.put("/current-user/", body, status=status).json

    return put


def test_all_that_is_known_of_the_user_is_shown(mine, teacher, department):
    teacher.email = "t0001@example.com"
    teacher.department = department
    answer = mine.get("/current-user/").json
    assert answer == {
        "id": teacher.id,
        "username": "t0001",
        "first_name": "杰",
        "last_name": "褚",
        "email": "t0001@example.com",
        "is_staff": False,
        "is_active": True,
        "date_joined": answer["date_joined"],
        "groups": [],
        "department": {"id": department.id, "name": "信息系"},
    }
    assert answer["date_joined"].endswith("+08:00")


def test_every_field_can_be_changed(put, mine, department):
    answer = put(
        first_name=" 明 ", last_name="欧阳", email="o@example.com", department=department.id
    )
    assert answer["first_name"] == "明"
    assert answer["last_name"] == "欧阳"
    assert answer["email"] == "o@example.com"
    assert answer["department"] == {"id": department.id, "name": "信息系"}
    assert mine.get("/current-user/").json == answer


def test_a_form_is_taken_as_well(mine, department):
    body = {"first_name": "杰", "last_name": "褚", "department": str(department.id), "email": ""}
    answer = mine.client.put("/current-user", body).json
    assert answer["department"]["id"] == department.id
    assert answer["email"] == ""


def test_what_is_left_out_stays(put, teacher, department):
    teacher.email = "t0001@example.com"
    teacher.department = department
    stored = teacher.password
    answer = put()
    assert answer["email"] == "t0001@example.com"
    assert answer["department"]["id"] == department.id
    assert teacher.password == stored


@pytest.mark.parametrize("nothing", [None, ""])
def test_address_and_department_can_be_taken_away(put, teacher, department, nothing):
    teacher.email = "t0001@example.com"
    teacher.department = department
    answer = put(email=nothing, department=nothing)
    assert answer["email"] == nothing
    assert answer["department"] is None


def test_read_only_and_unknown_fields_are_ignored(put, mine, teacher):
    before = mine.get("/current-user/").json
    answer = put(
        id=9,
        username="root",
        is_staff=True,
        is_superuser=True,
        is_active=False,
        date_joined="1970-01-01",
        groups=[1],
        wechat_openid="o",
        post="院长",
        user_id=9,
        department_id=9,
        nonsense={"a": [None]},
    )
    assert answer == before
    assert not teacher.is_superuser
    assert teacher.post == ""


def test_an_object_that_was_read_can_be_sent_back(mine):
    before = mine.get("/current-user/").json
    assert mine.put("/current-user/", before).json == before


def test_who_has_no_surname_can_send_his_object_back(api, add_user):
    somebody = api.as_user(add_user("t0002", last_name="", first_name="阿依古丽"))
    before = somebody.get("/current-user/").json
    assert somebody.put("/current-user/", before).json == before


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("first_name", None, "该字段不能为 null。"),
        ("first_name", "", "该字段不能为空。"),
        ("first_name", " \n", "该字段不能为空。"),
        ("first_name", "长" * 31, "请确保这个字段不能超过 30 个字符。"),
        ("first_name", "a\0b", "不允许包含空字符或无效字符。"),
        ("first_name", "a\ud800", "不允许包含空字符或无效字符。"),
        ("first_name", True, "不是有效的字符串。"),
        ("first_name", [], "不是有效的字符串。"),
        ("first_name", {}, "不是有效的字符串。"),
        ("first_name", "\u200b\u3164", "该字段不能为空。"),
        ("first_name", "杰\ufffe", "不允许包含空字符或无效字符。"),
        ("last_name", None, "该字段不能为 null。"),
        ("last_name", "  ", "该字段不能为空。"),
        ("last_name", "\u3000\u200b", "该字段不能为空。"),
        ("email", "a..b@hhu.edu.cn", "请输入合法的邮件地址。"),
        ("last_name", "长" * 151, "请确保这个字段不能超过 150 个字符。"),
        ("last_name", "a\0b", "不允许包含空字符或无效字符。"),
        ("last_name", False, "不是有效的字符串。"),
        ("last_name", ["褚"], "不是有效的字符串。"),
        ("last_name", {"a": 1}, "不是有效的字符串。"),
        ("email", "garbage", "请输入合法的邮件地址。"),
        ("email", "a@b", "请输入合法的邮件地址。"),
        ("email", "a b@example.com", "请输入合法的邮件地址。"),
        ("email", "a@example.com\nBcc: b@example.com", "请输入合法的邮件地址。"),
        ("email", "褚 <a@example.com>", "请输入合法的邮件地址。"),
        ("email", "a@example.com,b@example.com", "请输入合法的邮件地址。"),
        ("email", "a..b@example.com", "请输入合法的邮件地址。"),
        ("email", "a@-example.com", "请输入合法的邮件地址。"),
        ("email", "a@@example.com", "请输入合法的邮件地址。"),
        ("email", "a" * 65 + "@example.com", "请输入合法的邮件地址。"),
        ("email", 3, "请输入合法的邮件地址。"),
        ("email", "a@" + "b" * 250 + ".com", "请确保这个字段不能超过 254 个字符。"),
        ("email", "a\0@example.com", "不允许包含空字符或无效字符。"),
        ("email", True, "不是有效的字符串。"),
        ("email", [], "不是有效的字符串。"),
        ("email", {}, "不是有效的字符串。"),
        ("department", 9999, "无效主键 “9999” － 对象不存在。"),
        ("department", "9999", "无效主键 “9999” － 对象不存在。"),
        ("department", 0, "无效主键 “0” － 对象不存在。"),
        ("department", -1, "无效主键 “-1” － 对象不存在。"),
        ("department", 2**63, f"无效主键 “{2**63}” － 对象不存在。"),
        ("department", 2**63 - 1, f"无效主键 “{2**63 - 1}” － 对象不存在。"),
        ("department", "信息系", "类型错误，应为主键。"),
        ("department", 1.5, "类型错误，应为主键。"),
        ("department", True, "类型错误，应为主键。"),
        ("department", [], "类型错误，应为主键。"),
        ("department", {"id": 1}, "类型错误，应为主键。"),
        ("password", None, "该字段不能为 null。"),
        ("password", "", "该字段不能为空。"),
        ("password", [], "不是有效的字符串。"),
        ("password", True, "不是有效的字符串。"),
        ("password", "a\0bcdefghi", "不允许包含空字符或无效字符。"),
        ("password", "x1" * 513, "请确保这个字段不能超过 1024 个字符。"),
        ("password", "Sh0rt!", "密码长度太短。密码必须包含至少 8 个字符。"),
        ("password", "8273645109", "密码不能全部是数字。"),
        ("password", "qwer1234", "这个密码太常见了。"),
        ("password", "t0001-t0001", "密码与您的个人信息太相似。"),
    ],
)
def test_bad_input_is_named_by_field_and_changes_nothing(put, mine, field, value, message):
    before = mine.get("/current-user/").json
    assert put(400, **({"last_name": "改"} | {field: value})) == {field: [message]}
    assert mine.get("/current-user/").json == before


@pytest.mark.parametrize("missing", ["first_name", "last_name"])
def test_a_missing_name_is_named(mine, missing):
    body = {"first_name": "杰", "last_name": "褚"}
    del body[missing]
    assert mine.put("/current-user/", body, status=400).json == {missing: ["该字段是必填项。"]}


def test_all_that_is_wrong_is_told_at_once(put):
    assert put(400, department=9999, password="123456") == {
        "department": ["无效主键 “9999” － 对象不存在。"],
        "password": ["密码长度太短。密码必须包含至少 8 个字符。", "密码不能全部是数字。"],
    }


@pytest.mark.parametrize("address", ["a.b+c@mail.hhu.edu.cn", "O'Neil@x.io", "1@a-b.cn"])
def test_ordinary_addresses_are_taken(put, address):
    assert put(email=address)["email"] == address


def test_names_with_emoji_and_rare_characters_are_stored_as_they_are(put):
    answer = put(first_name="𬭚😀%_\\'\"", last_name="㑇")
    assert (answer["last_name"], answer["first_name"]) == ("㑇", "𬭚😀%_\\'\"")


def test_a_new_password_signs_in_and_the_old_one_does_not(put, sign_in, teacher):
    answer = put(password=NEW_PASSWORD)
    assert "password" not in answer
    sign_in(password=NEW_PASSWORD)
    sign_in(password=PASSWORD, status=400)


def test_a_new_password_ends_every_token_but_the_one_used(sign_in, add_user, api, teacher):
    other_user = api.as_user(add_user("t0002"))
    phone, tablet = sign_in(), sign_in()
    body = {"first_name": "杰", "last_name": "褚", "password": NEW_PASSWORD}
    phone.put("/current-user/", body)
    phone.get("/current-user/")
    tablet.get("/current-user/", status=401)
    other_user.get("/current-user/")


def test_a_weak_password_ends_no_token(put, sign_in, teacher):
    tablet = sign_in()
    put(400, password="12345678")
    tablet.get("/current-user/")


def test_a_password_may_begin_with_a_blank(put, sign_in, teacher):
    put(password=f" {NEW_PASSWORD}")
    sign_in(password=f" {NEW_PASSWORD}")
    sign_in(password=NEW_PASSWORD, status=400)


@pytest.mark.parametrize(
    "password",
    ["chujie2026", "jiechu2026", "褚杰褚杰褚杰褚杰", "t0001t0001", "zhangsan88", "new.address@hhu"],
)
def test_a_password_like_the_old_or_the_new_name_is_refused(put, password):
    errors = put(
        400, last_name="张", first_name="三", email="new.address@hhu.edu.cn", password=password
    )
    assert errors == {"password": ["密码与您的个人信息太相似。"]}


def test_others_are_not_touched(put, session, add_user, teacher):
    add_user("t0002", last_name="甲", first_name="乙")
    put(last_name="丙", first_name="丁", password=NEW_PASSWORD)
    other = session.execute(
        sa.select(User.last_name, User.first_name, User.password).where(User.username == "t0002")
    ).one()
    assert tuple(other) == ("甲", "乙", "")


def test_the_departments_are_listed_by_name(mine, session):
    session.add_all([Department(name="b"), Department(name="a")])
    answer = mine.get("/departments/").json
    assert [found["name"] for found in answer] == ["a", "b"]
    assert all(set(found) == {"id", "name"} for found in answer)
