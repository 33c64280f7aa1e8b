"""Texts that would like to be SQL, patterns or expressions; and patterns that never end."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from webtest import TestApp

from hhu_base.accounts.import_export import columns
from hhu_base.calendars import keys
from hhu_base.documents import texts as reading
from hhu_base.mail import encoded_words
from hhu_base.models import User
from hhu_base.telemetry import request_ids
from hhu_base.values import email, instants, text
from hhu_base.values.spreadsheets import number_formats, tables, workbook, xlsx_files
from hhu_base.web import responses, url_guard
from hhu_plugins.activities import clockin_codes, expressions, forms
from hhu_plugins.contacts import vcard
from tests.permissions.test_tables import TABLES, filled, lines  # noqa: TID252
from tests.sampling import first

SQL = [
    "' OR '1'='1",
    "%' UNION SELECT password FROM core_users --",
    ":name %(name)s {0} %s",
    "签到') OR pg_sleep(30) IS NULL OR ('",
    "'; DROP TABLE core_users; --",
    "1) OR 1=1 --",
    "\\",
    "%_%",
    "$$;SELECT pg_sleep(30);$$",
]
# Each of them goes to every parameter of every page, which takes a second.
slow = pytest.mark.slow
PARAMETERS = (
    "q", "sort", "page", "page_size", "tab", "search", "my", "past", "id", "do", "e", "was",
    "field", "answer", "activity", "department", "item", "odd", "from", "to", "start", "end",
    "room", "place", "f.location", "f.status", "f.category_id", "f.department_id", "f.is_active",
    "f.at.from", "f.created_at.to", "people_count", "label", "length", "back", "next", "view",
)  # fmt: skip


@pytest.mark.parametrize("text", first(1, SQL))
def test_no_parameter_reaches_the_database_as_more_than_a_text(
    make_world, client_of, session, text
):
    world = make_world("core")
    client = client_of(world, "admin")
    password = session.scalar(sa.select(User.password).where(User.username == "r-teacher"))
    asked = dict.fromkeys(PARAMETERS, text)
    for table in TABLES:
        for line, _ in lines(table):
            method, path = line.split()
            if method != "GET" or "static" in path or path in ("/readyz", "/healthz"):
                continue
            browser = TestApp(client._app, extra_environ={"hhu.sessions": client._sessions})
            bare = filled(path, world).partition("?")[0]
            answer = browser.get(bare, asked, headers=client._headers, status="*")
            assert answer.status_code < 500, line
            assert password.encode() not in answer.body, line
    assert session.scalar(sa.select(sa.func.count(User.id)))


def test_a_search_for_a_wildcard_finds_the_wildcard(admin, add_user):
    add_user("t7", last_name="百分%")
    add_user("t8", last_name="百分之")
    page = admin.get("/admin/core/users/", {"q": "分%"})
    assert "t7" in page.text
    assert "t8" not in page.html.select_one("tbody").text


def test_a_sort_is_by_a_column_that_is_shown(admin, add_user):
    for wanted in ("password", "wechat_openid", "-password", "department.id", "__class__", "id;"):
        page = admin.get("/admin/core/users/", {"sort": wanted})
        assert not page.html.select("th[aria-sort][aria-sort='']")
        assert page.html.select_one("input[name=sort]") is None


@pytest.mark.parametrize(
    "text",
    [
        "签到" * 500, "(" * 500, "未" * 500, "(" * 499 + ")", "签到且" * 300, "((((签到)", "且或未",
        "签到 UNION SELECT", "签到' OR '1", "\ud7ff签到", "签到\u202e", "({" * 200, "签到或" * 333,
    ],
)  # fmt: skip
@pytest.mark.timeout(20)
def test_an_expression_is_read_or_refused(text):
    try:
        expression = expressions.parse(text, ["签到", "签退", "签", "到' OR '1"])
    except expressions.ExpressionError:
        return
    statement = sa.select(1).where(expressions.condition(expression))
    # Its labels are parameters.
    assert "OR '1" not in str(statement)


LONG = 50_000
# Every pattern of ours, with what would make it try again and again: (pattern, text).
WHOLE = [  # a text is one of these as a whole, or none
    (keys._KEY, "1" * LONG + "-" + "a" * LONG),
    (request_ids._SAFE, "a-" * LONG),
    (email._ADDRESS, "a." * LONG + "@"),
    (email._ADDRESS, "a@" + "a." * LONG + "-"),
    (columns._FLOAT_OF_WHOLE, "1" * LONG + ".0" * LONG),
    (columns._SCIENTIFIC, "1." + "1" * LONG),
    (instants._FORM, "2020-02-22T" + "1" * LONG),
    (instants._FORM, "2020-02-22T10:00:00." + "1" * LONG + "x"),
    (clockin_codes._CODE, "HHU-1" + "1" * LONG),
    (forms._NUMBER, "1" * LONG + "."),
    (tables._GUARDED, '="' + '""' * LONG),
    (tables._DIGITS, "1 " * LONG + "x"),
    (encoded_words._PLAIN_TEXT, "a=" * LONG + "?="),
    (url_guard._HOST, "a" * LONG + ":x"),
    (responses._RANGE, "bytes=" + "1" * LONG + "-" + "1" * LONG),
]
INSIDE = [  # these are looked for in one
    (workbook._ESCAPED, "_x000" * LONG),
    (xlsx_files._ESCAPE, "_x000" * LONG),
    (number_formats._TOKEN, '"[' * LONG),
    (number_formats._TOKEN, "\\" * LONG),
    (text._CONTROL_CHARACTERS, "\t" * LONG),
    (text._BETWEEN_DIGITS, "1 " * LONG),
    (text._BETWEEN_DIGITS, "1" + " " * LONG),
    (vcard._NOT_IN_FILE_NAMES, ":" * LONG),
    (reading._BLANKS, " " * LONG + "x"),
]


@pytest.mark.parametrize(("pattern", "text"), WHOLE)
@pytest.mark.timeout(20)
def test_no_pattern_tries_for_ever(pattern, text):
    assert not pattern.fullmatch(text)


@pytest.mark.parametrize(("pattern", "text"), INSIDE)
@pytest.mark.timeout(20)
def test_no_pattern_looks_for_ever(pattern, text):
    given = text.encode() if isinstance(pattern.pattern, bytes) else text
    assert sum(1 for _ in pattern.finditer(given)) <= LONG


@pytest.mark.timeout(20)
def test_nor_does_what_is_made_of_a_text():
    assert reading.normalized("中" + " " * 300_000 + "文") == "中文"
    assert reading.normalized("中 " * 200_000) == "中" * 200_000
