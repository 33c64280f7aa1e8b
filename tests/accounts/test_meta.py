"""GET and PUT /current-user/meta/."""

import pytest

FIELDS = {
    "post": "副教授",
    "qq": "10001",
    "wechat": "wx_t0001",
    "tel": "025-83780000",
    "phone": "15400000000",
    "description": "研究方向：数据库。\n欢迎来访。",
}
LENGTHS = {"post": 255, "qq": 32, "wechat": 255, "tel": 32, "phone": 32}


def test_what_colleagues_see_is_shown(mine, teacher):
    assert mine.get("/current-user/meta/").json == {
        "user": teacher.id,
        "user_meta": mine.get("/current-user/").json,
        "post": "",
        "qq": "",
        "wechat": "",
        "tel": "",
        "phone": "",
        "description": "",
        "fullname": "褚杰",
        "alpha": "C",
        "is_friend": False,
    }


def test_every_field_can_be_changed(mine):
    answer = mine.put("/current-user/meta/", FIELDS).json
    assert {field: answer[field] for field in FIELDS} == FIELDS
    assert mine.get("/current-user/meta/").json == answer


@pytest.mark.parametrize("field", FIELDS)
def test_fields_that_are_left_out_stay(mine, field):
    mine.put("/current-user/meta/", FIELDS)
    answer = mine.put("/current-user/meta", {field: "新"}).json
    assert {name: answer[name] for name in FIELDS} == FIELDS | {field: "新"}


def test_nothing_at_all_changes_nothing(mine):
    before = mine.put("/current-user/meta/", FIELDS).json
    assert mine.put("/current-user/meta/", {}).json == before
    assert mine.client.put("/current-user/meta/").json == before


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("blank", ["", "  ", None])
def test_every_field_can_be_emptied(mine, field, blank):
    mine.put("/current-user/meta/", FIELDS)
    assert mine.put("/current-user/meta/", {field: blank}).json[field] == ""


def test_an_object_that_was_read_can_be_sent_back(mine):
    before = mine.put("/current-user/meta/", FIELDS).json
    changed = before | {"user": 9, "fullname": "别人", "alpha": "X", "is_friend": True}
    assert mine.put("/current-user/meta/", changed).json == before
    changed["user_meta"] = {"id": 9, "username": "root", "is_staff": True}
    assert mine.put("/current-user/meta/", changed).json == before


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize(
    ("value", "message"),
    [
        (True, "不是有效的字符串。"),
        ([], "不是有效的字符串。"),
        ({}, "不是有效的字符串。"),
        ("a\0b", "不允许包含空字符或无效字符。"),
        ("a\udfff", "不允许包含空字符或无效字符。"),
    ],
)
def test_bad_input_is_named_by_field_and_changes_nothing(mine, field, value, message):
    before = mine.put("/current-user/meta/", FIELDS).json
    body = dict.fromkeys(FIELDS, "新") | {field: value}
    assert mine.put("/current-user/meta/", body, status=400).json == {field: [message]}
    assert mine.get("/current-user/meta/").json == before


def test_the_oldest_client_sends_null_for_all_that_is_empty(mine):
    mine.put("/current-user/meta/", FIELDS)
    answer = mine.put("/current-user/meta/", dict.fromkeys(FIELDS)).json
    assert {name: answer[name] for name in FIELDS} == dict.fromkeys(FIELDS, "")


@pytest.mark.parametrize(("field", "length"), LENGTHS.items())
def test_each_length_is_what_the_contract_says(mine, field, length):
    mine.put("/current-user/meta/", {field: "长" * length})
    errors = mine.put("/current-user/meta/", {field: "长" * (length + 1)}, status=400).json
    assert errors == {field: [f"请确保这个字段不能超过 {length} 个字符。"]}


def test_a_description_may_be_long(mine):
    text = "长" * 20_000
    assert mine.put("/current-user/meta/", {"description": text}).json["description"] == text


def test_numbers_are_taken_as_their_digits_and_a_form_as_well(mine):
    assert mine.put("/current-user/meta/", {"qq": 10001}).json["qq"] == "10001"
    assert mine.client.put("/current-user/meta/", {"qq": "10002"}).json["qq"] == "10002"


@pytest.mark.parametrize("text", ["%", "_", "\\", "'; --", "😀", "<b>&amp;"])
def test_text_is_stored_as_it_is(mine, text):
    assert mine.put("/current-user/meta/", {"post": text}).json["post"] == text
