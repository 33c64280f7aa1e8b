"""报名记录: the expression filter, what it can't read, and a clock-in that is put right."""

import pytest
from playwright.sync_api import expect

from .watching import findings

LIST = "/admin/activities/enrollments/"


@pytest.fixture
def outing(fair, site):
    """Twelve people, of whom five have clocked in."""
    activity_id, item_id = fair.add_activity(site.new_name("秋游"), people=12)
    fair.clock_in(item_id, range(5))
    return activity_id


def unfold(desk) -> None:
    """On a phone the filters are behind 筛选."""
    fold = desk.get_by_role("button", name="筛选")
    if fold.is_visible():
        fold.click()


def test_an_expression_filters_and_a_wrong_one_changes_nothing(desk, outing):
    desk.goto(f"{LIST}?activity={outing}")
    rows = desk.locator("tbody tr")
    expect(rows).to_have_count(12)
    expression = desk.get_by_label("打卡情况")
    unfold(desk)
    expression.fill("签到了但未签退")
    expression.press("Enter")
    expect(rows).to_have_count(5)
    assert not findings(desk)
    unfold(desk)
    expression.fill("（签到或签退")
    expression.press("Enter")
    error = desk.get_by_role("alert")
    expect(error).to_contain_text("表达式不完整")
    expect(error).to_contain_text("列表没有改变，仍按“签到了但未签退”筛选")
    expect(rows).to_have_count(5)
    # It is there to be put right, and read aloud with its error.
    expect(expression).to_have_value("（签到或签退")
    expect(expression).to_have_attribute("aria-invalid", "true")
    # Where it stands is open: nobody has to look for it.
    expression.fill("未（签到或签退）")
    expression.press("Enter")
    expect(rows).to_have_count(7)
    expect(desk.get_by_role("alert")).to_have_count(0)
    desk.get_by_role("link", name="清除条件").click()
    expect(rows).to_have_count(12)
    expect(desk.get_by_role("link", name="清除条件")).to_have_count(0)


def test_chips_write_the_sentence_and_those_found_are_corrected_together(desk, fair, outing):
    desk.goto(f"{LIST}?activity={outing}")
    chip = desk.get_by_role("group", name="打卡项：签到")
    chip.get_by_role("link", name="未").press("Enter")
    expect(desk.get_by_label("打卡情况")).to_have_value("未签到")
    expect(desk.locator("tbody tr")).to_have_count(7)
    boxes = desk.locator("tbody").get_by_role("checkbox")
    boxes.nth(0).check()
    boxes.nth(1).press("Space")
    bar = desk.locator(".correct-many")
    expect(bar).to_contain_text("已选 2 人")
    bar.get_by_label("更正哪一项打卡").select_option("签到")
    bar.get_by_label("更正的原因").fill("停电")
    bar.get_by_role("button", name="补录").press("Enter")
    expect(desk.get_by_text("已为 2 人补录“签到”。")).to_be_visible()
    expect(desk.locator("tbody tr")).to_have_count(5)
    assert sum(row.attended == ["签到"] for row in fair.enrollments_of(outing)) == 7


@pytest.mark.slow
def test_items_are_added_and_changed_where_they_stand(desk, fair, site):
    activity_id, _ = fair.add_activity(site.new_name("年会"))
    desk.goto(f"/admin/activities/activities/{activity_id}/?tab=items")
    new = desk.locator(".item-line").last
    new.get_by_label("名称").fill("午餐")
    new.get_by_role("button", name="新增").click()
    expect(desk.get_by_text("已新增打卡项“午餐”。")).to_be_visible()
    first = desk.locator(".item-line").first
    first.get_by_label("名称").fill("上车")
    first.get_by_role("button", name="保存").press("Enter")
    expect(desk.get_by_text("已保存打卡项“上车”。")).to_be_visible()


def test_a_clock_in_is_added_with_a_reason_and_taken_back(desk, fair, outing):
    row = fair.enrollments_of(outing)[7]
    desk.goto(f"{LIST}?activity={outing}&q={row.user.username}")
    desk.locator("tbody a").first.click()
    reason = desk.get_by_label("签到：补录的原因")
    # Not without a reason: the browser asks for it.
    desk.locator(".correction", has_text="签到").get_by_role("button", name="补录").click()
    assert reason.evaluate("field => field.validity.valueMissing")
    reason.fill("手机没电")
    reason.press("Enter")
    expect(desk.get_by_role("status")).to_contain_text("已补录“签到”。")
    assert fair.enrollments_of(outing)[7].attended == ["签到"]
    desk.get_by_label("签到：撤销的原因").fill("看错了人")
    desk.get_by_role("button", name="撤销").click()
    expect(desk.get_by_role("status")).to_contain_text("已撤销“签到”。")
    assert fair.enrollments_of(outing)[7].attended == []
    added, removed = fair.audit_of(row.id)
    assert (added.action, added.after["原因"]) == ("补录打卡", "手机没电")
    assert (removed.action, removed.after["原因"]) == ("撤销打卡", "看错了人")
    assert "方敏" in removed.actor


def test_who_is_there_is_counted_while_one_looks(own_desk, fair, site):
    desk = own_desk
    desk.clock.install()
    activity_id, item_id = fair.add_activity(site.new_name("讲座"), people=4)
    desk.goto(f"/admin/activities/activities/{activity_id}/")
    count = desk.locator(".item-count").first
    expect(count).to_have_text("0 / 4 人已到，缺 4 人")
    fair.clock_in(item_id, range(3))
    # Five seconds later by the clock of the page.
    desk.clock.fast_forward(5_000)
    expect(count).to_have_text("3 / 4 人已到，缺 1 人")
