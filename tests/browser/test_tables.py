"""A table from the first row to the last, as every declared one works."""

import pytest
from playwright.sync_api import expect

from .filling import PLACE

ROOMS = "/admin/rooms/meetingrooms/"


def test_a_room_comes_changes_and_goes(desk, site, watch, size):
    name = site.new_name("C")
    desk.goto("/admin/")
    if size == "phone":
        desk.get_by_role("button", name="打开菜单").click()
    desk.get_by_role("link", name="会议室", exact=True).click()
    desk.get_by_role("link", name="新增").click()
    desk.get_by_label("名称").fill(name)
    desk.get_by_label("地点").fill(PLACE)
    desk.get_by_label("座位数").fill("12")
    desk.get_by_role("button", name="保存", exact=True).click()
    expect(desk.get_by_role("status")).to_contain_text(f"已新增会议室“{PLACE} {name}”")

    desk.locator("main").get_by_role("searchbox").fill(name)
    desk.keyboard.press("Enter")
    expect(desk.locator("tbody tr")).to_have_count(1)
    desk.get_by_role("link", name=name).click()

    watch.expect(400)
    desk.get_by_label("座位数").fill("")
    desk.get_by_role("button", name="保存", exact=True).click()
    seats = desk.get_by_label("座位数")
    expect(seats).to_have_attribute("aria-invalid", "true")
    expect(desk.locator(".field-error")).to_have_text("请填写座位数。")
    seats.fill("16")
    desk.get_by_role("button", name="保存", exact=True).click()
    expect(desk.get_by_role("status")).to_contain_text("已保存")

    desk.goto(f"{ROOMS}?q={name}")
    desk.get_by_role("checkbox", name=f"选择 {PLACE} {name}").check()
    desk.get_by_role("button", name="删除").click()
    expect(desk.get_by_role("heading", name=f"确定删除会议室“{PLACE} {name}”吗？")).to_be_visible()
    desk.get_by_role("button", name="删除").click()
    expect(desk.get_by_role("status")).to_contain_text("已删除会议室")
    desk.goto(f"{ROOMS}?q={name}")
    expect(desk.get_by_text("没有符合条件的会议室。")).to_be_visible()


@pytest.mark.slow
def test_a_department_is_found_by_typing(desk, site):
    desk.goto(f"/admin/core/users/{site.teacher_id}/")
    desk.get_by_role("combobox", name="系所").click()
    desk.keyboard.type("信息")
    desk.get_by_role("option", name="信息系").click()
    desk.get_by_role("button", name="保存并继续编辑").click()
    expect(desk.get_by_role("status")).to_contain_text("已保存")
    expect(desk.locator(".timeline").first).to_contain_text("信息系")


def test_a_filter_is_applied_at_once(desk, size):
    desk.goto("/admin/core/users/")
    if size == "phone":
        desk.get_by_role("button", name="筛选").click()
    desk.get_by_label("按工作人员筛选").select_option("是")
    expect(desk.locator("tbody tr").filter(has_text="方敏")).to_be_visible()
    assert desk.locator("tbody tr").count() < 5
    desk.get_by_role("link", name="清除条件").click()
    expect(desk.get_by_text("位教师")).to_contain_text("共 20")
