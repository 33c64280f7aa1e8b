"""What is thrown at the system that no schema thinks of: tables, for the short run and the long one."""

from __future__ import annotations

HUGE = "9" * 5000
DEEP = 100_000

# In place of a path, or behind it.
PATHS = (
    *("%00", "%0a", "%0d%0a", "%ff", "%e8%a4", "%c0%af", "%ed%a0%80", "%", "%zz", "%25%30%30"),
    *("..", "../..", "%2e%2e/%2e%2e/etc/passwd", "..%2f..%2fsetup.py", "..\\..", "...."),
    *("//", "///x", "./", ";a=b", ";", "?", "??", "#", "*", "@", "~", "'", '"', "<script>", "{id}"),
    *("%E8%A4%9A%E6%9D%B0", "１２", "%EF%BC%91", "0", "-1", "1.5", "1e9", "0x10", "+1", "%201"),
    *("9223372036854775807", "9223372036854775808", "9" * 30, "9" * 7000, "a" * 7000, "a/" * 500),
    *("null", "undefined", "NaN", "true", "add", "delete", "export", "import", "do/x", "static"),
)

# As the value of a parameter in a query string or a form, escaped already.
QUERY_VALUES = (
    *(
        "",
        "%20",
        "+",
        "%00",
        "a%00b",
        "%ff",
        "%ed%a0%80",
        "%",
        "%zz",
        "%25",
        "%0d%0aX:y",
        "%F0%9F%98%80",
    ),
    *("0", "-1", "1.5", "1e400", "NaN", "Infinity", "-0", "٣", "１", "²", "0b1", "1_000"),
    *("2147483647", "2147483648", "9223372036854775807", "9223372036854775808", HUGE[:4000]),
    *(
        "yes",
        "no",
        "true",
        "maybe",
        "last",
        "null",
        "[]",
        "{}",
        "'",
        '"',
        "\\",
        "%5C",
        "_",
        "%25%25",
    ),
    *("2020-02-22T17:02:00+08:00", "2020-02-22T17:02:00%2B08:00", "2020-02-22", "17:02"),
    *(
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59-23:59",
        "2020-02-30T25:61:61Z",
        "9998-12-31T23:59Z",
    ),
    *("2020-02-22T17:02:00+99:99", "2026-W10-1T00:00", "T", "+002020-02-22T17:02:00Z"),
    *("%27%20OR%201=1--", "%3Cscript%3Ealert(1)%3C/script%3E", "%7B%7B7*7%7D%7D", "%24%7B7*7%7D"),
    *("(((((((", "a%20AND", "NOT", "%28" * 1000, "%22unclosed", "a" * 4000, "%E8%A4%9A" * 500),
    *("../../../etc/passwd", "//evil.example/", "http://evil.example/", "javascript:alert(1)"),
)

QUERIES = (
    "&" * 5000,
    "=" * 5000,
    "&".join(f"p{number}={number}" for number in range(1000)),
    "&".join(f"p{number}" for number in range(1001)),
    "&".join(["page=1"] * 1000),
    "%",
    "%ff",
    "%ff=%ff",
    "a=%ed%a0%80",
    "a[]=1&a[b][c]=2",
    ";a=1;b=2",
    "?page=1",
    "page=1#x",
    "_LOCALE_=%2e%2e%2f%2e%2e",
    "_charset_=utf-7",
    "a" * 60_000,
)

