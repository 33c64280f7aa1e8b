"""Forms that no page of ours has sent: nobody gets a 500, nor much of our memory, with one."""

from __future__ import annotations

from functools import partial

import pytest
from webtest import TestApp

from hhu_base.web import form_limits

SIGN_IN = "/admin/sign-in"
ROOMS = "/admin/rooms/meetingrooms/"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"


def part(name: str, value: str, extra: str = "") -> str:
    return f'--x\r\nContent-Disposition: form-data; name="{name}"{extra}\r\n\r\n{value}\r\n'


def send(browser, path: str, body: bytes, content_type: str = MULTIPART, status=400, **headers):
    """The bytes as they are: the client's own way would make a form of them."""
    return browser._call(
        partial(browser.client.request, method="POST"),
        path,
        body=body,
        content_type=content_type,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
        status=status,
    )


def form(*parts: str) -> bytes:
    return ("".join(parts) + "--x--\r\n").encode()


def a_file(name: str) -> str:
    return part(name, "root", extra='; filename="a.txt"')


@pytest.fixture
def csrf(admin) -> str:
    return admin.get("/admin/password").html.select_one("input[name=csrf_token]")["value"]


@pytest.mark.parametrize("name", ["username", "password", "next", "csrf_token", "file"])
def test_a_file_where_a_text_belongs_is_refused_at_the_door(browser, name):
    token = browser.form(browser.get(SIGN_IN))["csrf_token"].value
    fields = {"csrf_token": token, "username": "t", "password": "p"}
    parts = [part(key, value) for key, value in fields.items() if key != name]
    page = send(browser, SIGN_IN, form(*parts, a_file(name)), X_CSRF_Token=token)
    assert "无法处理" in page.text


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (ROOMS + "add", "name"),
        (ROOMS + "delete", "id"),
        ("/admin/core/users/do/switch-off", "id"),
        ("/admin/core/groups/add", "users"),
        ("/admin/core/users/import", "csrf_token"),
        ("/admin/guides/guides/add", "category_id"),
        ("/admin/rooms/conflicts/", "do"),
        ("/admin/activities/form-check", "form"),
    ],
)
def test_nor_is_it_taken_inside(admin, csrf, path, name):
    send(admin, path, form(a_file(name)), X_CSRF_Token=csrf)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b"--x--"),
        ("multipart/form-data; boundary=", b"--x--"),
        ('multipart/form-data; boundary="a\\"b c"', b"--x--"),
        ("multipart/form-data; boundary=x", b"--x\r\nnothing"),
        ("multipart/form-data; boundary=x", b"\xff\xfe\x00"),
        ("multipart/form-data; boundary=x", form(part("a", "b", extra="\r\nContent-Length: -5"))),
        ("application/x-www-form-urlencoded; charset=gbk", b"a=b"),
        ("application/x-www-form-urlencoded; charset=nothing", b"a=b"),
        ("application/x-www-form-urlencoded", b"%ff=%fe&\xff=\x00"),
        ("application/json", b'{"csrf_token": "x"}'),
        ("text/plain", b"csrf_token=x"),
        ("text/xml", b"<a/>"),
    ],
)
def test_what_is_no_form_is_refused(browser, content_type, body):
    send(browser, SIGN_IN, body, content_type)


def test_whoever_has_not_signed_in_sends_no_more_than_a_sign_in(browser, app):
    body = b"a=" + b"b" * app.registry["rest.max_body_bytes"]
    page = send(browser, SIGN_IN, body, FORM, status=413)
    assert "文件太大" in page.text
    send(browser, SIGN_IN, form(part("a", "b" * len(body))), status=413)


@pytest.mark.parametrize("content_type", [FORM, MULTIPART])
def test_a_form_has_so_many_fields_and_no_more(admin, csrf, content_type, monkeypatch):
    """Each of them is an object of a kilobyte; what is refused has not become one."""
    monkeypatch.setattr("webob.request.cgi_FieldStorage", None)
    many = form_limits.MOST_FIELDS + 1
    body = (
        form(*(part("a", "") for _ in range(many))) if content_type == MULTIPART else b"a&" * many
    )
    send(admin, ROOMS + "add", body, content_type, X_CSRF_Token=csrf)


