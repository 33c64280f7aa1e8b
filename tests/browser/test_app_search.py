"""The search over everything in a real browser: by its keys, while one types, at a desk and on a phone."""

import re

import pytest
from playwright.sync_api import Page, expect

from .watching import findings

BOX = "搜索全部内容"


def popup(desk: Page):
    return desk.locator(".search-popup")


@pytest.mark.parametrize(("face", "size"), [("app", "desktop"), ("admin", "desktop")])
@pytest.mark.parametrize("shortcut", ["/", "Control+k"])
def test_by_keyboard_alone_one_finds_and_opens_something(desk, face, shortcut):
    desk.goto(f"/{face}/")
    desk.keyboard.press(shortcut)
    expect(desk.get_by_label(BOX)).to_be_focused()
    # Titles of pages, typed in pinyin.
    typed, wanted = ("tongzhisz", "通知设置") if face == "app" else ("caozuorz", "操作日志")
    desk.keyboard.type(typed)
    link = popup(desk).get_by_role("link", name=wanted)
    expect(link).to_be_visible()
    assert findings(desk) == []
    desk.keyboard.press("ArrowDown")
    expect(popup(desk).get_by_role("link").first).to_be_focused()
    desk.keyboard.press("ArrowUp")
    expect(desk.get_by_label(BOX)).to_be_focused()
    desk.keyboard.press("Escape")
    expect(popup(desk)).to_be_hidden()
    desk.keyboard.press("Control+k")
    expect(link).to_be_visible()
    link.focus()
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", level=1)).to_have_text(wanted)


@pytest.mark.parametrize("size", ["desktop"])
def test_it_keeps_up_with_who_types_and_closes_with_the_focus(desk):
    desk.goto("/app/")
    box = desk.get_by_label(BOX)
    box.press_sequentially("没有这样的东西")
    expect(popup(desk)).to_contain_text("没有找到“没有这样的东西”。")
    box.fill("欧阳")
    expect(popup(desk).get_by_role("heading", name="通讯录")).to_be_visible()
    desk.get_by_role("heading", level=1).click()
    expect(popup(desk)).to_be_hidden()
    box.focus()
    expect(popup(desk)).to_be_visible()
    box.fill("")
    expect(popup(desk)).to_be_hidden()
    # A slash in a field is a slash.
    box.fill("a")
    desk.keyboard.type("/b")
    expect(box).to_have_value("a/b")
    desk.keyboard.press("Enter")
    expect(desk).to_have_url(re.compile("/app/search/"))


@pytest.mark.parametrize("size", ["phone"])
def test_on_a_phone_it_is_a_page_of_its_own(desk):
    desk.goto("/app/")
    assert findings(desk) == []
    desk.get_by_role("link", name="搜索", exact=True).click()
    box = desk.locator("main").get_by_label(BOX)
    expect(box).to_be_focused()
    box.press_sequentially("oy")
    expect(desk.locator("main").get_by_role("heading", name="通讯录")).to_be_visible()
    expect(desk).to_have_url(re.compile(r"\?q=oy$"))
    assert findings(desk) == []


@pytest.mark.slow
@pytest.mark.parametrize("size", ["desktop"])
def test_after_the_session_has_ended_enter_leads_to_the_sign_in_and_on(own_desk):
    own_desk.goto("/app/")
    own_desk.context.clear_cookies()
    box = own_desk.get_by_label(BOX)
    box.press_sequentially("欧阳")
    box.press("Enter")
    expect(own_desk).to_have_url(re.compile(r"sign-in\?next=%2Fapp%2Fsearch"))
