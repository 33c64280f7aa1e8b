"""The API document in a browser: to read, to sign in, to try calls; and the start page."""

import pytest

from . import filling
from .watching import findings

# What axe finds in Swagger UI itself is not ours to mend.
_FRAME = "document.querySelector('#swagger').remove()"


@pytest.fixture
def docs(page):
    page.goto("/docs/")
    page.locator(".opblock").first.wait_for()
    return page


def beyond_the_edge(page) -> int:
    return page.evaluate("document.documentElement.scrollWidth - window.innerWidth")


def test_one_signs_in_and_tries_a_call(docs):
    docs.get_by_label("工号").fill(filling.ADMIN)
    docs.get_by_label("密码", exact=True).fill(filling.PASSWORD)
    docs.get_by_role("button", name="登录").click()
    docs.get_by_text(f"已登录：{filling.ADMIN}").wait_for()
    call = docs.locator(".opblock").filter(has_text="Who is signed in.")
    call.locator(".opblock-summary-control").click()
    call.get_by_role("button", name="Try it out").click()
    call.get_by_role("button", name="Execute").click()
    answer = call.locator(".live-responses-table tbody")
    assert "200" in answer.locator(".response-col_status").first.inner_text()
    assert f'"username": "{filling.ADMIN}"' in answer.inner_text()
    assert beyond_the_edge(docs) <= 0
    docs.get_by_role("button", name="退出").click()
    docs.get_by_text("已退出。").wait_for()


def test_a_wrong_password_is_told_as_the_api_tells_it(docs, watch):
    watch.expect(400)
    docs.get_by_label("工号").fill("nobody")
    docs.get_by_label("密码", exact=True).fill("wrong")
    docs.get_by_role("button", name="登录").click()
    docs.get_by_text("无法使用提供的认证信息登录。").first.wait_for()


def test_nothing_is_beyond_the_edge(docs):
    assert beyond_the_edge(docs) <= 0
    reserving = docs.locator(".opblock").filter(has_text="Ask for a room")
    reserving.locator(".opblock-summary-control").click()
    reserving.locator(".responses-wrapper").wait_for()
    assert beyond_the_edge(docs) <= 0


def test_the_frame_can_be_used_by_everybody(docs):
    docs.evaluate(_FRAME)
    assert not findings(docs)


def test_the_start_page_leads_there(page):
    page.goto("/")
    assert not findings(page)
    page.get_by_role("link", name="接口文档").click()
    page.locator(".opblock").first.wait_for()
