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

    row = row_of(desk, request)
    expect(row).to_contain_text("处理中")
    expect(row.get_by_role("link", name=TAKE_UP)).to_have_count(0)
    row.get_by_role("link", name="解决").click()
    desk.get_by_role("dialog").get_by_role("button", name="解决").click()
    expect(row_of(desk, request)).to_contain_text("已解决")
    assert desk.url.endswith(listed)
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
    expect(row_of(page, request)).to_contain_text("处理中")
    assert page.url.endswith(listed)
    context.close()


@pytest.mark.slow
def test_several_are_solved_at_once_and_the_list_stays(desk, site):
    one, two = site.report(), site.report()
    desk.goto(f"{REQUESTS}?f.status=0")
    for request in (one, two):
        row_of(desk, request).get_by_role("checkbox").check()
    desk.locator(".chosen").get_by_role("button", name="解决").click()
    desk.get_by_label("备注").fill("都修好了")
    desk.get_by_role("button", name="解决").click()
    expect(desk.get_by_role("status")).to_contain_text("2 条报修的状态已改为“已解决”。")
    assert desk.url.endswith("?f.status=0")
    assert {site.repair(request.id).status for request in (one, two)} == {SOLVED}
