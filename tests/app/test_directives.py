"""What a plugin adds to the teachers' pages, and that each of it fails alone."""

from datetime import UTC, datetime

import pytest
from pyramid.response import Response
from webtest import TestApp

from hhu_base import configure
from hhu_base.app import InboxAction, InboxItem, Place, place_actions
from hhu_base.app.inbox import InboxKind
from hhu_base.app.places import PlaceAction


@pytest.fixture
def me(browser, teacher):
    return browser.as_user(teacher)


def fail(*args):
    raise RuntimeError("no")


class TestInbox:
    @pytest.fixture
    def wait(self, app, monkeypatch):
        def wait(*finders):
            kinds = [
                InboxKind("core", f"x{n}", f"第 {n} 类", find, n) for n, find in enumerate(finders)
            ]
            monkeypatch.setitem(app.registry, "app.inbox", kinds)

        yield wait
        for n in range(3):
            app.registry["plugins.failures"].forget("core", f"inbox x{n}")

    def test_what_waits_stands_by_its_kind_with_its_buttons(self, me, wait):
        item = InboxItem(
            "请让出会议室",
            ["勤学楼 101", "理由：<b>评估</b>"],
            datetime(2030, 1, 1, tzinfo=UTC),
            "/app/x/1/",
            [
                InboxAction("同意", "/app/x/1/yes", "primary", fields={"offer": "7"}),
                InboxAction("不同意", "/app/x/1/no", "danger", wants_reason=True),
            ],
        )
        wait(lambda request: [item], lambda request: [])
        page = me.get("/app/inbox/")
        assert [head.text for head in page.html.select("main h2")] == ["第 0 类"]
        assert page.html.select_one("h3 a")["href"] == "/app/x/1/"
        assert "<b>评估" not in page.text
        yes, no = page.html.select("article form")
        assert (yes["action"], yes.select_one("[name=offer]")["value"]) == ("/app/x/1/yes", "7")
        assert yes.select_one("[name=csrf_token]")["value"]
        assert no.select_one("textarea[name=reason]").has_attr("required")
        assert "1" in page.html.select_one(".app-menu .count").text
        assert "有 1 件事等您处理" in me.get("/app/").text

    def test_nothing_that_waits_is_said_so(self, me, wait):
        wait()
        assert "没有等您处理的事情" in me.get("/app/inbox/").text

    def test_a_kind_that_fails_is_alone_in_it(self, me, wait):
        wait(fail, lambda request: [InboxItem("还在", [], datetime.now(UTC))])
        page = me.get("/app/inbox/")
        assert "暂时无法显示" in page.text
        assert "还在" in page.text


class TestPlaceActions:
    def test_each_plugin_says_where_its_button_leads_if_anywhere(self, app, monkeypatch):
        registry = app.registry
        actions = [
            PlaceAction("core", "c", "第三", lambda place: "/c/", 30, "x"),
            PlaceAction("core", "a", "第一", lambda place: f"/a/{place.room_id}/", 10, "x"),
            PlaceAction("core", "b", "不在这里", lambda place: None, 20, "x"),
            PlaceAction("core", "d", "坏了", fail, 5, "x"),
        ]
        monkeypatch.setitem(registry, "app.place_actions", actions)
        request = type("Request", (), {"registry": registry})
        found = place_actions(request, Place("勤学楼", "101", 7))
        assert [(each.label, each.url) for each in found] == [("第一", "/a/7/"), ("第三", "/c/")]
        registry["plugins.failures"].forget("core", "place action d")


class TestPages:
    @pytest.fixture
    def application(self, settings, sessions):
        def show(request):
            return Response(str(request.identity and request.identity.username))

        config = configure(dict(settings), [])
        config.add_page("x.open", r"/q/{id:\d+}", show, title="公开", public=True)
        config.add_page("x.own", "/app/x/", show, title="自己的", menu="自己的")
        app = config.make_wsgi_app()
        yield app
        app.registry["listener"].stop()
        app.registry["engine"].dispose()

    def test_a_public_page_of_its_own_path_knows_who_is_signed_in(
        self, application, sessions, session, me, teacher
    ):
        client = TestApp(application, extra_environ={"hhu.sessions": sessions})
        assert client.get("/q/7").text == "None"
        cookie = me.client.cookies["hhu_session"].strip('"')
        signed_in = {"Cookie": f"hhu_session={cookie}"}
        assert client.get("/q/7", headers=signed_in).text == "t0001"
        assert client.get("/app/x/", headers=signed_in).text == "t0001"
        assert client.get("/app/x/", status=303).location.endswith("next=%2Fapp%2Fx%2F")

    def test_without_plugins_nothing_of_them_is_there(self, application):
        registry = application.registry
        assert [page.name for page in registry["app.pages"].values() if page.plugin != "core"] == []
        assert registry["app.cards"] == []
        assert registry["app.inbox"] == []
        assert registry["app.place_actions"] == []
        assert [kind.plugin for kind in registry["notices.kinds"]] == []
        assert registry["notices.reminders"] == []


def test_the_manifest_and_the_worker_name_files_that_are_there(browser):
    manifest = browser.get("/app/manifest.webmanifest").json
    assert manifest["start_url"] == "/app/"
    for icon in manifest["icons"]:
        assert browser.get(icon["src"]).content_type == "image/png"
    worker = browser.get("/app/worker.js")
    assert "{version}" not in worker.text
