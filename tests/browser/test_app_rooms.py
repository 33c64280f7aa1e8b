"""会议室 and 我的预约 as teachers use them: found, reserved, given back, by taps and by keys alone."""

import gzip
import re
from datetime import datetime, timedelta
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from . import filling
from .watching import findings, visit

FIND = "/app/rooms/"


def day(ahead: int) -> datetime:
    """Midnight so many days from now, by the site's clocks."""
    today = datetime.now(filling.ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    return today + timedelta(days=ahead)


def asked(ahead: int, hour: int = 10, **more) -> str:
    answers = {"day": f"{day(ahead):%Y-%m-%d}", "at": f"{hour:02}:00", "minutes": "60"}
    return urlencode(answers | more)


def said(page: Page):
    return page.locator("main .alert").first


def reserve(desk: Page, room_id: int, ahead: int, text: str, hour: int = 10) -> None:
    desk.goto(f"{FIND}{room_id}/?{asked(ahead, hour)}")
    desk.get_by_label("会议说明").fill(text)
    desk.get_by_role("button", name="预约", exact=True).click()
    expect(desk.get_by_role("heading", name=text)).to_be_visible()


def test_from_the_first_page_to_a_reservation_and_back_with_a_few_taps(desk, site):
    site.add_room()
    visit(desk, "/app/")
    desk.get_by_role("navigation", name="常用功能").get_by_role("link", name="找会议室").click()
    expect(desk.get_by_role("heading", name="找会议室")).to_be_visible()
    desk.wait_for_load_state()
    wrong = findings(desk)
    desk.get_by_role("link", name="后天", exact=True).click()
    expect(desk.get_by_role("link", name="后天", exact=True)).to_have_attribute(
        "aria-current", "true"
    )
    desk.get_by_role("link", name="2 小时", exact=True).click()
    expect(desk.get_by_role("heading", level=2)).to_contain_text(f"{day(2):%Y-%m-%d}")
    assert "minutes=120" in desk.url
    desk.locator("a.room").first.click()
    desk.get_by_label("会议说明").wait_for()
    desk.wait_for_load_state()
    wrong += findings(desk)
    desk.get_by_label("会议说明").fill("教研室例会")
    desk.get_by_role("button", name="预约", exact=True).click()
    expect(said(desk)).to_contain_text("预约成功")
    desk.wait_for_load_state()
    wrong += findings(desk)
    desk.get_by_role("button", name="取消预约").click()
    desk.get_by_role("button", name="撤销").click()
    expect(said(desk)).to_contain_text("已恢复预约")
    desk.get_by_role("link", name="改动").click()
    expect(desk.get_by_role("heading", name="改动预约")).to_be_visible()
    desk.wait_for_load_state()
    wrong += findings(desk)
    assert not wrong, "\n".join(wrong)


@pytest.mark.slow
def test_by_keys_alone(desk, site):
    room = site.add_room()
    desk.goto(f"{FIND}?{asked(3)}")
    chip = desk.get_by_role("link", name="1.5 小时", exact=True)
    chip.focus()
    desk.keyboard.press("Enter")
    expect(chip).to_have_attribute("aria-current", "true")
    # What was chosen is still where the keys are, though the list is another.
    expect(chip).to_be_focused()
    desk.goto(f"{FIND}{room.id}/?{asked(3)}")
    desk.get_by_label("会议说明").focus()
    desk.keyboard.type("按键预约")
    desk.keyboard.press("Enter")
    expect(said(desk)).to_contain_text("预约成功")
    change = desk.get_by_role("link", name="改动")
    change.focus()
    desk.keyboard.press("Enter")
    desk.get_by_label("会议说明").focus()
    desk.keyboard.press("End")
    desk.keyboard.type("，改过")
    desk.get_by_label("开始").focus()
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", name="按键预约，改过")).to_be_visible()
    [row] = site.reservations_of(room.id)
    assert row.reserve_from == day(3) + timedelta(hours=10)


@pytest.mark.slow
def test_who_comes_second_goes_elsewhere_with_one_tap(desk, site, watch):
    room = site.add_room()
    desk.goto(f"{FIND}{room.id}/?{asked(4)}")
    start = day(4) + timedelta(hours=10)
    site.reserve(room.id, start, start + timedelta(hours=1), "捷足先登")
    desk.get_by_label("会议说明").fill("我的会")
    watch.expect(400)
    desk.get_by_role("button", name="预约", exact=True).click()
    expect(said(desk)).to_contain_text("已经被占用")
    wrong = findings(desk)
    desk.get_by_text("候补：空出来就通知我").click()
    expect(desk.get_by_label("会议说明")).to_have_value("我的会")
    wrong += findings(desk)
    assert not wrong, "\n".join(wrong)
    desk.get_by_role("link", name="09:00–10:00", exact=True).first.click()
    desk.get_by_label("会议说明").fill("我的会")
    desk.get_by_role("button", name="预约", exact=True).click()
    expect(said(desk)).to_contain_text("预约成功")
    assert [row.description for row in site.reservations_of(room.id)] == ["我的会", "捷足先登"]


@pytest.mark.slow
def test_signed_out_meanwhile_nothing_is_lost(own_desk, site, watch):
    room = site.add_room()
    own_desk.goto(f"{FIND}{room.id}/?{asked(5)}")
    own_desk.get_by_label("会议说明").fill("不能丢")
    own_desk.context.clear_cookies()
    watch.expect(401)
    own_desk.get_by_role("button", name="预约", exact=True).click()
    own_desk.get_by_label("工号").fill(filling.ADMIN)
    own_desk.get_by_label("密码", exact=True).fill(filling.PASSWORD)
    own_desk.get_by_role("button", name="登录").click()
    own_desk.get_by_role("button", name=re.compile("继续|提交|保存")).first.click()
    expect(said(own_desk)).to_contain_text("预约成功")
    assert [row.description for row in site.reservations_of(room.id)] == ["不能丢"]


@pytest.mark.slow
def test_without_scripts_it_is_the_same(chromium, site, signed_in):
    room = site.add_room()
    context = chromium.new_context(
        base_url=site.url, storage_state=signed_in, java_script_enabled=False, locale="zh-CN"
    )
    page = context.new_page()
    page.goto(f"{FIND}?{asked(6)}")
    page.get_by_role("link", name="30 分", exact=True).click()
    expect(page).to_have_url(re.compile("minutes=30"))
    page.goto(f"{FIND}{room.id}/?{asked(6)}")
    page.get_by_label("会议说明").fill("没有脚本")
    page.get_by_role("button", name="预约", exact=True).click()
    page.get_by_role("button", name="取消预约").click()
    page.get_by_role("button", name="撤销").click()
    expect(said(page)).to_contain_text("已恢复预约")
    context.close()


@pytest.mark.slow
def test_a_series_is_planned_and_changed(desk, site):
    room = site.add_room()
    start = day(7 + 7) + timedelta(hours=10)
    site.reserve(room.id, start, start + timedelta(hours=1), "别人")
    desk.goto(f"{FIND}{room.id}/repeat/?{asked(7)}")
    desk.get_by_label("会议说明").fill("高等数学")
    desk.get_by_label("一共几次").fill("3")
    desk.get_by_role("button", name="看各次的安排").click()
    expect(desk.get_by_role("heading", name=re.compile("3 次"))).to_be_visible()
    desk.wait_for_load_state()
    wrong = findings(desk)
    desk.get_by_label("第 2 次").select_option("skip")
    desk.get_by_role("button", name="全部预约").click()
    expect(said(desk)).to_contain_text("已预约 2 次")
    desk.get_by_text("一起改动后面的").click()
    desk.get_by_label("开始").first.fill("14:00")
    desk.get_by_label("结束").first.fill("15:00")
    desk.get_by_role("button", name="看各次的改动").click()
    desk.get_by_role("button", name="确认改动").wait_for()
    desk.wait_for_load_state()
    wrong += findings(desk)
    desk.get_by_role("button", name="确认改动").click()
    expect(said(desk)).to_contain_text("已改好")
    moved = [
        row.reserve_from.astimezone(filling.ZONE).hour for row in site.reservations_of(room.id)
    ]
    assert moved == [14, 10, 14]
    assert not wrong, "\n".join(wrong)


@pytest.mark.slow
def test_every_page_can_be_used_by_everybody_and_on_the_narrowest_phone(own_desk, site):
    room = site.add_room()
    reserve(own_desk, room.id, 8, "例会")
    mine = own_desk.url.removeprefix(site.url)
    paths = (
        FIND,
        f"{FIND}?{asked(8)}&place={filling.PLACE}",
        f"{FIND}{room.id}/?{asked(8)}",
        f"{FIND}{room.id}/?{asked(8, 12)}",
        f"{FIND}{room.id}/repeat/?{asked(8, 12)}",
        f"{FIND}board/?{asked(8)}",
        "/app/reservations/",
        "/app/reservations/?past=1",
        mine,
        f"{mine}change",
    )
    wrong = []
    for path in paths:
        own_desk.set_viewport_size({"width": 360, "height": 720})
        visit(own_desk, path)
        wrong += findings(own_desk)
        if own_desk.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wrong.append(f"wider than the screen: {path}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.slow
def test_the_page_that_finds_rooms_is_small(own_desk):
    """Under 60 kB, compressed, with all that it loads but photos."""
    sizes = {}
    own_desk.on("response", lambda answer: sizes.update({answer.url: answer}))
    own_desk.goto(FIND, wait_until="load")
    total = sum(
        len(gzip.compress(answer.body()))
        for url, answer in sizes.items()
        if answer.ok and not url.endswith(".jpg")
    )
    assert total < 60_000
