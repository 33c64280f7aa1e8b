"""Reads the head of a request: waitress's parser, with a short way for those that are as usual.

Waitress looks at each header with regular expressions, which was a sixth of the web server's work.
Whatever is not plain here is left to it: it knows what is to be refused, and how.
"""

from __future__ import annotations

import re

from waitress.buffers import OverflowableBuffer
from waitress.parser import HTTPRequestParser, ParsingError, unquote_bytes_to_wsgi
from waitress.receiver import FixedStreamReceiver

# A path and maybe a query; "#" and what is not ASCII is for waitress.
_FIRST_LINE = re.compile(r"([A-Z]+) (/(?!/)[!\"$-~]*) HTTP/(1\.[01])")
# What waitress leaves out (names with "_") or refuses does not match.
_NAME = re.compile(r"[!#$%&'*+\-.^`|~0-9A-Za-z]+")
# A CR or LF that is left after lines were split at both together is one of these, too.
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
# Browsers and proxies write the same few names: X-Request-ID is X_REQUEST_ID.
_MOST_KNOWN = 1000
_keys: dict[str, str] = {}


class Parser(HTTPRequestParser):
    """One request; also refuses one that says in two ways where its body ends.

    Waitress believes Transfer-Encoding, and goes on with the connection. What stands before it may
    believe Content-Length, and so take for a second request what is the body of the first, or the
    other way round (RFC 9112, 6.1 and 6.3). After a request that it refuses, waitress closes.
    """

    def parse_header(self, header_plus: bytes) -> None:
        if self._read_plain(header_plus):
            return
        self.headers: dict[str, str] = {}
        super().parse_header(header_plus)
        # HTTP/1.0 has no Transfer-Encoding: waitress leaves it where it is, and ignores it.
        is_unknown = "TRANSFER_ENCODING" in self.headers
        if is_unknown or (self.chunked and "CONTENT_LENGTH" in self.headers):
            raise ParsingError("Transfer-Encoding is not to be used here")

    def _read_plain(self, head: bytes) -> bool:
        """Whether this was a plain head; then all is set that waitress would set."""
        lines = head.decode("latin-1").split("\r\n")
        first = _FIRST_LINE.fullmatch(lines[0])
        if first is None or _CONTROL.search("".join(lines)):
            return False
        headers: dict[str, str] = self.headers
        for line in lines[1:-2]:  # the last two are the empty line
            name, colon, value = line.partition(":")
            key = _keys.get(name) or _key(name)
            if not key or not colon:
                return False
            value = value.strip(" \t")
            headers[key] = f"{headers[key]}, {value}" if key in headers else value
        length = headers.get("CONTENT_LENGTH", "0")
        if "TRANSFER_ENCODING" in headers or not (length.isascii() and length.isdigit()):
            return False
        self.command, self.request_uri, self.version = first.groups()
        path, _, query = self.request_uri.partition("?")
        self.query = query
        self.path = unquote_bytes_to_wsgi(path.encode("latin-1")) if "%" in path else path
        self.proxy_scheme = self.proxy_netloc = self.fragment = ""
        self.url_scheme = self.adj.url_scheme
        connection = headers.get("CONNECTION", "").lower()
        if self.version == "1.0":
            self.connection_close = connection != "keep-alive"
        else:
            self.connection_close = connection == "close"
            self.expect_continue = headers.get("EXPECT", "").lower() == "100-continue"
        self.content_length = int(length)
        if self.content_length:
            buffer = OverflowableBuffer(self.adj.inbuf_overflow)
            self.body_rcv = FixedStreamReceiver(self.content_length, buffer)
        return True


def _key(name: str) -> str:
    """What WSGI calls it, which is kept; empty if that is no plain name."""
    if not _NAME.fullmatch(name):
        return ""
    key = name.upper().replace("-", "_")
    if len(_keys) < _MOST_KNOWN:
        _keys[name] = key
    return key
