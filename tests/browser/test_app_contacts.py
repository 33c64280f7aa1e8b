"""The teachers' pages of the directory: found while one types, made a colleague, copied."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from .watching import findings, visit

NAME = "欧阳明远"


def test_somebody_is_found_while_one_types_and_made_a_colleague(desk):
    visit(desk, "/app/contacts/")
    wrong = findings(desk)
    desk.get_by_role("searchbox", name="查找").press_sequentially("oymy")
    expect(desk.locator("#people li")).to_have_count(1)
    wrong += findings(desk)
    desk.get_by_role("link", name=NAME).click()
    expect(desk.get_by_role("link", name="15400000000")).to_have_attribute(
        "href", "tel:15400000000"
    )
    wrong += findings(desk)
    desk.get_by_role("button", name="加入我的同事").click()
    expect(desk.get_by_role("status").filter(has_text="已加入我的同事")).to_be_visible()
    visit(desk, "/app/contacts/")
    expect(desk.get_by_role("region", name="我的同事")).to_contain_text(NAME)
    wrong += findings(desk)
    desk.get_by_role("region", name="我的同事").get_by_role("link", name=NAME).click()
    desk.get_by_role("button", name="移出我的同事").click()
    expect(desk.get_by_role("button", name="加入我的同事")).to_be_visible()
    assert not wrong, "\n".join(wrong)


@pytest.mark.slow
def test_a_letter_leads_to_its_people_by_keyboard(own_desk):
    own_desk.set_viewport_size({"width": 390, "height": 300})
    own_desk.goto("/app/contacts/")
    own_desk.get_by_role("navigation", name="按首字母").get_by_role("link", name="O").focus()
    own_desk.keyboard.press("Enter")
    expect(own_desk.get_by_role("heading", name="O", exact=True)).to_be_in_viewport()


@pytest.mark.slow
def test_a_card_is_copied_and_saved(own_desk):
    own_desk.context.grant_permissions(["clipboard-read", "clipboard-write"])
    own_desk.goto("/app/contacts/?search=欧阳")
    own_desk.get_by_role("link", name=NAME).click()
    own_desk.get_by_role("button", name="复制").click()
    expect(own_desk.get_by_role("button", name="已复制")).to_be_visible()
    assert own_desk.evaluate("navigator.clipboard.readText()").splitlines()[:2] == [
        NAME,
        "副教授 · 软件工程系",
    ]
    with own_desk.expect_download() as downloading:
        own_desk.get_by_role("link", name="存名片").click()
    assert downloading.value.suggested_filename == f"{NAME}.vcf"


@pytest.mark.slow
@pytest.mark.parametrize("width", [360, 1920])
@pytest.mark.parametrize("path", ["contacts", "guides", "repairs", "repairs/mine"])
def test_nothing_is_wider_than_the_screen(own_desk, width, path):
    own_desk.set_viewport_size({"width": width, "height": 720})
    own_desk.goto(f"/app/{path}/")
    assert own_desk.evaluate("document.documentElement.scrollWidth <= innerWidth")
