"""CSRF, cookies, headers, and texts that would like to be code."""

import re

import pytest
from pyramid.interfaces import IDefaultCSRFOptions, ISessionFactory

from hhu_base import configure
from hhu_base.settings import ConfigurationError

ROOMS = "/admin/rooms/meetingrooms/"
EVIL = "<script>alert(1)</script>"


@pytest.mark.parametrize(
    "path",
    [
        "/admin/sign-in",
        "/admin/sign-out",
        "/admin/password",
        ROOMS + "add",
        ROOMS + "1/",
        ROOMS + "delete",
        "/admin/core/users/do/switch-off",
    ],
)
@pytest.mark.parametrize("token", [None, "", "wrong"])
def test_a_post_without_the_token_is_refused(admin, path, token):
    answer = admin.post(path, {} if token is None else {"csrf_token": token}, status=400)
    assert "页面已过期" in answer.text
    assert answer.content_type == "text/html"


def test_every_post_under_admin_is_protected(app):
    """Also those that somebody adds later."""
    assert app.registry.getUtility(IDefaultCSRFOptions).require_csrf


@pytest.mark.parametrize("face", ["admin", "app"])
def test_no_script_reads_the_cookie_and_no_other_site_sends_it(browser, face):
    cookie = browser.get(f"/{face}/sign-in").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/;" in cookie


def test_the_cookie_signs_nobody_in_at_the_services(admin):
    """It is sent there, and not read."""
    assert admin.get("/app/", status=200)
    assert admin.get("/current-user/", status=401).content_type == "application/json"


class TestProduction:
    def test_the_cookie_is_secure(self, production):
        config = configure(production)
        config.commit()
        factory = config.registry.getUtility(ISessionFactory)
        assert factory._cookie_secure
        config.registry["engine"].dispose()

    @pytest.mark.parametrize("secret", ["", "only-good-for-development", "short"])
    def test_a_weak_secret_stops_the_start(self, production, secret):
        with pytest.raises(ConfigurationError, match=r"admin\.session_secret"):
            configure(production | {"admin.session_secret": secret})


def test_the_headers(admin):
    headers = admin.get("/admin/").headers
    policy = headers["Content-Security-Policy"]
    scripts = next(part for part in policy.split(";") if part.strip().startswith("script-src"))
    assert "unsafe-inline" not in scripts
    assert "unsafe-eval" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "same-origin"


def test_the_nonce_is_new_each_time(admin):
    policies = {admin.get("/admin/").headers["Content-Security-Policy"] for _ in range(3)}
    assert len(policies) == 3


def test_the_api_has_none_of_these(api):
    headers = api.get("/healthz").headers
    assert "Content-Security-Policy" not in headers
    assert "Set-Cookie" not in headers


def test_a_name_stays_a_name(admin, add_room, add_user, session):
    room = add_room(EVIL, description=f"</textarea>{EVIL}", label='" onmouseover="x')
    user = add_user("t9", last_name=EVIL)
    pages = [
        "/admin/",
        ROOMS,
        f"{ROOMS}{room.id}/",
        f"{ROOMS}delete?id={room.id}",
        f"{ROOMS}?q=%3Cscript%3Ealert(1)%3C/script%3E",
        "/admin/core/users/",
        f"/admin/core/users/{user.id}/",
        f"/admin/core/users/do/sign-out?id={user.id}",
    ]
    admin.submit(admin.get(f"{ROOMS}{room.id}/"), seats_count="99")
    for path in [*pages, "/admin/core/audit/"]:
        page = admin.get(path)
        assert "alert(1)</script>" not in page.text
        assert not page.html.select("[onmouseover]")
    page = admin.get(f"{ROOMS}{room.id}/")
    assert page.html.select_one("textarea").text.strip() == f"</textarea>{EVIL}"


def test_no_page_has_a_script_without_nonce_or_a_handler(admin, add_room):
    for path in ("/admin/", ROOMS, f"{ROOMS}{add_room().id}/", "/admin/core/groups/add"):
        page = admin.get(path)
        nonce = re.search(r"'nonce-([^']+)'", page.headers["Content-Security-Policy"]).group(1)
        for script in page.html.select("script"):
            assert script.get("src", "").startswith("/static/") or script["nonce"] == nonce
        assert not [
            name for tag in page.html.find_all(True) for name in tag.attrs if name.startswith("on")
        ]


def test_nothing_comes_from_outside(admin):
    for path in ("/admin/", "/admin/core/groups/add"):
        page = admin.get(path)
        for tag in page.html.select("link[href], script[src], img[src]"):
            address = tag.get("href") or tag.get("src")
            assert address.startswith("/static/")
            admin.client.get(address, status=200)


class TestErrorPages:
    @pytest.mark.parametrize(
        "path",
        [
            "/admin/nothing/",
            "/admin/nothing/at/all",
            ROOMS + "999999/",
            ROOMS + "9" * 40 + "/",
            ROOMS + "abc/",
            "/admin/core/users/do/nothing",
        ],
    )
    def test_not_found(self, admin, path):
        page = admin.get(path, status=404)
        assert "没有这一页" in page.text
        assert page.content_type == "text/html"

    def test_not_allowed(self, browser, teacher):
        page = browser.as_user(teacher).get(ROOMS, status=403)
        assert "没有权限" in page.text

    @pytest.mark.parametrize(
        "query", ["q=%00", "page=-1", "page=x", "page=99999999999999999999", "sort=password",
                  "f.location=%00", "f.is_active=maybe", "f.department_id=abc",
                  "f.department_id=99999999999999999999", "q=" + "x" * 200, "q=%25%5C_"],
    )  # fmt: skip
    def test_a_strange_list_is_still_a_list(self, admin, add_room, query):
        add_room()
        admin.get(f"/admin/core/users/?{query}")
        admin.get(f"{ROOMS}?{query}")

    def test_a_page_that_breaks_says_so(self, admin, monkeypatch):
        def fail(*args):
            raise RuntimeError("secret")

        monkeypatch.setattr("hhu_base.admin.list_views.Listing", fail)
        page = admin.get(ROOMS, status=500)
        assert "出错了" in page.text
        assert "secret" not in page.text

    def test_the_database_is_away(self, admin, monkeypatch):
        from sqlalchemy.exc import OperationalError

        def fail(*args):
            raise OperationalError("SELECT 1", {}, Exception("gone"))

        monkeypatch.setattr("hhu_base.admin.list_views.Listing", fail)
        page = admin.get(ROOMS, status=503)
        assert "数据库暂时连接不上" in page.text
        assert page.headers["Retry-After"]