# In place of the value of a field, as JSON.
JSON_VALUES = (
    *("null", "true", "false", "0", "-1", "1.5", "1e400", "-1e400", "1e-400", "NaN", "Infinity"),
    *("2147483648", "9223372036854775807", "9223372036854775808", "9" * 400, HUGE, "-" + HUGE),
    *('""', '" "', '"\\u0000"', '"a\\u0000b"', '"\\ud800"', '"\\udfff\\ud800"', '"\\ud83d\\ude00"'),
    *('"\\u202e\\u200b\\ufeff"', '"' + "a" * 100_000 + '"', '"' + "褚" * 3000 + '"', '"\\n\\r\\t"'),
    *("[]", "[[]]", "[null]", "{}", '{"id": 1}', '{"": {"": {}}}', "[" * 500 + "]" * 500),
    *('"1"', '"１"', '"0x1"', f'"{HUGE}"', '"1e5"', '"yes"', '"2020-02-22T17:02:00+08:00"'),
    *('"0001-01-01T00:00:00Z"', '"9999-12-31T23:59:59-23:59"', '"2020-02-30T00:00:00Z"', '"T"'),
    *('"{}"', '"[]"', '"{\\"a\\": NaN}"', '"{\\"a\\": \\"\\\\ud800\\"}"', f'"{"[" * 5000}"'),
    *('"<script>alert(1)</script>"', '"\' OR 1=1--"', '"=cmd|x"', '"a@b"', '"a\\r\\nBcc: b@c.d"'),
)

# As a whole body.
JSON_BODIES = (
    *(
        b"",
        b" ",
        b"{",
        b"}",
        b"[]",
        b"[{}]",
        b"null",
        b"true",
        b"1",
        b'"x"',
        b"{}{}",
        b"{,}",
        b"{'a': 1}",
    ),
    b"[" * DEEP,
    b'{"a":' * DEEP,
    b"[" * DEEP + b"]" * DEEP,
    b'{"username": ' + b"[" * DEEP + b"]" * DEEP + b', "password": "x"}',
    b"9" * 100_000,
    b"\xef\xbb\xbf{}",
    b"\xff\xfe{\x00}\x00",
    "{}".encode("utf-16"),
    "{}".encode("utf-32"),
    b'{"a": "\xff"}',
    b'{"a": "\xed\xa0\x80"}',
    b'{"\\u0000": 1, "\\ud800": 2}',
    b'{"username": "a", "username": "b", "username": null}',
    b"{" + b",".join(b'"k%d": %d' % (n, n) for n in range(1000)) + b"}",
    b'{"__proto__": {}, "constructor": {}, "id": 1, "user": 1, "is_superuser": true}',
    b"\x00" * 1000,
    bytes(range(256)),
    b"{}" + b" " * 500_000,
    b" " * 1_048_577,
)

FORM_BODIES = (
    b"&" * 5000,
    b"&".join(b"p%d=%d" % (number, number) for number in range(1000)),
    b"&".join(b"p%d=%d" % (number, number) for number in range(1001)),
    b"%",
    b"%ff=%ff",
    b"a=%00",
    b"a=%ed%a0%80",
    b"username=%ff&password=%ff",
    b"__start__=x:mapping",
    b"__start__=a:sequence&__start__=b:mapping&x=1",
    b"__end__=a:mapping",
    b"__start__=:&__start__=" + b"x:mapping&__start__=" * 500,
    b"__start__=a:nonsense&a=1&__end__=a:nonsense",
    b"\xff" * 1000,
)

MULTIPART = "multipart/form-data; boundary=B"
MULTIPART_BODIES = (
    b"",
    b"--B--\r\n",
    b"--B\r\n",
    b"--B\r\n\r\n\r\n--B--\r\n",
    b"no boundary at all",
    b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\nx',
    b'--B\r\nContent-Disposition: form-data; name="\xff"\r\n\r\nx\r\n--B--\r\n',
    b'--B\r\nContent-Disposition: form-data; name="a"; filename="../../x\x00.xlsx"\r\n\r\nx\r\n--B--\r\n',
    b'--B\r\nContent-Disposition: form-data; name="upload"; filename="a.xlsx"\r\n'
    b"Content-Type: nonsense\r\n\r\nPK\x03\x04garbage\r\n--B--\r\n",
    b'--B\r\nContent-Disposition: form-data; name="a"\r\nContent-Type: text/plain; charset=nonsense\r\n'
    b"\r\nx\r\n--B--\r\n",
    b'--B\r\nContent-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: base64\r\n'
    b"\r\n!!!\r\n--B--\r\n",
    b'--B\r\nContent-Disposition: form-data; name="a"\r\nContent-Length: -5\r\n\r\nx\r\n--B--\r\n',
    b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n' * 1200 + b"--B--\r\n",
    b"--B\r\nContent-Type: multipart/mixed; boundary=C\r\n\r\n--C\r\n\r\nx\r\n--C--\r\n--B--\r\n",
)

