"""Two encoders write the same bytes: the standard library's, and a faster one for what it can't differ in."""

import json
import math
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hhu_base.rest.serializers import (
    ID,
    Body,
    Field,
    Object,
    instant,
    is_plain,
    list_of,
    nullable,
    number,
    one_of,
    text,
)
from hhu_base.values.instants import isoformat
from hhu_base.web.json_renderer import dumps, plain_bytes

ZONE = ZoneInfo("Asia/Shanghai")
texts = st.text(st.characters(exclude_categories=["Cs"]))
instants = st.datetimes(
    min_value=datetime(1970, 1, 2),  # noqa: DTZ001 - the zones come beside
    max_value=datetime(9990, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, ZONE]),
)
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | texts | instants | st.dates(),
    lambda each: (
        st.lists(each) | st.lists(each).map(tuple) | st.dictionaries(texts | st.integers(), each)
    ),
)


def as_ever(value):
    """What services have always answered: the standard library, asked for every instant."""

    def convert(each):
        return isoformat(each, ZONE) if isinstance(each, datetime) else each.isoformat()

    return json.dumps(
        value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=convert
    ).encode()


@settings(max_examples=50)
@given(plain)
def test_both_write_what_was_always_written(value):
    assert dumps(value, ZONE).encode() == plain_bytes(value, ZONE) == as_ever(value)


@settings(max_examples=50)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_fractions_are_written_as_python_writes_them(value):
    assert dumps([value]) == f"[{value!r}]"


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_is_no_number_is_an_error(value):
    with pytest.raises(ValueError, match="not JSON compliant"):
        dumps([value])


@pytest.mark.parametrize("encode", [dumps, plain_bytes])
@pytest.mark.parametrize("value", [{1, 2}, object(), 1j, b"x"])
def test_what_has_no_form_is_an_error(encode, value):
    with pytest.raises(TypeError):
        encode({"a": value}, ZONE)


def test_a_lone_surrogate_is_an_error_for_who_sends_bytes():
    with pytest.raises(UnicodeEncodeError):
        plain_bytes(["\ud800"])


def test_an_instant_is_told_in_the_site_s_zone_whatever_zone_it_came_in():
    tokyo = datetime(2030, 1, 15, 11, tzinfo=timezone(timedelta(hours=9)))
    for value in (tokyo, tokyo.astimezone(UTC)):
        assert plain_bytes([value], ZONE) == b'["2030-01-15T10:00:00+08:00"]'
        assert plain_bytes([value], ZoneInfo("Asia/Tokyo")) == b'["2030-01-15T11:00:00+09:00"]'
    assert plain_bytes([date(2030, 1, 15)], ZONE) == b'["2030-01-15"]'


@pytest.mark.parametrize(
    "shape",
    [
        Object("A", id=ID, name=nullable(text()), at=instant(), more=list_of(list_of(instant()))),
        list_of(Object("B", state=one_of("a", "b"), a=Object("C", id=ID).of("a"))),
        list_of({}, maxItems=0),
        {"anyOf": [list_of(ID), text()]},
        Body(),
    ],
)
def test_texts_and_whole_numbers_are_plain(shape):
    assert is_plain(shape)


@pytest.mark.parametrize(
    "shape",
    [
        number(1.5),
        {},
        list_of({}),
        Field({"type": "object"}),
        one_of(1.5, 2.5),
        nullable(number(1.5)),
        Object("A", id=ID, value=number(1.5)),
        Object("A", id=ID, b=Object("B", value=list_of(number(1.5))).of("b")),
        {"anyOf": [text(), number(1.5)]},
        {"type": "object", "properties": {"a": text()}},
    ],
)
def test_what_may_hold_a_fraction_is_not(shape):
    assert not is_plain(shape)
