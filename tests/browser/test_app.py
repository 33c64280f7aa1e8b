"""The teachers' pages: their ways, on a phone and at a desk, by mouse and by keyboard, and offline."""

import gzip
import re

import pytest
from playwright.sync_api import expect

from . import filling
from .conftest import sign_in
from .watching import findings, visit

PAGES = (
    "/app/",
    "/app/inbox/",
    "/app/notices/",
    "/app/me/",
    "/app/me/profile/",
    "/app/me/password",
    "/app/me/devices/",
    "/app/me/wechat/",
    "/app/me/calendar/",
    "/app/me/notices/",
    "/app/rooms/waiting/",
)
OUTSIDE = ("/app/sign-in", "/app/sign-in/forgotten")


def test_every_page_can_be_used_by_everybody(desk):
    wrong = []
    for path in PAGES:
        visit(desk, path)
        wrong += findings(desk)
    assert not wrong, "\n".join(wrong)


def test_the_door_can_be_used_by_everybody(page, site):
    wrong = []
    at_the_door = (f"/r/{site.room_id}", f"/r/{site.room_id}?panel")
    for path in (*OUTSIDE, *at_the_door):
        visit(page, path)
        wrong += findings(page)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("width", [360, 1920])
@pytest.mark.slow
def test_nothing_is_wider_than_the_screen(own_desk, width):
    own_desk.set_viewport_size({"width": width, "height": 720})
    for path in PAGES:
        own_desk.goto(path)
        assert own_desk.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_one_click_leads_to_the_back_office_and_one_back(desk):
    desk.goto("/app/")
    desk.get_by_role("link", name="管理后台").first.click()
    expect(desk).to_have_url(desk.url.partition("/a")[0] + "/admin/")
    desk.get_by_role("link", name="教师页面").click()
    expect(desk.get_by_role("navigation", name="主菜单")).to_be_visible()
    assert desk.url.endswith("/app/")


def test_by_keyboard_alone_one_signs_in_to_where_one_wanted_to_be(page):
    page.goto("/app/me/notices/")
    page.keyboard.type(filling.ADMIN)
    page.keyboard.press("Tab")
    page.keyboard.type(filling.PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="通知设置")).to_be_visible()
    switch = page.get_by_role("switch", name="我的报修有了进展")
    was_on = switch.is_checked()
    switch.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.locator("main").get_by_role("status")).to_contain_text("已保存")
    assert switch.is_checked() != was_on


@pytest.mark.slow
def test_another_device_is_signed_out_from_here(own_desk, chromium, site, size, watch):
    other = chromium.new_context(base_url=site.url, user_agent="Firefox/130 Android")
    page = other.new_page()
    sign_in(page)
    own_desk.goto("/app/me/devices/")
    own_desk.get_by_role("button", name=re.compile("安卓 · Firefox")).first.click()
    expect(own_desk.locator("main").get_by_role("status")).to_contain_text("已退出登录")
    page.goto("/app/")
    expect(page).to_have_title("登录 · 河海大学计信院")
    other.close()


@pytest.mark.slow
def test_what_was_read_last_is_there_without_a_network_and_says_so(own_desk, watch):
    own_desk.goto("/app/me/")
    own_desk.evaluate("navigator.serviceWorker.ready.then(() => null)")
    own_desk.reload()
    own_desk.wait_for_function(
        "caches.open('pages').then((cache) => cache.match(location.href)).then(Boolean)"
    )
    own_desk.context.set_offline(True)
    own_desk.reload()
    expect(own_desk.get_by_role("alert")).to_contain_text("现在没有网络")
    expect(own_desk.get_by_role("button", name="退出登录")).to_be_disabled()
    watch.expect(503)
    own_desk.goto("/app/inbox/")
    expect(own_desk.get_by_text("还没有看过")).to_be_visible()
    own_desk.context.set_offline(False)


def test_the_first_page_is_small(own_desk):
    """Under 60 kB, compressed, with all that it loads."""
    sizes = {}
    own_desk.on("response", lambda answer: sizes.update({answer.url: answer}))
    own_desk.goto("/app/", wait_until="load")
    total = sum(len(gzip.compress(answer.body())) for answer in sizes.values() if answer.ok)
    assert 5_000 < total < 60_000, {url: len(a.body()) for url, a in sizes.items() if a.ok}