CONTENT_TYPES = (
    *("", ";", "/", "x", "*/*", "text/plain", "text/xml", "application/octet-stream"),
    *(
        "application/json; charset=utf-16",
        "application/json; charset=nonsense",
        "application/json;",
    ),
    *("application/jsonp", "APPLICATION/JSON", "application/json, text/html", "application/json\t"),
    *(
        "application/x-www-form-urlencoded; charset=nonsense",
        "application/x-www-form-urlencoded; charset",
    ),
    *(
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\xff",
    ),
    *(
        "multipart/form-data; boundary=" + "b" * 5000,
        "multipart/mixed; boundary=B",
        "x" * 5000 + "/y",
    ),
)

METHODS = (
    "HEAD",
    "OPTIONS",
    "PATCH",
    "TRACE",
    "CONNECT",
    "PROPFIND",
    "get",
    "G%00T",
    "X" * 500,
    "*",
)

# Name and value; of a name that comes once, this one takes the place of ours.
HEADERS = (
    *(("Authorization", value) for value in ("", " ", "Token", "Token ", "Token a b c", "token x")),
    *(
        ("Authorization", value)
        for value in ("Basic Og==", "Basic \xff", "Bearer x", "Token \xff\xfe")
    ),
    *(("Authorization", value) for value in ("Token " + "x" * 50_000, "\tToken\tx", "Token%20x")),
    *(
        ("Accept", value)
        for value in ("", ";", "*", "text/html", "text/html;q=nan", "a/b;q=2", ",,,")
    ),
    *(("Accept", value) for value in ("application/json;q=0", "\xff", "*/*;" * 2000, "a/" * 3000)),
    *(("Accept-Encoding", value) for value in ("\xff", "gzip;q=x", "identity;q=0", "*;q=0")),
    *(("Accept-Language", value) for value in ("\xff", "zh;q=", "../../x", "a-" * 3000)),
    *(
        ("Cookie", value)
        for value in ("", ";", "=", "hhu_session", "hhu_session=", "hhu_session=\xff")
    ),
    *(
        ("Cookie", value)
        for value in ("hhu_session=" + "A" * 4000, "hhu_session=a.b.c", "a=b; " * 2000)
    ),
    *(
        ("Cookie", value)
        for value in ('hhu_session="\\377"', "$Version=1; hhu_session=x", "\x01=\x02")
    ),
    *(
        ("Host", value)
        for value in ("", " ", "a b", "evil.example", "\xff", "[::1", ":99999", "a" * 5000)
    ),
    *(
        ("Range", value)
        for value in ("bytes=", "bytes=--5", "bytes=9-1", "bytes=0-,1-", "x", "\xff")
    ),
    *(
        ("Range", value)
        for value in ("bytes=" + HUGE[:3000] + "-", "bytes=" + "0-0," * 2000, "bytes=-0")
    ),
    *(("If-None-Match", value) for value in ("", "*", '"', 'W/"x', "\xff", '"a",' * 2000)),
    *(("If-Range", value) for value in ("", '"', "Thu, 99 Foo 2020", "\xff")),
    *(
        ("If-Modified-Since", value)
        for value in ("", "x", "\xff", "Thu, 01 Jan 99999 00:00:00 GMT", "0")
    ),
    *(("If-Match", value) for value in ("*", '"x"', "\xff")),
    *(
        ("Prefer", value)
        for value in ("", "\xff", "respond-async", "respond-async; wait=x", "," * 3000)
    ),
    *(("X-Forwarded-For", value) for value in ("", "x", "\xff", "::1%eth0", "1.2.3.4, " * 500)),
    *(("X-Forwarded-Proto", value) for value in ("x", "https, http", "\xff")),
    *(("X-HTTP-Method-Override", value) for value in ("DELETE", "\xff")),
    *(("Origin", value) for value in ("null", "http://evil.example", "\xff")),
    *(("Referer", value) for value in ("", "http://evil.example/", "\xff", "a" * 5000)),
    *(("User-Agent", value) for value in ("", "\xff", "a" * 8000, "\x7f", "{{7*7}}")),
    *(("X-CSRF-Token", value) for value in ("", "\xff", "x")),
    *(
        ("HX-Request", "true"),
        ("Expect", "100-continue"),
        ("Expect", "x"),
        ("Upgrade", "websocket"),
    ),
    *(("", "x"), ("a b", "x"), ("\xff", "x"), ("X" * 5000, "y"), ("Content_Length", "5")),
    *(
        ("wsgi.input", "x"),
        ("hhu.sessions", "x"),
        ("X-Request-Id", "\xff\r\n y"),
        ("X-A", "y\r\n z"),
    ),
)

