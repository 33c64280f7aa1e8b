"""Bodies and query strings: what is taken, and what is refused with which words."""

from __future__ import annotations

from io import BytesIO

import pytest
from webtest import TestApp

GOOD = {"meetingroom": 1, "description": "x"}
NUL, SURROGATE = "a\0b", "\ud800"

MISSING = ["该字段是必填项。"]
NULL = ["该字段不能为 null。"]
BLANK = ["该字段不能为空。"]


def post(app, data, status=200):
    return app.post_json("/things/", {**GOOD, **data}, status=status).json


def test_what_is_missing_is_named(signed_in):
    for data in ("{}", "", "  "):
        response = signed_in.post(
            "/things/", data, headers={"Content-Type": "application/json"}, status=400
        )
        assert response.json == {"meetingroom": MISSING, "description": MISSING}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"meetingroom": "7"}, {"meetingroom": 7}),
        ({"meetingroom": 7.0}, {"meetingroom": 7}),
        ({"meetingroom": 2**63 - 1}, {"meetingroom": 2**63 - 1}),
        ({"description": "  褚 杰\u3000"}, {"description": "褚 杰"}),
        ({"description": 123}, {"description": "123"}),
        ({"description": "\U0001f600"}, {"description": "\U0001f600"}),
        ({"email": None}, {"email": None}),
        ({"email": ""}, {"email": ""}),
        ({"people_count": "12"}, {"people_count": 12}),
        ({"people_count": ""}, {"people_count": None}),
        ({"my": "YES"}, {"my": True}),
        ({"my": 0}, {"my": False}),
        ({"password": "  a "}, {"password": "  a "}),
        ({"password": "  "}, {"password": "  "}),
        ({"level": "low"}, {"level": "low"}),
        ({"reserve_from": "2020-02-22T09:02Z"}, {"reserve_from": "2020-02-22T17:02:00+08:00"}),
        ({"id": 5, "user": {"id": [1]}, "description": "y"}, {"description": "y"}),
    ],
)
def test_what_is_right_is_taken(signed_in, data, expected):
    answer = post(signed_in, data)

    assert {name: answer[name] for name in expected} == expected
    assert "user" not in answer


def test_what_is_left_out_stays_out_or_has_its_default(signed_in):
    assert post(signed_in, {}) == {
        "meetingroom": 1,
        "description": "x",
        "people_count": None,
        "my": False,
        "level": "",
    }


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("meetingroom", None, "该字段不能为 null。"),
        ("meetingroom", "", "该字段不能为空。"),
        ("meetingroom", True, "类型错误，应为主键。"),
        ("meetingroom", [1], "类型错误，应为主键。"),
        ("meetingroom", {"id": 1}, "类型错误，应为主键。"),
        ("meetingroom", 1.5, "类型错误，应为主键。"),
        ("meetingroom", "1.0", "类型错误，应为主键。"),
        ("meetingroom", "٣", "类型错误，应为主键。"),
        ("meetingroom", "1_0", "类型错误，应为主键。"),
        ("meetingroom", NUL, "类型错误，应为主键。"),
        ("meetingroom", 0, "无效主键 “0” － 对象不存在。"),
        ("meetingroom", -1, "无效主键 “-1” － 对象不存在。"),
        ("meetingroom", 2**63, f"无效主键 “{2**63}” － 对象不存在。"),
        ("meetingroom", "9" * 100, f"无效主键 “{'9' * 40}…” － 对象不存在。"),
        ("description", None, "该字段不能为 null。"),
        ("description", "", "该字段不能为空。"),
        ("description", " \t\n\u3000", "该字段不能为空。"),
        ("description", "x" * 11, "请确保这个字段不能超过 10 个字符。"),
        ("description", True, "不是有效的字符串。"),
        ("description", ["x"], "不是有效的字符串。"),
        ("description", {}, "不是有效的字符串。"),
        ("description", NUL, "不允许包含空字符或无效字符。"),
        ("description", SURROGATE, "不允许包含空字符或无效字符。"),
        ("email", False, "不是有效的字符串。"),
        ("password", "", "该字段不能为空。"),
        ("password", None, "该字段不能为 null。"),
        ("people_count", 0, "请确保该值大于或者等于 1。"),
        ("people_count", 2**31, "请确保该值小于或者等于 2147483647。"),
        ("people_count", 1.9, "请填写合法的整数值。"),
        ("people_count", True, "请填写合法的整数值。"),
        ("people_count", "x", "请填写合法的整数值。"),
        ("people_count", [], "请填写合法的整数值。"),
        ("my", "garbage", "必须是有效的布尔值。"),
        ("my", 2, "必须是有效的布尔值。"),
        ("my", [], "必须是有效的布尔值。"),
        ("level", "middle", "“middle” 不在选项之中"),
    ],
)
def test_what_is_wrong_is_said_in_chinese(signed_in, field, value, message):
    answer = post(signed_in, {field: value}, status=400)

    assert list(answer) == [field]
    if field != "level":
        assert answer == {field: [message]}
    else:  # Colander's own words.
        assert not answer[field][0].isascii()


