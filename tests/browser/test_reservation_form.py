"""预约会议室: a room that is taken, and what there is instead; a series, and its page."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from .filling import PLACE
from .test_calendar import WEDNESDAY, times, when
from .watching import findings

WEEK = timedelta(weeks=1)


def test_a_taken_room_is_exchanged_for_another_time(desk, site):
    room = site.add_room()
    site.reserve(room.id, when(WEDNESDAY, "09:00"), when(WEDNESDAY, "10:00"), "先来的会")
    desk.goto(f"/admin/rooms/book/?start={WEDNESDAY}T08:00&end={WEDNESDAY}T09:30&room={room.id}")
    # The meeting stays as long when its start is moved.
    desk.get_by_label("从", exact=True).fill(f"{WEDNESDAY}T09:00")
    desk.get_by_label("从", exact=True).blur()
    expect(desk.get_by_label("到", exact=True)).to_have_value(f"{WEDNESDAY}T10:30")
    desk.get_by_role("button", name="查找空闲会议室").click()
    expect(desk.get_by_role("alert")).to_contain_text(f"{PLACE} {room.name} 这段时间不能用")
    expect(desk.get_by_role("alert")).to_contain_text("欧阳明远")
    assert findings(desk) == []

    desk.get_by_role("button", name="改到 10:00").click()
    expect(desk.get_by_label("从", exact=True)).to_have_value(f"{WEDNESDAY}T10:00")
    desk.get_by_label("会议说明").fill("换了时间的会")
    desk.get_by_role("button", name="预约", exact=True).click()
    expect(desk.get_by_role("status")).to_contain_text(f"已预约 {PLACE} {room.name}")
    made = site.reservations_of(room.id)[-1]
    assert times(made) == (when(WEDNESDAY, "10:00"), when(WEDNESDAY, "11:30"))


@pytest.mark.slow
def test_a_series_with_a_date_elsewhere_and_its_page(desk, site, watch):
    room, other = site.add_room(), site.add_room()
    second = WEDNESDAY + WEEK
    site.reserve(room.id, when(second, "14:00"), when(second, "15:00"), "先来的会")
    desk.goto(f"/admin/rooms/book/?start={WEDNESDAY}T14:00&end={WEDNESDAY}T15:30&room={room.id}")
    desk.get_by_label("会议说明").fill("数据结构")
    desk.get_by_label("每几周").check()
    expect(desk.get_by_label("教学周", exact=True)).to_be_hidden()
    desk.get_by_label("或共几次").fill("3")
    desk.get_by_role("button", name="查看各次日期").click()
    expect(desk.get_by_role("heading", name=f"{PLACE} {room.name}，3 次")).to_be_in_viewport()
    assert findings(desk) == []

    # Nothing was said about the second one yet.
    watch.expect(400)
    desk.get_by_role("button", name="确认预约").click()
    expect(desk.get_by_role("alert")).to_contain_text("第2次")
    offered = desk.get_by_label("第 2 次").locator("option")
    assert any(other.name in text for text in offered.all_inner_texts())
    desk.get_by_label("第 2 次").select_option(f"room:{other.id}")
    desk.get_by_role("button", name="确认预约").click()
    expect(desk.get_by_role("status")).to_contain_text("已预约 3 次")
    assert [row.reserve_from for row in site.reservations_of(room.id)][::2] == [
        when(WEDNESDAY, "14:00"),
        when(WEDNESDAY + 2 * WEEK, "14:00"),
    ]
    assert findings(desk) == []

    desk.get_by_role("link", name=re.compile("从这次起改.*第 2 次")).click()
    desk.get_by_label("开始时间").fill(f"{second}T16:00")
    desk.get_by_label("结束时间").fill(f"{second}T17:30")
    desk.get_by_role("button", name="查看各次的改动").click()
    desk.get_by_role("button", name="确认修改").click()
    expect(desk.get_by_role("status")).to_contain_text("已改动 2 次")
    desk.get_by_role("link", name=f"{second}").first.click()
    expect(desk.get_by_role("link", name="第 2 次，共 3 次")).to_be_visible()
    (moved,) = site.reservations_of(other.id)
    assert times(moved) == (when(second, "16:00"), when(second, "17:30"))
    assert findings(desk) == []

    desk.get_by_role("link", name="第 2 次，共 3 次").click()
    desk.get_by_label("取消原因").fill("教师调课")
    desk.get_by_role("button", name="取消这 3 次").click()
    expect(desk.get_by_role("status")).to_contain_text("已取消 3 次")
    assert site.reservation(moved.id).status_reason == "教师调课"
