"""What was filled in when the session had ended comes along through the university's sign-on."""

import json

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect, sync_playwright
from sqlalchemy.orm import Session

from hhu_base.models import User
from tests.accounts.sso.conftest import sso_settings
from tests.browser.chromium import find_chromium, launch
from tests.ports import free_port


def sign_in_page(browser, teacher, name: str = "杰"):
    """The answer to a form that is sent when the session has ended."""
    form = {"last_name": "褚", "first_name": name, "phone": "15400000000"}
    origin = {"Origin": "http://localhost"}
    return browser.client.post("/app/me/profile/", form, headers=origin, status=401)


def test_the_way_to_the_university_says_that_something_is_kept(sign_on, teacher):
    page = sign_in_page(sign_on.browser, teacher).html
    assert json.loads(page.select_one("main > textarea").text)
    link = page.select_one("a[data-keeps-unsaved]")
    answer = sign_on.browser.get(link["href"], status=303)
    service = answer.headers["Location"].partition("service=")[2]
    came = {"state": service.rpartition("%3D")[2], "ticket": "ST-none"}
    # A try that fails does not lose it, either.
    back = sign_on.browser.get("/app/sign-in/cas/back", came, status=303)
    page = sign_on.browser.get(back.headers["Location"]).html
    again = page.select_one("a[data-keeps-unsaved]")["href"]
    assert "unsaved=1" in again
    assert "next=/app/me/profile/" in again


def test_what_the_tab_has_kept_is_shown_before_it_is_saved(sign_on, teacher):
    page = sign_in_page(sign_on.browser, teacher).html
    kept = page.select_one("main > textarea").text.strip()
    answer = sign_on.go_by(page.select_one("a[data-keeps-unsaved]")["href"], "t0001")
    assert answer.headers["Location"] == (
        "http://localhost/app/sign-in/unsaved?next=%2Fapp%2Fme%2Fprofile%2F"
    )
    page = sign_on.browser.get(answer.headers["Location"])
    form = page.forms[0]
    form["unsaved"] = kept
    page = form.submit()
    assert page.forms[0].action == "/app/me/profile/"
    assert page.forms[0]["phone"].value.strip() == "15400000000"


@pytest.mark.slow
@pytest.mark.skipif(not find_chromium(), reason="no Chromium")
def test_in_a_browser_it_is_there_after_the_way_and_saved_with_a_click(
    serve, running_university, house
):
    port = free_port()
    running_university.reset()
    site = serve(port, sso_settings(running_university) | {"auth.providers": "cas"})
    with sync_playwright() as playwright:
        browser = launch(playwright, find_chromium())
        page = browser.new_page()
        page.goto(f"{site}/app/me/profile/")
        page.get_by_role("link", name="统一身份认证登录").click()
        expect(page.get_by_label("手机")).to_be_visible()
        with Session(house.registry["engine"]) as session:
            session.execute(sa.text("DELETE FROM core_tokens"))
            session.commit()
        page.get_by_label("手机").fill("15499999999")
        page.get_by_role("button", name="保存").click()
        page.get_by_role("link", name="统一身份认证登录").click()
        page.get_by_role("button", name="继续保存").click()
        expect(page.get_by_text("已保存。")).to_be_visible()
        browser.close()
    with Session(house.registry["engine"]) as session:
        phones = sa.select(User.phone).where(User.username == "t0001")
        assert session.scalar(phones) == "15499999999"
