"""预约日历 with the mouse: drag over free time, drag a reservation somewhere else."""

from datetime import date, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from .filling import PLACE, ZONE
from .watching import visit

_TODAY = datetime.now(ZONE).date()
# All of this week is ahead.
WEDNESDAY = _TODAY + timedelta(days=9 - _TODAY.weekday())
THURSDAY = WEDNESDAY + timedelta(days=1)


def when(day: date, clock: str) -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=ZONE)


@pytest.fixture
def room(site):
    return site.add_room()


def open_week(desk: Page, room) -> None:
    visit(desk, f"/admin/rooms/calendar/?view=week&room={room.id}&date={WEDNESDAY}")


def place(desk: Page, day: date, clock: str) -> tuple[float, float]:
    """Where a moment is on the screen."""
    column = desk.locator(f"[role=gridcell][data-date='{day}']").bounding_box()
    line = desk.locator(f"[data-time='{clock}:00']").last.bounding_box()
    assert column is not None
    assert line is not None
    return column["x"] + column["width"] / 2, line["y"] + 6


def drag(desk: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    desk.mouse.move(*start)
    desk.mouse.down()
    desk.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    desk.mouse.move(*end, steps=4)
    desk.mouse.up()


def times(reservation) -> tuple[datetime, datetime]:
    return reservation.reserve_from, reservation.reserve_to


@pytest.mark.parametrize("size", ["desktop"])
class TestDragging:
    def test_over_free_time_reserves_it(self, desk, site, room):
        open_week(desk, room)
        drag(desk, place(desk, WEDNESDAY, "10:00"), place(desk, WEDNESDAY, "11:00"))
        expect(desk.get_by_role("heading", name="预约会议室")).to_be_visible()
        expect(desk.get_by_label("从", exact=True)).to_have_value(f"{WEDNESDAY}T10:00")
        expect(desk.get_by_label("到", exact=True)).to_have_value(f"{WEDNESDAY}T11:30")
        expect(desk.get_by_role("radio", name=room.name)).to_be_checked()
        desk.get_by_role("combobox", name="预约人").click()
        desk.keyboard.type("欧阳")
        desk.get_by_role("option", name="b0001 欧阳明远").click()
        desk.get_by_label("会议说明").fill("拖出来的会")
        desk.get_by_role("button", name="预约", exact=True).click()
        # Back where one came from, with the new one in it.
        expect(desk.locator(".cal-event", has_text="拖出来的会")).to_be_visible()
        (made,) = site.reservations_of(room.id)
        assert times(made) == (when(WEDNESDAY, "10:00"), when(WEDNESDAY, "11:30"))

    def test_a_reservation_moves_it(self, desk, site, room):
        was = when(WEDNESDAY, "09:00"), when(WEDNESDAY, "10:00")
        row_id = site.reserve(room.id, *was, "要改期的会")
        open_week(desk, room)
        drag(desk, place(desk, WEDNESDAY, "09:00"), place(desk, THURSDAY, "14:00"))
        expect(desk.locator("#cal-toast")).to_contain_text("已改到")
        moved = when(THURSDAY, "14:00"), when(THURSDAY, "15:00")
        assert times(site.reservation(row_id)) == moved
        desk.get_by_role("button", name="撤销").click()
        expect(desk.locator("#cal-toast")).to_contain_text("已经撤销")
        assert times(site.reservation(row_id)) == was

    def test_one_between_the_times_of_the_grid_is_asked_about(self, desk, site, room):
        was = when(WEDNESDAY, "09:10"), when(WEDNESDAY, "10:25")
        row_id = site.reserve(room.id, *was, "不在整点的会")
        for button, stored in (
            ("不改了", was),
            ("保存", (when(THURSDAY, "14:00"), when(THURSDAY, "15:30"))),
        ):
            open_week(desk, room)
            drag(desk, place(desk, WEDNESDAY, "09:30"), place(desk, THURSDAY, "14:30"))
            dialog = desk.get_by_role("dialog", name="会存为整段时间")
            expect(dialog).to_contain_text("14:10–15:25 会存为 14:00–15:30。")
            dialog.get_by_role("button", name=button).click()
            expect(dialog).to_be_hidden()
            if button == "保存":
                expect(desk.locator("#cal-toast")).to_contain_text("14:00–15:30")
            assert times(site.reservation(row_id)) == stored

    def test_onto_somebody_else_is_refused(self, desk, site, room, watch):
        was = when(WEDNESDAY, "09:00"), when(WEDNESDAY, "10:00")
        row_id = site.reserve(room.id, *was, "让一让")
        open_week(desk, room)
        # Somebody else comes in while the page is open.
        site.reserve(room.id, when(THURSDAY, "14:00"), when(THURSDAY, "15:00"), "先来的会")
        watch.expect(400)
        drag(desk, place(desk, WEDNESDAY, "09:00"), place(desk, THURSDAY, "14:00"))
        toast = desk.locator("#cal-toast")
        expect(toast).to_contain_text("没有改动")
        expect(toast).to_contain_text("欧阳明远")
        assert times(site.reservation(row_id)) == was
        # What is there now is shown.
        expect(desk.locator(".cal-event", has_text="先来的会")).to_be_visible()


def test_a_time_is_shown_as_it_will_be_stored_while_it_is_typed(desk, site, room):
    desk.goto(f"/admin/rooms/reservations/add?room_id={room.id}&user_id={site.teacher_id}")
    desk.get_by_label("开始时间").fill(f"{WEDNESDAY}T14:10")
    desk.get_by_label("结束时间").fill(f"{WEDNESDAY}T23:40")
    notes = desk.locator(".will-be")
    expect(notes).to_have_text([f"会存为 {WEDNESDAY} 14:00", f"会存为 {THURSDAY} 00:00"])
    desk.get_by_label("结束时间").fill(f"{WEDNESDAY}T15:30")
    expect(notes).to_have_text([f"会存为 {WEDNESDAY} 14:00", ""])
    desk.get_by_label("会议说明").fill("差几分钟的会")
    # At once: it has been shown.
    desk.get_by_role("button", name="保存", exact=True).click()
    expect(desk.get_by_role("status").first).to_contain_text("已新增")
    (made,) = site.reservations_of(room.id)
    assert times(made) == (when(WEDNESDAY, "14:00"), when(WEDNESDAY, "15:30"))


def test_times_that_nobody_touches_stay_between_those_of_the_grid(desk, site, room):
    was = when(WEDNESDAY, "09:10"), when(WEDNESDAY, "10:25")
    row_id = site.reserve(room.id, *was, "不在整点的会")
    desk.goto(f"/admin/rooms/reservations/{row_id}/")
    desk.get_by_label("会议说明").fill("改了说明")
    desk.get_by_role("button", name="保存", exact=True).click()
    expect(desk.get_by_role("status").first).to_contain_text("已保存")
    row = site.reservation(row_id)
    assert (times(row), row.description) == (was, "改了说明")


def test_a_reservation_is_looked_at_and_cancelled(desk, site, room):
    row_id = site.reserve(room.id, when(WEDNESDAY, "09:00"), when(WEDNESDAY, "10:00"), "多余的会")
    visit(desk, f"/admin/rooms/calendar/?view=list&room={room.id}&date={WEDNESDAY}")
    desk.locator(".cal-event", has_text="多余的会").click()
    dialog = desk.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name=f"{PLACE} {room.name}")).to_be_visible()
    expect(dialog.get_by_role("link", name="15400000000")).to_be_visible()
    dialog.get_by_role("button", name="取消预约").click()
    dialog.get_by_label("取消原因").fill("没有人来")
    dialog.get_by_role("button", name="确定取消预约").click()
    expect(desk.locator("#cal-toast")).to_contain_text("已取消")
    expect(desk.locator(".cal-event", has_text="多余的会")).to_have_count(0)
    row = site.reservation(row_id)
    assert (row.status, row.status_reason) == ("cancelled", "没有人来")
