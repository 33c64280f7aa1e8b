"""冲突查询: which rooms are free, who has the others, and what is done about it at once."""

import pytest
from playwright.sync_api import expect

from .filling import PLACE
from .test_calendar import WEDNESDAY, times, when
from .watching import findings


def ask(desk, start: str, end: str, room: str = "") -> None:
    desk.goto("/admin/rooms/conflicts/")
    desk.get_by_label("从", exact=True).fill(f"{WEDNESDAY}T{start}")
    desk.get_by_label("到", exact=True).fill(f"{WEDNESDAY}T{end}")
    if room:
        desk.locator("#ask-room").select_option(f"{PLACE} {room}")
    desk.get_by_role("button", name="查询", exact=True).click()


def test_an_urgent_meeting_and_a_room_for_who_gives_way(desk, site, watch):
    room, other, third = (site.add_room() for _ in range(3))
    hours = when(WEDNESDAY, "15:00"), when(WEDNESDAY, "16:00")
    given_way = site.reserve(room.id, *hours, "让出来的会")

    ask(desk, "14:30", "16:30", room.name)
    expect(desk.locator("#free")).to_contain_text("间会议室空闲")
    expect(desk.locator(f"#free{room.id}")).to_have_count(0)
    taken = desk.locator(f"#room{room.id}")
    taken.get_by_role("link", name="改由他人预约").click()
    form = taken.locator("form")
    expect(form.get_by_label("开始时间")).to_have_value(f"{WEDNESDAY}T14:30")
    expect(form.get_by_label("结束时间")).to_have_value(f"{WEDNESDAY}T16:30")
    form.get_by_role("combobox").first.click()
    desk.locator(".select2-dropdown").get_by_role("searchbox").fill("b0001")
    desk.get_by_role("option", name="欧阳明远").click()
    form.get_by_label("会议说明").fill("紧急院务会")
    choice = form.locator(f"[name=to-{given_way}]")
    choice.select_option(str(other.id))
    assert findings(desk) == []

    # Somebody else takes the offered room while the form is open.
    site.reserve(other.id, *hours, "抢先的会")
    watch.expect(400)
    form.get_by_role("button", name="改由他人预约").click()
    expect(form.locator(".field-error")).to_contain_text(
        f"{PLACE} {other.name} 在该时间段已经被占用"
    )
    expect(choice).to_have_value("?")
    assert site.reservation(given_way).room_id == room.id
    assert findings(desk) == []

    choice.select_option(str(third.id))
    form.get_by_role("button", name="改由他人预约").click()
    expect(desk.get_by_role("status")).to_contain_text("原来的预约：1 个改到其他会议室。")
    row = site.reservation(given_way)
    assert (row.room_id, row.status, times(row)) == (third.id, "confirmed", hours)
    [made] = site.reservations_of(room.id)
    assert (made.description, times(made)) == (
        "紧急院务会",
        (when(WEDNESDAY, "14:30"), when(WEDNESDAY, "16:30")),
    )


@pytest.mark.slow
def test_a_free_room_is_booked(desk, site):
    room = site.add_room()
    ask(desk, "20:00", "21:00")
    line = desk.locator(f"#free{room.id}")
    if not line.is_visible():
        desk.get_by_text("其余").click()
    expect(line).to_contain_text("12 座")
    line.get_by_role("link", name="预约").last.click()
    expect(desk.get_by_label("从", exact=True)).to_have_value(f"{WEDNESDAY}T20:00")
    expect(desk.get_by_label("结束时间")).to_have_value(f"{WEDNESDAY}T21:00")


@pytest.mark.slow
def test_two_who_are_in_the_way(desk, site, watch):
    room = site.add_room()
    early = when(WEDNESDAY, "09:00"), when(WEDNESDAY, "10:00")
    late = when(WEDNESDAY, "11:00"), when(WEDNESDAY, "12:00")
    moved_id = site.reserve(room.id, *early, "可以挪的会")
    cancelled_id = site.reserve(room.id, *late, "可以不开的会")

    ask(desk, "08:00", "18:00", room.name)
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
    expect(desk.get_by_label("从", exact=True)).to_have_value(f"{WEDNESDAY}T08:00")
