"""停用时间: a closure that meets reservations, as the office does it."""

from playwright.sync_api import expect

from .filling import PLACE
from .test_calendar import WEDNESDAY, when
from .watching import findings


def test_one_moves_one_is_cancelled(desk, site, watch):
    room, other = site.add_room(), site.add_room()
    moved_id = site.reserve(room.id, when(WEDNESDAY, "09:00"), when(WEDNESDAY, "10:00"), "挪走的会")
    gone_id = site.reserve(room.id, when(WEDNESDAY, "10:00"), when(WEDNESDAY, "11:00"), "取消的会")

    desk.goto(f"/admin/rooms/closures/add?room_id={room.id}")
    desk.get_by_label("从").fill(f"{WEDNESDAY}T08:00")
    desk.get_by_label("到", exact=True).fill(f"{WEDNESDAY}T12:00")
    desk.get_by_label("原因").fill("期末考试")
    watch.expect(400)
    desk.get_by_role("button", name="保存", exact=True).click()
    expect(desk.get_by_role("alert")).to_contain_text("这段时间里有 2 个预约")
    assert findings(desk) == []

    desk.locator(f"#fate-{moved_id}").select_option(str(other.id))
    desk.get_by_label("没有单独选择的").select_option("取消，并通知预约人")
    desk.get_by_role("button", name="保存", exact=True).click()
    expect(desk.get_by_text("1 个取消，1 个改到其他会议室")).to_be_visible()
    expect(desk.get_by_role("link", name=f"{PLACE} {room.name}")).to_be_visible()
    assert site.reservation(moved_id).room_id == other.id
    row = site.reservation(gone_id)
    assert (row.status, row.status_reason) == ("cancelled", "会议室停用：期末考试")
