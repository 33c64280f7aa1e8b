"""Hosts, paths and headers that somebody else has chosen."""

from __future__ import annotations

import pytest
from webtest import TestApp

from hhu_base.values.refusal import Refusal

STATIC = "/static/"


@pytest.mark.parametrize(
    "host",
    [
        "a b", "[", "[::1", "a@b", "a/b", "a?b", "a#b", 'a"><script>', "a\\b", "a:b", "a:999999",
        "\xff", "a,b", "[x]", "a" * 300, "[::1]x", "javascript:alert(1)",
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/departments/", "/admin/", "/admin/sign-in", "/nothing"])
def test_a_host_that_is_none_is_refused(app, path, host):
    answer = TestApp(app).get(path, headers={"Host": host}, status=400)
    assert "<script>" not in answer.text


@pytest.mark.parametrize(
    "host", ["hhu.edu.cn", "hhu.edu.cn:443", "127.0.0.1:6543", "[::1]:6543", "a_b.local", "x."]
)
def test_a_good_one_is_taken(app, host):
    TestApp(app).get("/departments/", headers={"Host": host}, status=401)
    answer = TestApp(app).get("/admin/", headers={"Host": host}, status=303)
    assert answer.location.startswith(f"http://{host}/admin/sign-in")


def test_what_is_written_into_mails_does_not_ask_the_host(api, make_world, session):
    from hhu_base.mail.models import Mail

    world = make_world("core")
    sent = {"location": "301", "description": "坏", "category": world["category"]}
    other = api.as_user(world.people["other"])
    other.post("/repairs/", sent, headers={"Host": "evil.example"})
    mail = session.query(Mail).order_by(Mail.id.desc()).first()
    assert "/admin/repairs/requests/" in mail.body
    assert "evil.example" not in mail.body


@pytest.mark.parametrize(
    "path",
    [
        "..%2f..%2f..%2fsetup.py", "../../../setup.py", "%2e%2e/%2e%2e/etc/passwd", "//etc/passwd",
        "..\\..\\setup.py", "deform/../../../models.py", "%00", "a%00.css", "", "deform/",
        "....//....//etc/passwd", "%252e%252e/%252e%252e/etc/passwd",
    ],
)  # fmt: skip
def test_no_path_leads_out_of_the_style_sheets(app, path):
    style = app.registry["assets"][""].removeprefix("static/")
    answer = TestApp(app).get(f"{STATIC}{style}/{path}", status="*")
    assert answer.status_code in (400, 403, 404)
    assert "root:" not in answer.text


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/", "//evil.example/", "/\\evil.example", "/admin/../..//evil.example",
        "/admin//evil.example", "javascript:alert(1)", "/admin/\r\nSet-Cookie: a=b", "/admin/\x00",
        "/admin\t//evil.example", "/admin/%0d%0aX: y", "data:text/html,x", "admin/", "/ADMIN/",
    ],
)  # fmt: skip
def test_nobody_is_sent_elsewhere(admin, add_user, wanted):
    user = add_user("t7")
    path = f"/admin/core/users/{user.id}/"
    page = admin.get(path, {"back": wanted})
    for link in page.html.select("main a[href]"):
        assert link["href"].startswith(("/admin/", "?", "#", "tel:", "mailto:")), link
    form = admin.form(page)
    form.action = f"{path}?{page.request.query_string}"
    answer = admin._call(form.submit, status=303)
    assert answer.location.startswith("http://localhost/")
    assert "Set-Cookie: a=b" not in str(answer.headers)


def test_answers_are_for_nobody_else_and_no_page(api, make_world, teacher):
    mine = api.as_user(teacher)
    make_world("core")
    for path in ("/current-user/", "/contacts/", "/departments/", "/reservations/", "/guides/"):
        headers = mine.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert any(word in headers["Cache-Control"] for word in ("no-store", "private"))
    for path in ("/nothing/", "/guides/999/"):
        headers = mine.get(path, status=404).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"


def test_a_new_token_is_stored_by_no_cache(api, add_user):
    from hhu_base.accounts.password_hashes import hash_password

    add_user("t7", password=hash_password("Xin-de-mima-2026"))
    answer = api.post("/auth/get-token/", {"username": "t7", "password": "Xin-de-mima-2026"})
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "name", ["a.html", "a.svg", "a.htm", "a.xhtml", "a.js", "a.exe", "a.pdf.html"]
)
def test_no_guide_is_a_page(make_world, name):
    import io

    from hhu_plugins.guides import library

    make_world("core")
    shelf = library.LibrarySettings(None, ("pdf", "txt"), 1000)  # type: ignore[arg-type]
    with pytest.raises(Refusal):
        library.add(None, shelf, io.BytesIO(b"<svg/>"), name, category_id=1, by_user_id=None)  # type: ignore[arg-type]


def test_a_text_with_tags_is_saved_and_not_shown(api, make_world, app, session, teacher):
    import io

    from hhu_plugins.guides import library

    world = make_world("core")
    guide = library.add(
        session,
        app.registry["guides.shelf"],
        io.BytesIO(b"<html><script>alert(1)</script>"),
        'a";filename="b.html.txt',
        category_id=world["guide_category"],
        by_user_id=None,
    )
    headers = api.as_user(teacher).get(f"/guides/{guide.id}/").headers
    assert headers["Content-Type"] == "text/plain"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Disposition"].startswith("attachment;")
    assert headers["Content-Disposition"].count('filename="') == 1
