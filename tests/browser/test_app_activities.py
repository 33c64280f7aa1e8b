"""The teachers' pages of activities: from signing in to being clocked in, and all that goes wrong."""

from __future__ import annotations

import io

import pytest
import sqlalchemy as sa
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from hhu_base.models import User
from hhu_plugins.activities.models import Enrollment

from . import filling, filling_activities
from .chromium import find_chromium, start
from .conftest import new_context
from .watching import findings

FORM = filling_activities.FORM
# A camera that looks at a picture, and nobody who asks whether it may.
CAMERA = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")


def open_activity(desk: Page, name: str) -> None:
    desk.goto("/app/")
    desk.get_by_role("navigation", name="常用功能").get_by_role("link", name="活动").click()
    desk.get_by_role("searchbox", name="按名称或地点查找").fill(name)
    desk.get_by_role("link", name=name).click()
    expect(desk.get_by_role("heading", level=1)).to_have_text(name)


def test_one_enrolls_is_refused_where_something_is_wrong_and_leaves_again(desk, site, fair, watch):
    name = site.new_name("春游")
    activity_id, _ = fair.add_activity(name, form_metas=FORM)
    open_activity(desk, name)
    assert findings(desk) == []
    desk.get_by_label("人数").fill("许多")
    desk.get_by_label("备注").fill("带家属")
    watch.expect(400)
    desk.get_by_role("button", name="报名").click()
    expect(desk.get_by_role("alert")).to_be_focused()
    expect(desk.get_by_text("必填项姓名不得为空。")).to_be_visible()
    expect(desk.get_by_label("备注")).to_have_value("带家属")
    assert findings(desk) == []
    # The rest by keyboard alone.
    desk.get_by_label("姓名").focus()
    desk.keyboard.type("褚杰")
    desk.keyboard.press("Tab")
    desk.keyboard.press("Control+a")
    desk.keyboard.type("2")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("status")).to_contain_text("报名成功")
    assert findings(desk) == []
    [row] = fair.enrollments_of(activity_id)
    assert row.participating_metas["人数"] == 2
    desk.get_by_text("取消报名", exact=True).click()
    desk.get_by_role("button", name="确认取消报名").click()
    expect(desk.get_by_role("status")).to_contain_text("已取消报名")
    assert fair.enrollments_of(activity_id) == []


@pytest.mark.slow
def test_somebody_else_takes_the_last_place_meanwhile(desk, site, fair, watch):
    name = site.new_name("讲座")
    activity_id, _ = fair.add_activity(
        name,
        form_metas={"姓名": FORM["姓名"]},
        participants_total_limit=1,
        has_waiting_list=True,
    )
    open_activity(desk, name)
    desk.get_by_label("姓名").fill("褚杰")
    with site.college.client(3) as client:
        answer = client.request(
            "POST",
            "/enrollments/",
            {"activity": activity_id, "participating_metas": {"姓名": "别人"}},
        )
        assert answer.status == 201
    watch.expect(400)
    desk.get_by_role("button", name="报名").click()
    expect(desk.get_by_role("alert")).to_contain_text("报名人数已经达到上限")
    expect(desk.get_by_label("姓名")).to_have_value("褚杰")
    desk.get_by_role("button", name="排入候补").click()
    expect(desk.get_by_role("heading", name="候补第 1 位")).to_be_visible()
    assert findings(desk) == []
    desk.get_by_text("退出候补", exact=True).click()
    desk.get_by_role("button", name="确认退出候补").click()
    expect(desk.get_by_role("status")).to_contain_text("已退出候补")


