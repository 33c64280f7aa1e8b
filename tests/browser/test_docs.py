"""The API document in a browser: to read, to sign in, to try calls; and the start page."""

import pytest

from . import filling
from .watching import beyond_the_edge, findings, violations

_ENGLISH = """() => {
  const others = "pre, code, .opblock-summary-path, .opblock-summary-method, .parameter__name, .parameter__type";
  const walker = document.createTreeWalker(document.querySelector("#swagger"), NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const { nodeValue, parentElement } = walker.currentNode;
    if (/[A-Z][a-z]+ ?[a-z]*/.test(nodeValue) && !/[\\u4e00-\\u9fff]/.test(nodeValue) && !parentElement.closest(others)) found.push(nodeValue);
  }
  return found;
}"""


def open_docs(page) -> None:
    page.goto("/docs/")
    page.locator(".opblock").first.wait_for()


@pytest.mark.slow
def test_one_signs_in_and_tries_a_call(page, watch):
    open_docs(page)
    # What is wrong is told as the API tells it.
    watch.expect(400)
    page.get_by_label("工号").fill("nobody")
    page.get_by_label("密码", exact=True).fill("wrong")
    page.get_by_role("button", name="登录", exact=True).click()
    page.get_by_text("无法使用提供的认证信息登录。").first.wait_for()
    page.get_by_label("工号").fill(filling.ADMIN)
    page.get_by_label("密码", exact=True).fill(filling.PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    page.get_by_text(f"已登录：{filling.ADMIN}").wait_for()
    call = page.locator(".opblock").filter(has_text="登录的人是谁。")
    call.locator(".opblock-summary-control").click()
    call.get_by_role("button", name="试用").click()
    call.get_by_role("button", name="执行").click()
    answer = call.locator(".live-responses-table tbody")
    assert "200" in answer.locator(".response-col_status").first.inner_text()
    assert f'"username": "{filling.ADMIN}"' in answer.inner_text()
    assert beyond_the_edge(page) <= 0
    page.get_by_role("button", name="退出").click()
    page.get_by_text("已退出。").wait_for()


def test_the_start_page_leads_to_what_everybody_can_use(page):
    page.goto("/")
    assert not findings(page)
    page.get_by_role("link", name="接口文档").click()
    page.locator(".opblock").first.wait_for()
    assert beyond_the_edge(page) <= 0
    reserving = page.locator(".opblock").filter(has_text="预约会议室，等到有结果再回答。")
    reserving.locator(".opblock-summary-control").click()
    reserving.locator(".responses-wrapper").wait_for()
    assert beyond_the_edge(page) <= 0
    assert not violations(page)
    # Names of headers are those of the protocol.
    assert set(page.evaluate(_ENGLISH)) <= {"Location", "Allow", "Retry-After", "WWW-Authenticate"}
