"""The short way through a request's head tells what waitress's own way tells."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from waitress.adjustments import Adjustments
from waitress.parser import HTTPRequestParser

from hhu_base.web.server.parser import Parser

ADJUSTMENTS = Adjustments()
TOLD = (
    *("error", "completed", "empty", "headers", "command", "version", "path", "query", "fragment"),
    *("request_uri", "proxy_scheme", "proxy_netloc", "url_scheme", "connection_close", "chunked"),
    *("expect_continue", "content_length", "body_bytes_received", "header_bytes_received"),
)
HEADS = [
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET /a%20b/%E5%AE%A4?x=%20&y#z HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET //evil/x?y HTTP/1.1\r\n\r\n",
    b"GET http://h:1/p?q HTTP/1.1\r\n\r\n",
    b"get / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
    b"GET / HTTP/2.0\r\n\r\n",
    b"GET /\r\n\r\n",
    b"\r\n\r\nGET / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nX-A: 1\r\nx-a:2 \t\r\nX_A: 3\r\n\r\n",
    b"GET / HTTP/1.1\r\nX: 1\r\n folded\r\n\r\n",
    b"GET / HTTP/1.1\r\nX : 1\r\n\r\n",
    b"GET / HTTP/1.1\r\nX-A\r\n\r\n",
    b"GET / HTTP/1.1\r\n: 1\r\n\r\n",
    b"GET / HTTP/1.1\r\nX: a\x00b\r\n\r\n",
    b"GET / HTTP/1.1\r\nX: a\nY: b\r\n\r\n",
    b"GET / HTTP/1.1\r\nX: a\rY: b\r\n\r\n",
    b"GET /\xff\x85 HTTP/1.1\r\nX: \x85\xa0a\xff\x85\r\n\r\n",
    b"POST / HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-Continue\r\n\r\nabc",
    b"POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
    b"POST / HTTP/1.1\r\nContent-Length: +3\r\n\r\nabc",
    b"POST / HTTP/1.1\r\nContent-Length: \xb2\r\n\r\nabc",
    b"POST / HTTP/1.1\r\nContent-Length:\r\n\r\nabc",
    b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked, gzip\r\n\r\n",
]
PIECES = st.sampled_from(
    [b"GET ", b"/", b"/x", b"//", b"?a=b", b"#c", b"%41", b"%", b" ", b"HTTP/1.1", b"HTTP/1.0"]
    + [b"\r\n", b"\n", b"\r", b"\t", b":", b"Host", b"X-Y", b"X_Y", b"Content-Length: ", b"5"]
    + [b"Connection: close", b"Transfer-Encoding: chunked", b"\xff", b"\x00", b"a", b"[", b"@"]
)


def told_by(kind: type, data: bytes) -> dict:
    parser = kind(ADJUSTMENTS)
    while data and not parser.completed:
        data = data[parser.received(data) :]
    told = {name: getattr(parser, name, None) for name in TOLD}
    told["error"] = parser.error and (parser.error.code, parser.error.body)
    told["body"] = parser.get_body_stream().read()
    return told


@pytest.mark.parametrize("data", HEADS)
def test_a_head_means_what_it_means_to_waitress(data):
    assert told_by(Parser, data) == told_by(HTTPRequestParser, data)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=12))
def test_any_other_head_too_but_one_with_two_ends(pieces):
    data = b"GET /" + b"".join(pieces) + b" HTTP/1.1\r\n" + b"".join(pieces) + b"\r\n\r\nabcde"
    ours, theirs = told_by(Parser, data), told_by(HTTPRequestParser, data)
    if ours != theirs:
        assert ours["error"] == (400, "Transfer-Encoding is not to be used here")


def test_the_usual_head_goes_the_short_way(monkeypatch):
    monkeypatch.delattr(HTTPRequestParser, "parse_header")
    data = b"POST /a?b HTTP/1.1\r\nHost: x\r\nX-A:  b c \r\nContent-Length: 2\r\n\r\nab"
    assert told_by(Parser, data)["headers"] == {"HOST": "x", "X_A": "b c", "CONTENT_LENGTH": "2"}
