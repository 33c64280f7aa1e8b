"""教师 from a table with a mistake in it, which is then put right."""

import pytest
from playwright.sync_api import expect

from hhu_base.values.spreadsheets import write_table

HEADER = ("工号", "姓氏", "名字", "系所", "初始密码", "职位")


def test_a_bad_row_then_a_good_table(desk, site):
    first, second = site.new_name("n"), site.new_name("n")
    choose = {"name": "新教师.xlsx", "mimeType": "application/octet-stream"}
    good = (first, "尉迟", "恭", "软件工程系", "An-initial-pass-2026", "讲师")

    desk.goto("/admin/core/users/")
    desk.get_by_role("link", name="导入").click()
    bad = write_table("a.xlsx", HEADER, [good, ("", "没有", "工号"), (second, "单", "雄信")])
    desk.get_by_label("表格文件").set_input_files([choose | {"buffer": bad}])
    desk.get_by_role("button", name="上传并预演").click()
    row = desk.get_by_role("region", name="有误的行").locator("tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("第 3 行")
    expect(row).to_contain_text("没有工号")
    expect(desk.get_by_role("button", name="确认导入")).to_have_count(0)

    desk.get_by_role("link", name="重新上传").click()
    right = write_table("a.xlsx", HEADER, [good, (second, "单", "雄信")])
    desk.get_by_label("表格文件").set_input_files([choose | {"buffer": right}])
    desk.get_by_role("button", name="上传并预演").click()
    assert site.user(first) is None
    desk.get_by_role("button", name="确认导入：新增 2 人，修改 0 人").click()
    # The page finds out by itself that the worker is done.
    expect(desk.get_by_role("heading", name="导入完成")).to_be_visible()
    expect(desk.get_by_role("status")).to_contain_text("新增 2 人，修改 0 人")
    assert site.user(first).last_name == "尉迟"


@pytest.mark.slow
def test_what_is_no_table(desk, watch):
    desk.goto("/admin/core/users/import")
    file = {"name": "照片.png", "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\n" * 9}
    desk.get_by_label("表格文件").set_input_files([file])
    watch.expect(400)
    desk.get_by_role("button", name="上传并预演").click()
    expect(desk.get_by_role("alert")).to_be_visible()


@pytest.mark.slow
def test_a_file_that_is_too_large_stays_here(desk):
    desk.goto("/admin/core/users/import")
    field = desk.get_by_label("表格文件")
    field.evaluate("field => { field.dataset.maxBytes = 9; }")
    field.set_input_files([{"name": "a.csv", "mimeType": "text/csv", "buffer": b"x" * 10}])
    assert field.evaluate("field => field.validationMessage") == "文件超过 10 MB。"