# Head of a request as it is sent, with what follows it; {path} and {auth} are filled in.
_POST = b"POST {path} HTTP/1.1\r\nHost: x\r\n{auth}Content-Type: application/json\r\n"
FRAMES = (
    _POST + b"Content-Length: -1\r\n\r\n{}",
    _POST + b"Content-Length: +2\r\n\r\n{}",
    _POST + b"Content-Length: 2, 2\r\n\r\n{}",
    _POST + b"Content-Length: 2\r\nContent-Length: 9\r\n\r\n{}",
    _POST + b"Content-Length: " + b"9" * 30 + b"\r\n\r\n{}",
    _POST + b"Content-Length: 999999999999\r\n\r\n{}",
    _POST + b"Content-Length: x\r\n\r\n{}",
    _POST + b"Content-Length:\r\n\r\n{}",
    _POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    _POST + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n{}\r\n0\r\n\r\n",
    _POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    _POST + b"Transfer-Encoding: chunked\r\n\r\n2;ext=\xff\r\n{}\r\n0\r\nTrailer: \xff\r\n\r\n",
    _POST + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    _POST + b"Transfer-Encoding: nonsense\r\n\r\n{}",
    _POST + b"\r\n{}",
    _POST + b"Content-Length: 2\r\n\r\n{}GET / HTTP/1.1\r\n\r\n",
    b"GET {path} HTTP/1.1\r\nHost: x\r\n{auth}Content-Length: 5\r\n\r\nhello",
    b"GET {path} HTTP/1.1\r\nHost: x\r\nHost: y\r\n{auth}\r\n",
    b"GET {path} HTTP/1.1\r\n{auth}\r\n",
    b"GET {path} HTTP/1.0\r\n{auth}\r\n",
    b"GET {path} HTTP/9.9\r\n{auth}\r\n",
    b"GET {path} HTTP\r\n\r\n",
    b"GET  {path}  HTTP/1.1\r\n\r\n",
    b"GET http://evil.example{path} HTTP/1.1\r\nHost: x\r\n{auth}\r\n",
    b"GET \\{path} HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET {path} HTTP/1.1\r\nHost: x\r\n"
    + b"".join(b"X-%d: y\r\n" % n for n in range(200))
    + b"\r\n",
    b"GET {path} HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 300_000 + b"\r\n\r\n",
    b"GET {path} HTTP/1.1\r\n: x\r\n\r\n",
    b"GET {path} HTTP/1.1\r\n folded\r\n\r\n",
    b"GET {path}\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
)

# What never ends: the server waits for the rest, and is to serve everybody else meanwhile.
UNFINISHED = (
    _POST + b"Content-Length: 100\r\n\r\n{",
    _POST + b"Content-Length: 100000000\r\n\r\n" + b"{" * 50_000,
    _POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{}\r\n",
    _POST + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n{}",
    _POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n{}",
    b"GET {path}\r\n",
    b"GET {path} HTTP/1.1\nHost: x\n{auth}\n",
    b"GET {path} HTTP/1.1\r\nHost: x\r\nX",
    b"\r\n\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"\x00" * 1000,
    b"G",
)
