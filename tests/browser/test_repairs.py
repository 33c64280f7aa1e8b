"""报修请求: what is done every day is done in the list itself, and the list stays as it was."""

import re

import pytest
from playwright.sync_api import expect

from hhu_plugins.repairs.models import OPEN, SOLVED, TAKEN_UP

from .conftest import new_context
from .watching import findings

REQUESTS = "/admin/repairs/requests/"
# Not 改回未受理.
TAKE_UP = re.compile("^受理")


def row_of(page, request):
    return page.locator("tbody tr", has_text=request.location)


def test_one_is_taken_up_and_solved_in_the_list(desk, site):
    request = site.report()
    listed = f"{REQUESTS}?q={request.location.split()[-1]}"
    desk.goto(listed)
    row_of(desk, request).get_by_role("link", name=TAKE_UP).click()
    dialog = desk.get_by_role("dialog", name="受理")
    expect(dialog.get_by_label("备注")).to_be_focused()
    assert not findings(desk)
    dialog.get_by_label("备注").fill("下午来看")
    dialog.get_by_role("button", name="受理").click()
    expect(desk.get_by_role("status")).to_contain_text("1 条报修的状态已改为“处理中”。")
    assert desk.url.endswith(listed)

    desk.get_by_role("link", name="处理中").click()
    row = row_of(desk, request)
    expect(row.get_by_role("link", name=TAKE_UP)).to_have_count(0)
    row.get_by_role("link", name="解决").click()
    desk.get_by_role("dialog").get_by_role("button", name="解决").click()
    expect(desk.get_by_role("status")).to_contain_text("1 条报修的状态已改为“已解决”。")
    expect(row_of(desk, request)).to_have_count(0)
    assert "tab=taken-up" in desk.url
    desk.get_by_role("link", name="已解决").click()
    expect(row_of(desk, request)).to_have_count(1)
    stored = site.repair(request.id)
    assert [(each.status, each.remark) for each in stored.history] == [
        (OPEN, ""),
        (TAKEN_UP, "下午来看"),
        (SOLVED, ""),
    ]


def test_a_question_that_is_left_changes_nothing(desk, site):
    request = site.report()
    desk.goto(f"{REQUESTS}?q={request.location.split()[-1]}")
    link = row_of(desk, request).get_by_role("link", name=TAKE_UP)
    for leave in (
        lambda: desk.keyboard.press("Escape"),
        lambda: desk.get_by_role("dialog").get_by_role("link", name="取消").click(),
    ):
        link.click()
        expect(desk.get_by_role("dialog")).to_be_visible()
        leave()
        expect(desk.get_by_role("dialog")).to_have_count(0)
        expect(link).to_be_focused()
    assert site.repair(request.id).status == OPEN


@pytest.mark.slow
def test_what_somebody_else_has_taken_up_meanwhile_is_said_once(desk, site):
    request = site.report()
    listed = f"{REQUESTS}?q={request.location.split()[-1]}"
    desk.goto(listed)
    site.take_up(request.id)
    row_of(desk, request).get_by_role("link", name=TAKE_UP).click()
    said = desk.get_by_text(f"报修 #{request.id} 已由欧阳明远受理。")
    expect(said).to_have_count(1)
    expect(said).to_be_visible()
    assert desk.url.endswith(listed)
    assert site.repair(request.id).changer.username == "b0001"


def test_without_scripts_the_question_is_a_page_and_leads_back(chromium, site, size, signed_in):
    request = site.report()
    context = new_context(chromium, site, size, storage_state=signed_in, java_script_enabled=False)
    page = context.new_page()
    listed = f"{REQUESTS}?q={request.location.split()[-1]}"
    page.goto(listed)
    row_of(page, request).get_by_role("link", name=TAKE_UP).click()
    expect(page.get_by_role("heading", name="受理")).to_be_visible()
    page.get_by_role("button", name="受理").click()
    expect(page.get_by_role("status")).to_contain_text("1 条报修的状态已改为“处理中”。")
    assert page.url.endswith(listed)
    context.close()


@pytest.mark.slow
def test_several_are_solved_at_once_and_the_list_stays(desk, site):
    one, two = site.report(), site.report()
    desk.goto(f"{REQUESTS}?tab=open")
    for request in (one, two):
        row_of(desk, request).get_by_role("checkbox").check()
    desk.locator(".chosen").get_by_role("button", name="解决").click()
    desk.get_by_label("备注").fill("都修好了")
    desk.get_by_role("button", name="解决").click()
    expect(desk.get_by_role("status")).to_contain_text("2 条报修的状态已改为“已解决”。")
    assert desk.url.endswith("?tab=open")
    assert {site.repair(request.id).status for request in (one, two)} == {SOLVED}


def test_one_told_by_telephone_is_entered_given_away_and_noted(desk, site):
    desk.goto(f"{REQUESTS}?tab=open")
    desk.keyboard.press("n")
    expect(desk.get_by_role("heading", name="新增报修")).to_be_visible()
    assert not findings(desk)
    desk.locator(".select2-selection").first.click()
    desk.locator(".select2-dropdown").get_by_role("searchbox").fill("b0001")
    desk.get_by_role("option", name="欧阳明远").click()
    place = site.new_name("励学楼 ")
    desk.get_by_label("地点").fill(place)
    desk.get_by_label("描述").fill("投影仪一直闪")
    desk.get_by_role("button", name="登记").click()
    expect(desk.get_by_role("heading", name=place)).to_be_visible()

    desk.get_by_label("备注或留言").fill("先问实验中心")
    desk.locator(".repair-note").get_by_role("button", name="保存").click()
    expect(desk.get_by_text("已保存备注，报修人看不到。")).to_be_visible()
    desk.get_by_label("备注或留言").fill("下午三点到")
    desk.get_by_label("告诉报修人").check()
    desk.locator(".repair-note").get_by_role("button", name="保存").click()
    expect(desk.get_by_text("留言已发给报修人。")).to_be_visible()
    assert not findings(desk)

    desk.goto(f"{REQUESTS}?tab=open")
    desk.locator("tbody tr", has_text=place).get_by_role("link", name="转派").click()
    dialog = desk.get_by_role("dialog", name="转派")
    expect(dialog).to_be_visible()
    assert not findings(desk)
    dialog.get_by_role("radio").or_(dialog.get_by_role("option")).first.click()
    dialog.get_by_label("备注").fill("带梯子")
    dialog.get_by_role("button", name="转派").click()
    expect(desk.get_by_role("status")).to_contain_text("已转派 1 条报修。")


@pytest.mark.slow
def test_people_are_put_to_a_category_where_it_stands(desk, site):
    desk.goto("/admin/repairs/categories/")
    form = desk.get_by_role("form", name="全部报修的通知人")
    assert not findings(desk)
    rows = form.locator(".recipient-row")
    last = rows.nth(rows.count() - 1)
    last.get_by_placeholder("姓名").fill("浏览器")
    last.get_by_placeholder("邮箱").fill("browser@hhu.example")
    # Another row is there for the next one.
    expect(rows.last.get_by_placeholder("姓名")).to_have_value("")
    form.get_by_role("button", name="保存").click()
    expect(desk.get_by_text("已保存全部报修的通知人。")).to_be_visible()
    form.get_by_role("button", name="去掉 浏览器").click()
    form.get_by_role("button", name="保存").click()
    expect(desk.get_by_text("已保存全部报修的通知人。")).to_be_visible()
    expect(form.get_by_role("button", name="去掉 浏览器")).to_have_count(0)