@pytest.mark.parametrize(
    "value",
    [
        "x",
        "2020-02-22",
        "17:02",
        "2020-02-30T10:00",
        "2020-02-22T24:01",
        "2020-02-22T10:00:00+99:00",
    ]
    + [
        "2020-02-22X10:00",
        "2020-W08-6T10:00",
        "２０２０-02-22T10:00",
        "2020-02-22T10:00:00+08:00\0",
    ]
    + ["1969-12-31T23:59:59", "9999-01-01T00:00", "0001-01-01T00:00:00+14:00", "12020-02-22T10:00"]
    + [1582362120, 1.5, True, [], {}, "2020-02-22T10", "9" * 5000, "2020-02-22T10:00:00 GMT"],
)
def test_what_is_no_instant_is_a_field_error(signed_in, value):
    assert list(post(signed_in, {"reserve_from": value}, status=400)) == ["reserve_from"]


@pytest.mark.parametrize(
    "value",
    [
        "2020-02-22T17:02:00+08:00",
        "2020-02-22T09:02:00Z",
        "2020-02-22t09:02:00z",
        "2020-02-22 17:02",
    ]
    + ["2020-02-22T17:02", "2020-02-22T17:02:00.123456789", "2020-02-22T17:02:00+0800"]
    + ["2020-02-22T17:02:00 08:00", "2020-02-22 17:02:00 08:00", "2020-02-22T17:02+08"]
    + ["2020-02-22T04:02:00-05:00", " 2020-02-22T17:02:00 ", "20200222T170200"],
)
def test_an_instant_may_be_written_in_many_ways(signed_in, value):
    assert post(signed_in, {"reserve_from": value})["reserve_from"] == "2020-02-22T17:02:00+08:00"


@pytest.mark.parametrize(
    "value", ["1970-01-01T00:00:00", "1970-01-01T00:00+23:59", "9998-12-31T23:59:59-23:59"]
)
def test_the_ends_of_time_do_not_overflow(signed_in, value):
    post(signed_in, {"reserve_from": value})


def test_fields_that_are_wrong_together(signed_in):
    assert post(signed_in, {"description": "together"}, status=400) == {
        "non_field_errors": ["放在一起是错的。"]
    }


def test_a_summary_names_the_field(signed_in):
    answer = signed_in.post_json("/summary/", {"meetingroom": 1}, status=400).json
    assert answer == {"description": MISSING, "non_field_errors": ["说明：该字段是必填项。"]}

    answer = signed_in.post("/summary/", "{", content_type="application/json", status=400).json
    assert answer["non_field_errors"] == [answer["detail"]]

    together = {**GOOD, "description": "together"}
    answer = signed_in.post_json("/summary/", together, status=400).json
    assert answer == {"non_field_errors": ["放在一起是错的。"]}


def raw(app, data, content_type="application/json", **kw):
    return app.post("/things/", data, headers={"Content-Type": content_type}, **kw)


@pytest.mark.parametrize(
    "data",
    [b"{", b"not json", b"{'a': 1}", b'{"a": 1} x', b"[" * 100_000, b'{"a":' * 100_000]
    + [b'{"meetingroom": ' + b"9" * 10_000 + b"}", b'{"a": "\xff"}', b"\xff\xfe{\0}\0"]
    + [b'{"a": NaN}', b'{"a": -Infinity}', b'{"a": "\n"}', b"\0", b'{"a": 01}'],
)
def test_malformed_json_is_nobodys_field(signed_in, data):
    answer = raw(signed_in, data, status=400).json

    assert list(answer) == ["detail"]


@pytest.mark.parametrize("data", [b"[1]", b"[]", b'"x"', b"1", b"null", b"true", b"1e400"])
def test_a_body_that_is_no_object(signed_in, data):
    assert list(raw(signed_in, data, status=400).json) == ["non_field_errors"]


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (b'{"meetingroom": 1e400, "description": "x"}', "meetingroom"),
        (b'{"meetingroom": 1, "description": 1e400}', "description"),
        (rb'{"meetingroom": 1, "description": "\ud800"}', "description"),
        (rb'{"meetingroom": 1, "description": "\u0000"}', "description"),
        (b'{"meetingroom": 1, "description": "x", "people_count": 1e300}', "people_count"),
        (b'{"meetingroom": 1, "meetingroom": "x", "description": "x"}', "meetingroom"),
        (b'{"meetingroom": 1, "description": ' + b"[" * 900 + b"]" * 900 + b"}", "description"),
    ],
)
def test_json_that_is_nasty_in_one_field(signed_in, data, field):
    assert list(raw(signed_in, data, status=400).json) == [field]


def test_a_byte_order_mark_and_odd_unknown_fields_do_no_harm(signed_in):
    raw(signed_in, rb'{"meetingroom": 1, "description": "x", "\ud800": "\ud800", "n": 1e400}')
    raw(signed_in, b'\xef\xbb\xbf{"meetingroom": 1, "description": "x"}')


