"""Cards for phones, read back by another program."""

from __future__ import annotations

import pytest
import vobject

from hhu_base.models import Department, User
from hhu_plugins.contacts import vcard

NASTY = '甲,乙;丙\\丁:戊"己\n庚 😀👨‍👩‍👧 100%_'


def person(**values) -> User:
    plain = {"username": "t0001", "last_name": "褚", "first_name": "杰", "email": None}
    empty = dict.fromkeys(("post", "qq", "wechat", "tel", "phone", "description"), "")
    return User(**plain | empty | values)


def parsed(**values):
    return vobject.readOne(vcard.card(person(**values)))


def test_everything_that_is_known_is_on_the_card():
    card = parsed(
        department=Department(id=1, name="信息系"),
        post="副教授",
        email="t0001@hhu.example",
        tel="025-01234567",
        phone="15400000001",
        qq="012345",
        wechat="hhu.t0001",
        description="研究方向：数据库。",
    )
    assert card.version.value == "3.0"
    assert (card.n.value.family, card.n.value.given) == ("褚", "杰")
    assert card.fn.value == "褚杰"
    assert card.sort_string.value == "chu jie"
    assert card.org.value == ["河海大学", "计算机与信息学院", "信息系"]
    assert card.title.value == "副教授"
    assert card.email.value == "t0001@hhu.example"
    assert card.email.type_paramlist == ["INTERNET"]
    assert {tel.value: tel.type_paramlist for tel in card.tel_list} == {
        "15400000001": ["CELL", "VOICE"],
        "025-01234567": ["WORK", "VOICE"],
    }
    assert card.x_qq.value == "012345"
    assert card.x_wechat.value == "hhu.t0001"
    assert [(im.x_service_type_param, im.value) for im in card.impp_list] == [
        ("QQ", "x-apple:012345"),
        ("WeChat", "x-apple:hhu.t0001"),
    ]
    assert card.note.value == "研究方向：数据库。"


def test_what_is_not_known_is_left_out():
    assert vcard.card(person()).splitlines() == [
        "BEGIN:VCARD",
        "VERSION:3.0",
        "N:褚;杰;;;",
        "FN:褚杰",
        "SORT-STRING:chu jie",
        "ORG:河海大学;计算机与信息学院",
        "END:VCARD",
    ]


@pytest.mark.parametrize(
    "value", [NASTY, NASTY * 30, "长" * 2000, "😀" * 500, "\\n", ";", ",,", "a" * 75]
)
def test_every_text_comes_back_as_it_was(value):
    card = parsed(last_name=value, first_name=value, post=value, description=value, tel=value)
    assert card.n.value.family == card.n.value.given == value
    assert card.fn.value == value * 2
    assert card.title.value == card.note.value == card.tel.value == value


@pytest.mark.parametrize("break_", ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028"])
def test_no_line_break_of_any_kind_begins_a_property(break_):
    text = vcard.card(person(description=f"甲{break_}TEL:110{break_}END:VCARD"))
    assert "TEL:110" not in text.splitlines()
    assert vobject.readOne(text).note.value == "甲\nTEL:110\nEND:VCARD"


def test_control_characters_are_dropped():
    assert parsed(post="教\x07授\x1b\x7f").title.value == "教授"


@pytest.mark.parametrize("value", ["长" * 300, "a" * 300, "a长" * 200, "😀" * 100])
def test_lines_are_folded_at_75_octets_between_characters(value):
    data = vcard.card(person(description=value)).encode()
    assert data.endswith(b"\r\nEND:VCARD\r\n")
    lines = data.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    for line in lines:
        line.decode()


def test_who_has_entered_no_name_is_called_by_the_staff_number():
    card = parsed(last_name="", first_name="")
    assert card.fn.value == "t0001"
    assert card.n.value.family == ""


def test_who_has_no_surname_keeps_the_name():
    card = parsed(last_name="", first_name="阿依古丽·买买提")
    assert card.fn.value == card.n.value.given == "阿依古丽·买买提"


def test_it_is_downloaded_under_the_chinese_name(mine, teacher):
    answer = mine.get(f"/contacts/{teacher.id}/vcard/")
    assert answer.headers["Content-Type"] == "text/vcard; charset=utf-8"
    assert answer.headers["Content-Disposition"] == (
        "attachment; filename=\"t0001.vcf\"; filename*=UTF-8''%E8%A4%9A%E6%9D%B0.vcf"
    )
    assert int(answer.headers["Content-Length"]) == len(answer.body)
    assert vobject.readOne(answer.body.decode()).fn.value == "褚杰"


@pytest.mark.parametrize("accept", ["*/*", "text/vcard", "text/html", "application/json"])
def test_whatever_the_client_says_it_takes(mine, teacher, accept):
    mine.get(f"/contacts/{teacher.id}/vcard", headers={"Accept": accept})


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"last_name": "../a", "first_name": '"\r\n'}, "filename*=UTF-8''.._a_.vcf"),
        ({"username": 'x"\r\ny;/..张'}, 'filename="x___y__.._.vcf"'),
        ({"last_name": "'", "first_name": "%"}, "filename*=UTF-8''%27%25.vcf"),
    ],
)
def test_no_name_gets_out_of_the_header(values, expected):
    header = vcard.disposition(person(**values))
    assert expected in header
    assert header.isascii()
    assert header.isprintable()
