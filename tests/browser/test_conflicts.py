"""冲突查询: who has the room, and what is done about it at once."""

from playwright.sync_api import expect

from .filling import PLACE
from .test_calendar import WEDNESDAY, times, when


def test_two_who_are_in_the_way(desk, site, watch):
    room = site.add_room()
    early = when(WEDNESDAY, "09:00"), when(WEDNESDAY, "10:00")
    late = when(WEDNESDAY, "11:00"), when(WEDNESDAY, "12:00")
    moved_id = site.reserve(room.id, *early, "可以挪的会")
    cancelled_id = site.reserve(room.id, *late, "可以不开的会")

    desk.goto("/admin/rooms/conflicts/")
    desk.get_by_label("从").fill(f"{WEDNESDAY}T08:00")
    desk.get_by_label("到", exact=True).fill(f"{WEDNESDAY}T18:00")
    desk.locator("#ask-room").select_option(f"{PLACE} {room.name}")
    desk.get_by_role("button", name="查询", exact=True).click()
    expect(desk.get_by_role("heading", name="2 条预约")).to_be_visible()

    # Onto the other one: it says who is there.
    first = desk.locator(f"#r{moved_id}")
    expect(first.get_by_role("link", name="b0001@hhu.example")).to_be_visible()
    first.get_by_text("改时间或会议室").first.click()
    first.get_by_label("开始时间").and_(desk.locator(":visible")).fill(f"{WEDNESDAY}T11:30")
    first.get_by_label("结束时间").and_(desk.locator(":visible")).fill(f"{WEDNESDAY}T12:30")
    watch.expect(400)
    first.get_by_role("button", name="保存").click()
    expect(first.get_by_role("alert")).to_contain_text("欧阳明远")
    assert times(site.reservation(moved_id)) == early

    # Out of the way.
    first.get_by_label("开始时间").and_(desk.locator(":visible")).fill(f"{WEDNESDAY}T19:00")
    first.get_by_label("结束时间").and_(desk.locator(":visible")).fill(f"{WEDNESDAY}T20:00")
    first.get_by_role("button", name="保存").click()
    expect(desk.get_by_role("status")).to_contain_text("已改为")
    assert times(site.reservation(moved_id)) == (
        when(WEDNESDAY, "19:00"),
        when(WEDNESDAY, "20:00"),
    )

    second = desk.locator(f"#r{cancelled_id}")
    second.get_by_text("取消预约", exact=True).first.click()
    second.get_by_label("取消原因").and_(desk.locator(":visible")).fill("学院用房")
    second.get_by_role("button", name="确定取消预约").click()
    expect(desk.get_by_text("这段时间没有预约")).to_be_visible()
    row = site.reservation(cancelled_id)
    assert (row.status, row.status_reason) == ("cancelled", "学院用房")
    # And now it is free.
    desk.get_by_role("link", name="预约这段时间").click()
    expect(desk.get_by_label("开始时间")).to_have_value(f"{WEDNESDAY}T08:00")
