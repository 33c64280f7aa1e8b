"""Forms, cookies and dates that can't be read."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pyramid.request import Request
from pyramid.response import Response
from webtest import TestApp

NOON = datetime(2020, 2, 22, 12, tzinfo=UTC)


@pytest.fixture
def client(configure):
    config = configure()
    for name, read in (("form", lambda request: request.POST), ("jar", lambda r: r.cookies)):
        config.add_route(name, f"/{name}/")
        config.add_view(
            lambda request, read=read: Response(repr(sorted(read(request).items()))),
            route_name=name,
            require_csrf=False,
        )
    config.add_route("dated", "/dated/")
    config.add_view(_dated, route_name="dated")
    return TestApp(config.make_wsgi_app())


def _dated(request):
    return Response("x", last_modified=NOON, conditional_response=True)


def send(client, body: bytes, kind: str):
    """Not by the client, which mends some of it."""
    environ = {"CONTENT_TYPE": kind}
    return Request.blank("/form/", environ, method="POST", body=body).get_response(client.app)


@pytest.mark.parametrize(
    "kind",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=" + "b" * 5000,
        "application/x-www-form-urlencoded; charset=gbk",
        "application/x-www-form-urlencoded; charset=nonsense",
    ],
)
def test_a_form_that_cannot_be_read_is_refused(client, kind):
    refused = send(client, b"--B\r\n\r\nx", kind)
    assert refused.status_code == 400
    assert refused.json == {"detail": "请求内容解析错误。"}


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"a=%ff", "application/x-www-form-urlencoded"),
        (
            b'--B\r\nContent-Disposition: form-data; name="\xff"\r\n\r\nx\r\n--B--',
            "multipart/form-data; boundary=B",
        ),
        (
            b'--B\r\nContent-Disposition: form-data; name="a"\r\n'
            b"Content-Type: text/plain; charset=nonsense\r\n\r\nx\r\n--B--",
            "multipart/form-data; boundary=B",
        ),
    ],
)
def test_a_form_with_unreadable_parts_is_no_failure_of_ours(client, body, kind):
    assert send(client, body, kind).status_code in (200, 400)


def test_a_form_that_can_be_read_is(client):
    assert client.post("/form/", {"姓名": "褚杰"}).text == "[('姓名', '褚杰')]"


@pytest.mark.parametrize("cookie", [r'a="\377"', r'b=1; a="\377\376"'])
def test_cookies_that_cannot_be_read_count_as_none(client, cookie):
    assert client.get("/jar/", headers={"Cookie": cookie}).text == "[]"


def test_cookies_that_can_be_read_are(client):
    assert client.get("/jar/", headers={"Cookie": "a=1"}).text == "[('a', '1')]"


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