@pytest.mark.slow
def test_fields_come_and_go_with_the_answer_that_they_depend_on(desk, site, fair):
    name = site.new_name("会议")
    form = {
        "住宿": {"type": "radio", "required": True, "default": "", "choices": ["是", "否"]},
        "几晚": {
            "type": "number",
            "required": True,
            "default": "",
            "when": {"field": "住宿", "is": "是"},
        },
    }
    activity_id, _ = fair.add_activity(name, form_metas=form)
    open_activity(desk, name)
    expect(desk.get_by_label("几晚")).to_be_hidden()
    desk.get_by_label("是", exact=True).check()
    desk.get_by_label("几晚").fill("2")
    desk.get_by_label("否", exact=True).check()
    expect(desk.get_by_label("几晚")).to_be_hidden()
    desk.get_by_role("button", name="报名").click()
    expect(desk.get_by_role("status")).to_contain_text("报名成功")
    assert fair.enrollments_of(activity_id)[0].participating_metas == {"住宿": "否"}


@pytest.mark.slow
@pytest.mark.parametrize("size", ["phone"])
def test_the_camera_reads_the_code_from_the_screen_and_clocks_in(
    chromium, desks, site, fair, size, signed_in, watch, tmp_path
):
    name = site.new_name("报告")
    activity_id, item_id = fair.add_activity(name)
    enroll(site, activity_id)
    picture = tmp_path / "seen.mjpeg"
    camera = [*CAMERA, f"--use-file-for-fake-video-capture={picture}"]
    browser = start(chromium.browser_type, find_chromium(), more=camera)
    phone = new_context(browser, site, size, storage_state=signed_in)
    projector = desks["desktop"].new_page()
    projector.goto(f"/app/activities/codes/{item_id}/")
    with watch.over(phone, site.url):
        page = phone.new_page()
        # The codes of these tests are worth something for ten seconds, whatever else the machine does.
        for _ in range(5):
            picture.write_bytes(projector.screenshot(type="jpeg", quality=90))
            page.goto("/app/activities/clockin/")
            outcome = page.locator(".alert")
            outcome.wait_for()
            if "打卡成功：签到" in outcome.inner_text():
                break
            watch.problems.clear()  # a refusal is a 400, of which Chromium tells
        expect(page.get_by_role("heading", level=1)).to_have_text(name)
        expect(page.get_by_text("已打卡")).to_be_visible()
        expect(projector.locator("#present")).to_have_text("1")
        assert findings(page) == []
    projector.close()
    browser.close()
    watch.check()


@pytest.mark.slow
@pytest.mark.parametrize("size", ["phone"])
def test_the_address_on_the_screen_asks_to_sign_in_and_clocks_in_with_one_tap(
    page, desks, site, fair
):
    name = site.new_name("报告")
    activity_id, item_id = fair.add_activity(name)
    enroll(site, activity_id)
    projector = desks["desktop"].new_page()
    projector.goto(f"/app/activities/codes/{item_id}/")
    image = Image.open(io.BytesIO(projector.screenshot()))
    projector.close()
    [code] = zxingcpp.read_barcodes(image)
    assert code.text.startswith(f"{site.url}/c/HHU-")
    page.goto(code.text)
    page.get_by_label("工号").fill(filling.ADMIN)
    page.get_by_label("密码", exact=True).fill(filling.PASSWORD)
    page.keyboard.press("Enter")
    button = page.get_by_role("button", name="打卡")
    expect(button).to_be_focused()
    assert findings(page) == []
    button.click()
    expect(page.get_by_role("status")).to_contain_text("打卡成功：签到")


@pytest.mark.slow
@pytest.mark.parametrize("size", ["phone"])
def test_without_a_camera_the_page_says_what_else_there_is(desk):
    desk.goto("/app/activities/clockin/")
    expect(desk.get_by_role("status")).to_contain_text("请用手机自带的“扫一扫”")
    assert findings(desk) == []


def enroll(site, activity_id: int) -> None:
    """The person of the desks takes part."""
    with Session(site.college.engine) as session, session.begin():
        user_id = session.scalar(sa.select(User.id).where(User.username == filling.ADMIN))
        session.add(Enrollment(activity_id=activity_id, user_id=user_id))
