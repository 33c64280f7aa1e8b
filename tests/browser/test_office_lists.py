"""A list in the office's day: folded and remembered on a phone, sorted, called from, by keys."""

import re

import pytest
from playwright.sync_api import expect

from .watching import findings

USERS = "/admin/core/users/"


def test_filters_fold_on_a_phone_and_a_list_opens_as_it_was_left(desk, size):
    desk.goto(USERS)
    fold = desk.get_by_role("button", name="筛选")
    chosen = desk.get_by_label("按启用筛选")
    if size == "phone":
        expect(chosen).to_be_hidden()
        fold.click()
        expect(fold).to_have_attribute("aria-expanded", "true")
    else:
        expect(fold).to_be_hidden()
    chosen.select_option("是")
    expect(desk).to_have_url(re.compile("f.is_active=yes"))
    if size == "phone":
        expect(fold).to_have_text("筛选 (1)")
    assert not findings(desk)
    desk.goto("/admin/core/departments/")
    if size == "phone":
        desk.get_by_role("button", name="打开菜单").click()
    desk.get_by_role("link", name="教师", exact=True).click()
    expect(desk).to_have_url(re.compile("f.is_active=yes"))
    desk.get_by_role("link", name="清除条件").click()
    expect(desk).to_have_url(re.compile(f"{USERS}$"))
    desk.goto("/admin/core/departments/")
    if size == "phone":
        desk.get_by_role("button", name="打开菜单").click()
    desk.get_by_role("link", name="教师", exact=True).click()
    expect(desk).to_have_url(re.compile(f"{USERS}$"))


@pytest.mark.slow
def test_keys_add_and_explain_and_can_be_switched_off(own_desk, size):
    desk = own_desk
    desk.goto("/admin/core/departments/")
    desk.keyboard.press("?")
    dialog = desk.get_by_role("dialog", name="系所")
    expect(dialog).to_contain_text("系所合并")
    assert not findings(desk)
    desk.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    desk.keyboard.press("n")
    expect(desk.get_by_role("heading", name="新增系所")).to_be_visible()
    # In a field it is a letter, and what was filled in stays under the handbook.
    desk.get_by_label("名称").fill("新")
    desk.get_by_label("名称").press("n")
    expect(desk.get_by_label("名称")).to_have_value("新n")
    desk.goto("/admin/help/#keys")
    desk.get_by_label("使用单个键").uncheck()
    desk.goto("/admin/core/departments/")
    desk.keyboard.press("n")
    expect(desk.get_by_role("heading", name="系所")).to_be_visible()


@pytest.mark.slow
def test_rights_are_chosen_by_service(desk, site, size):
    name = site.new_name("组")
    desk.goto("/admin/core/groups/add")
    desk.get_by_label("名称").fill(name)
    rooms = desk.get_by_role("group", name="会议室预约")
    rooms.get_by_role("radio", name="无").focus()
    desk.keyboard.press("ArrowRight")
    desk.keyboard.press("ArrowRight")
    expect(rooms.get_by_role("radio", name="修改")).to_be_checked()
    assert not findings(desk)
    desk.get_by_role("button", name="保存", exact=True).click()
    expect(desk.locator(".alert[role=status]")).to_contain_text("已新增用户组")
    desk.goto("/admin/core/rights/")
    expect(desk.get_by_role("heading", name="权限一览")).to_be_visible()
    assert not findings(desk)


@pytest.mark.slow
def test_the_help_and_the_audit_can_be_used_by_everybody(desk):
    for path in ("/admin/help/", "/admin/core/audit/", "/admin/core/departments/"):
        desk.goto(path)
        assert not findings(desk), path