FORM = "application/x-www-form-urlencoded"


def test_a_form_is_taken_too(signed_in):
    data = b"meetingroom=3&description=%E8%A4%9A+%E6%9D%B0&email=&my=yes&description=last"
    answer = raw(signed_in, data, FORM).json

    assert (answer["meetingroom"], answer["description"]) == (3, "last")
    assert (answer["email"], answer["my"]) == ("", True)


@pytest.mark.parametrize(
    ("data", "keys"),
    [
        (b"meetingroom=1&description=%ff", ["detail"]),
        (b"meetingroom=1&description=\xff", ["detail"]),
        (b"a=1&" * 2000, ["detail"]),
        (b"meetingroom=1&description=%00", ["description"]),
        (b"meetingroom=1&description=%ed%a0%80", ["detail"]),
        (b"&&=&;", ["meetingroom", "description"]),
        (b"", ["meetingroom", "description"]),
    ],
)
def test_a_form_that_is_nasty(signed_in, data, keys):
    assert list(raw(signed_in, data, FORM, status=400).json) == keys


def test_a_form_with_broken_percent_signs_is_taken_as_it_stands(signed_in):
    assert raw(signed_in, b"meetingroom=1&description=5%zz%", FORM).json["description"] == "5%zz%"


class Endless(BytesIO):
    """A body that never ends; reading all of it would never return."""

    def __init__(self):
        super().__init__()
        self.bytes_read = 0

    def read(self, size=-1):
        assert size >= 0, "read without a limit"
        self.bytes_read += size
        return b"x" * size


@pytest.mark.parametrize(
    "environ", [{"CONTENT_LENGTH": "2000000"}, {"wsgi.input_terminated": True}]
)
def test_a_body_that_is_too_large_is_not_read_to_its_end(signed_in, environ):
    stream = Endless()
    environ = {**environ, "wsgi.input": stream, "REQUEST_METHOD": "POST"}
    environ["CONTENT_TYPE"] = "application/json"

    response = signed_in.request("/things/", environ=environ, status=413)

    assert response.json["detail"]
    assert stream.bytes_read <= 1024 * 1024 + 1


def test_the_limit_can_be_set(configure):
    app = TestApp(
        configure(**{"hhu.max_body_bytes": "2000"}).make_wsgi_app(),
        extra_environ={"HTTP_AUTHORIZATION": "Token good"},
    )

    app.post_json("/things/", {**GOOD, "unknown": "x" * 1900}, status=200)
    app.post_json("/things/", {**GOOD, "unknown": "x" * 2000}, status=413)


def stream(app, data, status, **environ):
    environ |= {"wsgi.input": BytesIO(data), "REQUEST_METHOD": "POST"}
    environ |= {"CONTENT_TYPE": "application/json"}
    return app.request("/things/", environ=environ, status=status).json


def test_a_body_that_breaks_off_is_refused(signed_in):
    assert stream(signed_in, b'{"meeting', 400, CONTENT_LENGTH="100")["detail"]


@pytest.mark.parametrize("size", [1, 100_000])
def test_a_body_is_read_from_a_socket(signed_in, size):
    data = b'{"meetingroom": 1, "description": "x", "unknown": "%s"}' % (b"x" * size)

    stream(signed_in, data, 200, CONTENT_LENGTH=str(len(data)))
    stream(signed_in, data + b"GET /next/", 200, CONTENT_LENGTH=str(len(data)))
    stream(signed_in, data, 200, **{"wsgi.input_terminated": True})


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"time_from": None, "people_count": None, "my": False, "search": ""}),
        ("my=yes&search=+a+", {"my": True, "search": "a"}),
        ("my=no&my=on", {"my": True}),
        ("time_from=2020-02-22T17:02:00+08:00", {"time_from": "2020-02-22T17:02:00+08:00"}),
        ("time_from=2020-02-22T17:02:00%2B08:00", {"time_from": "2020-02-22T17:02:00+08:00"}),
        ("time_from=2020-02-22+17:02", {"time_from": "2020-02-22T17:02:00+08:00"}),
        ("people_count=x&time_from=", {"people_count": None, "time_from": None}),
        ("people_count=0", {"people_count": None}),
        ("people_count=+5", {"people_count": 5}),
    ],
)
def test_a_query_is_read_by_its_schema(signed_in, query, expected):
    answer = signed_in.get(f"/search/?{query}").json

    assert {name: answer[name] for name in expected} == expected


def test_a_query_that_is_wrong_names_the_field_or_says_one_sentence(signed_in):
    for bad in ("my=x", "my=%00", "time_from=x"):
        assert len(signed_in.get(f"/search/?{bad}", status=400).json) == 1
        assert signed_in.get(f"/window/?{bad}", status=400).json == {"detail": "非法参数。"}
    assert signed_in.get("/window/?" + "&".join("a=1" for _ in range(2000)), status=400).json == {
        "detail": "非法参数。"
    }