def test_who_signs_in_sends_few(browser, monkeypatch):
    monkeypatch.setattr("webob.request.cgi_FieldStorage", None)
    send(browser, SIGN_IN, form(*(part("a", "") for _ in range(form_limits.FEW_FIELDS + 1))))


def test_fields_inside_of_fields_are_counted(browser, monkeypatch):
    monkeypatch.setattr("webob.request.cgi_FieldStorage", None)
    inner = "--y\r\n\r\n" * (form_limits.MOST_FIELDS + 1)
    body = (
        "--x\r\nContent-Disposition: form-data; name=a\r\n"
        f"Content-Type: multipart/mixed; boundary=y\r\n\r\n{inner}--y--\r\n--x--\r\n"
    )
    send(browser, SIGN_IN, body.encode())


def test_a_file_may_have_as_many_lines_as_it_likes(admin, csrf):
    """Those that look like the ends of parts are none."""
    rows = "--\r\n" * (form_limits.MOST_FIELDS + 1)
    body = form(part("csrf_token", csrf), part("file", rows, extra='; filename="a.csv"'))
    page = send(admin, "/admin/core/users/import", body)
    assert "找不到标题行" in page.text


@pytest.mark.parametrize(
    "fields",
    [
        [("__start__", "a:nothing")],
        [("__start__", "name:mapping")],
        [("__end__", "")],
        [("__start__", "name:sequence"), ("__end__", "name:sequence")],
        [("__start__", "name:mapping"), ("a", "b"), ("__end__", "")],
        [("__start__", "a:sequence")] * 2000 + [("__end__", "")] * 2000,
        [("name", "a"), ("name", "b")],
        [("seats_count", "9" * 5000)],
        [("seats_count", "１")],
        [("seen", "name"), ("seen", ":::")],
        [("name", "\0")],
    ],
)
def test_marks_that_do_not_match_and_values_of_other_kinds(admin, csrf, fields):
    for path in (ROOMS + "add", "/admin/password"):
        admin.post(path, [("csrf_token", csrf), *fields], status=400)


@pytest.mark.parametrize("kind", ["sequence", "mapping"])
@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/admin/core/groups/add", "users"),
        ("/admin/core/groups/add", "permissions"),
        ("/admin/core/users/add", "department_id"),
        ("/admin/core/users/add", "is_staff"),
        ("/admin/core/users/add", "date_joined"),
        ("/admin/rooms/reservations/add", "reserve_from"),
        ("/admin/core/users/do/reset-password", "new_password"),
    ],
)
def test_lists_and_mappings_where_one_value_belongs(admin, csrf, add_user, path, name, kind):
    mark, inner = f"{name}:{kind}", f"{name}:sequence"
    fields = [
        ("__start__", mark),
        ("__start__", inner),
        (name, "1"),
        ("__end__", ""),
        ("__end__", ""),
    ]
    fields += [("id", str(add_user().id)), ("csrf_token", csrf)]
    admin.post(path, fields, status=400)


@pytest.mark.parametrize("text", ["9" * 5000, "9" * 19, "-1", "١", "1e3", "0x1", "", " 1", "1\0"])
@pytest.mark.parametrize(
    "path",
    [
        ROOMS + "delete",
        "/admin/core/users/do/switch-off",
        "/admin/repairs/requests/do/solve",
        "/admin/repairs/requests/delete",
    ],
)
def test_ids_that_are_none(admin, csrf, path, text):
    admin.post(path, [("csrf_token", csrf), ("id", text), ("seen", f"{text}:1")], status=303)
    admin.get(path, {"id": text}, status=303)


def test_a_header_is_no_token_whatever_is_in_it(browser):
    for token in ("ÿ", "中".encode().decode("latin-1"), "x" * 5000):
        browser.post(SIGN_IN, {}, headers={"X-CSRF-Token": token}, status=400)


@pytest.mark.parametrize(
    "cookie", ["x", "x" * 4000, "\xff", '"', "a=b;;=", "AAAA" * 20, "%00", "eyJhIjoxfQ=="]
)
def test_a_cookie_that_we_have_not_made_is_none(app, cookie):
    client = TestApp(app)
    client.get("/admin/", headers={"Cookie": f"hhu_session={cookie}"}, status=303)
