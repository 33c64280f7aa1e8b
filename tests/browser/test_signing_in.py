"""Signing in and out, and what the browser remembers of it."""

import pytest
from playwright.sync_api import expect

from .conftest import sign_in


def test_wrong_then_right_then_out(page, watch):
    page.goto("/admin/core/users/?q=欧阳")
    expect(page).to_have_title("登录 · 河海大学计信院")
    watch.expect(400)
    page.get_by_label("工号").fill("office")
    page.get_by_label("密码", exact=True).fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("工号或密码不正确")
    # The cursor is where one goes on.
    expect(page.get_by_label("密码", exact=True)).to_be_focused()
    page.keyboard.type("an-office-of-the-tests")
    page.keyboard.press("Enter")
    # Where one wanted to go.
    expect(page.get_by_role("heading", name="教师")).to_be_visible()
    expect(page.get_by_role("link", name="b0001")).to_be_visible()
    page.get_by_role("button", name="的账号菜单").click()
    page.get_by_role("button", name="退出登录").click()
    expect(page.get_by_text("您已退出登录。")).to_be_visible()
    page.goto("/admin/core/users/")
    expect(page).to_have_title("登录 · 河海大学计信院")


@pytest.mark.slow
def test_the_theme_that_was_chosen_stays(page, size):
    theme = "document.documentElement.dataset.bsTheme"
    sign_in(page)
    systems, other = ("light", "dark") if size == "desktop" else ("dark", "light")
    assert page.evaluate(theme) == systems
    page.get_by_role("button", name="切换深色或浅色显示").click()
    assert page.evaluate(theme) == other
    page.reload()
    assert page.evaluate(theme) == other
