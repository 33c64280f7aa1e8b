"""The types outside of a request: in a form of the admin, and unbound."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import colander
import deform
import pytest

from hhu_base.rest import (
    Day,
    Identifier,
    Instant,
    Name,
    Text,
    WholeNumber,
    YesNo,
    isoformat,
    no_such_object,
)
from hhu_base.values.instants import parse_instant

SHANGHAI = ZoneInfo("Asia/Shanghai")


class FormSchema(colander.MappingSchema):
    begins = Instant()
    name = Text()
    phone = Text(missing=None, nullable=True)
    seats = WholeNumber(missing=None)
    room = Identifier(missing=None)
    is_open = YesNo(missing=False)


@pytest.fixture
def form():
    return deform.Form(FormSchema().bind(zone=SHANGHAI))


VALUES = {
    "begins": datetime(2020, 2, 22, 9, 2, tzinfo=UTC),
    "name": "勤学楼",
    "phone": None,
    "seats": 20,
    "room": 3,
    "is_open": True,
}


def test_a_form_finds_the_widget_of_each_type(form):
    assert isinstance(form["begins"].widget, deform.widget.DateTimeInputWidget)
    assert isinstance(form["is_open"].widget, deform.widget.CheckboxWidget)


def test_a_form_shows_times_of_the_site_and_reads_them_back_unchanged(form):
    html = form.render(VALUES)
    assert 'value="2020-02-22"' in html
    assert 'value="17:02:00"' in html

    sent = [
        *(("__start__", "begins:mapping"), ("date", "2020-02-22"), ("time", "17:02:00")),
        *(("__end__", "begins:mapping"), ("name", "勤学楼"), ("phone", ""), ("seats", "20")),
        *(("room", "3"), ("is_open", "true")),
    ]
    assert form.validate(sent) == VALUES


def test_a_form_says_what_is_missing(form):
    with pytest.raises(deform.ValidationFailure) as failure:
        form.validate([("name", ""), ("seats", "x")])

    assert failure.value.error.asdict() == {
        "begins": "该字段是必填项。",
        "name": "该字段是必填项。",
        "seats": "请填写合法的整数值。",
    }


def test_an_instant_without_a_zone_is_a_mistake_of_ours():
    with pytest.raises(colander.UnboundDeferredError, match="begins"):
        FormSchema().deserialize({"begins": "2020-02-22T17:02"})
    with pytest.raises(ValueError, match="without a zone"):
        isoformat(datetime(2020, 2, 22), SHANGHAI)  # noqa: DTZ001


def test_a_validator_is_not_asked_about_null_or_nothing():
    def refuse(node, value):
        raise colander.Invalid(node, "错。")

    node = Text(nullable=True, blank=True, validator=refuse)

    assert node.deserialize(None) is None
    assert node.deserialize("") == ""
    with pytest.raises(colander.Invalid):
        node.deserialize("x")


def test_the_message_for_an_unknown_id():
    assert no_such_object(9999) == "无效主键 “9999” － 对象不存在。"


def test_a_number_of_hundreds_of_digits_is_a_long_text():
    node = Text(max_length=150)
    with pytest.raises(colander.Invalid, match="不能超过 150 个字符"):
        node.deserialize(10**400)
    assert Text().deserialize(10**400) == "1" + "0" * 400


@pytest.mark.parametrize("nothing", ["\u200b", "\u3164", "\ufeff \u00ad", "\u2060\u180e"])
@pytest.mark.parametrize("make", [Text, Name])
def test_a_text_that_nobody_sees_is_blank(make, nothing):
    with pytest.raises(colander.Invalid, match="该字段不能为空。"):
        make().deserialize(nothing)
    assert make(blank=True).deserialize(nothing) == ""


@pytest.mark.parametrize(
    "character", ["\0", "\x0b", "\x9f", "\ud800", "\ufffe", "\uffff", "\ufdd0"]
)
def test_what_nothing_can_store_is_refused(character):
    for node in (Text(), Name()):
        with pytest.raises(colander.Invalid, match="不允许包含空字符或无效字符。"):
            node.deserialize(f"投影{character}仪")


def test_a_name_has_nothing_invisible_in_it_and_a_text_only_inside():
    assert Name().deserialize("\ufeff信\u200b息\u202e系") == "信息系"
    assert Text().deserialize("\ufeff一\u200b\n二\u200b\n") == "一\u200b\n二"


def test_full_width_digits_are_digits():
    assert WholeNumber().deserialize("－１２ ") == -12
    assert Identifier().deserialize("１２\u200b") == 12


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("2020-02-22T24:00", "2020-02-23T00:00"),
        ("2020-02-29T24:00:00+00:00", "2020-03-01T00:00Z"),
        ("20201231T240000Z", "2021-01-01T00:00Z"),
        ("2020-02-22 24:00:00.000 08:00", "2020-02-23T00:00"),
    ],
)
def test_24_o_clock_is_the_midnight_at_the_end_of_the_day(text, same):
    assert parse_instant(text, SHANGHAI) == parse_instant(same, SHANGHAI)


@pytest.mark.parametrize(
    "text",
    [
        "2020-02-22T24:01",
        "2020-02-22T24:00:01",
        "2020-02-22T25:00",
        "9998-12-31T24:00",
        "9999-12-31T24:00",
    ],
)
def test_no_other_time_is_beyond_the_day(text):
    with pytest.raises(ValueError, match="year|hour|second|minute"):
        parse_instant(text, SHANGHAI)


def test_a_day_is_a_day_of_the_calendar():
    node = Day()
    assert node.deserialize(" 2028-02-29 ") == date(2028, 2, 29)
    assert node.serialize(date(2028, 2, 29)) == "2028-02-29"
    for wrong in (
        "2027-02-29",
        "2028-02-29T10:00",
        "29.2.2028",
        "1969-12-31",
        "9999-01-01",
        5,
        True,
        [],
    ):
        with pytest.raises(colander.Invalid, match="日期格式错误"):
            node.deserialize(wrong)
    with pytest.raises(colander.Invalid):
        node.deserialize(None)
    assert Day(missing=None).deserialize("") is None
