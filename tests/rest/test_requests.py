"""Cookies and dates that can't be read."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count

import pytest
from pyramid.response import Response
from webtest import TestApp

NOON = datetime(2020, 2, 22, 12, tzinfo=UTC)


@pytest.fixture
def client(configure):
    config = configure()
    config.add_route("jar", "/jar/")
    config.add_view(_jar, route_name="jar")
    config.add_route("dated", "/dated/")
    config.add_view(_dated, route_name="dated")
    numbers = count()
    config.add_request_method(lambda request: next(numbers), "number", reify=True)
    config.add_route("numbered", "/numbered/")
    config.add_view(_numbered, route_name="numbered")
    return TestApp(config.make_wsgi_app())


def _numbered(request):
    return Response(f"{request.number} {request.number}")


def _jar(request):
    return Response(repr(sorted(request.cookies.items())))


def _dated(request):
    return Response("x", last_modified=NOON, conditional_response=True)


@pytest.mark.parametrize("cookie", [r'a="\377"', r'b=1; a="\377\376"'])
def test_cookies_that_cannot_be_read_count_as_none(client, cookie):
    assert client.get("/jar/", headers={"Cookie": cookie}).text == "[]"


def test_cookies_that_can_be_read_are(client):
    assert client.get("/jar/", headers={"Cookie": "a=1"}).text == "[('a', '1')]"


def test_what_is_added_to_requests_is_made_once_for_each(client):
    assert [client.get("/numbered/").text for _ in range(2)] == ["0 0", "1 1"]


@pytest.mark.parametrize("name", ["If-Modified-Since", "If-Unmodified-Since", "If-Range"])
@pytest.mark.parametrize(
    "date",
    ["Thu, 01 Jan 99999 00:00:00 GMT", "Thu, 01 Jan 2020 00:00:00 +999999999999", "garbage", ""],
)
def test_a_date_that_cannot_be_read_counts_as_none(client, name, date):
    assert client.get("/dated/", headers={name: date}, status=200).text == "x"


def test_a_date_that_can_be_read_is(client):
    since = {"If-Modified-Since": "Sat, 22 Feb 2020 12:00:00 GMT"}
    client.get("/dated/", headers=since, status=304)
