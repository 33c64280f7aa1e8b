"""排期, the board of all rooms: with the mouse, with the keyboard, on a phone, on paper."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from hhu_plugins.rooms.models import Closure

from .filling import PLACE
from .test_calendar import THURSDAY, WEDNESDAY, drag, times, when
from .watching import findings, visit

NINE, TEN = when(WEDNESDAY, "09:00"), when(WEDNESDAY, "10:00")


@pytest.fixture
def room(site):
    return site.add_room()


@pytest.fixture
def other(site):
    return site.add_room()


def open_board(desk: Page, view: str = "board", **more: str) -> None:
    asked = "".join(f"&{name}={value}" for name, value in more.items())
    visit(desk, f"/admin/rooms/calendar/?view={view}&date={WEDNESDAY}&place={PLACE}{asked}")


def lane(desk: Page, room):
    return desk.locator(f".board-lane[data-room='{room.id}']")


def place(desk: Page, room, clock: str) -> tuple[float, float]:
    """Where a moment of the day is on the screen, a bit after it."""
    lane(desk, room).scroll_into_view_if_needed()
    box = lane(desk, room).bounding_box()
    assert box is not None
    hours, minutes = map(int, clock.split(":"))
    return box["x"] + box["width"] * (hours * 60 + minutes + 4) / (24 * 60), box["y"] + 20


@pytest.mark.parametrize("size", ["desktop"])
class TestWithTheMouse:
    def test_over_free_time_reserves_it(self, desk, room):
        open_board(desk)
        drag(desk, place(desk, room, "10:00"), place(desk, room, "11:20"))
        expect(desk.get_by_role("heading", name="预约会议室")).to_be_visible()
        expect(desk.get_by_label("从", exact=True)).to_have_value(f"{WEDNESDAY}T10:00")
        expect(desk.get_by_label("到", exact=True)).to_have_value(f"{WEDNESDAY}T11:30")
        expect(desk.get_by_role("radio", name=room.name)).to_be_checked()

    def test_to_another_room_and_another_time(self, desk, site, room, other):
        row_id = site.reserve(room.id, NINE, TEN, "要换地方的会")
        open_board(desk)
        drag(desk, place(desk, room, "09:25"), place(desk, other, "14:25"))
        expect(desk.locator("#cal-toast")).to_contain_text(f"{other.name}，")
        expect(lane(desk, other).locator(".cal-event")).to_contain_text("要换地方的会")
        row = site.reservation(row_id)
        assert (row.room_id, *times(row)) == (
            other.id,
            when(WEDNESDAY, "14:00"),
            when(WEDNESDAY, "15:00"),
        )
        desk.get_by_role("button", name="撤销").click()
        expect(lane(desk, room).locator(".cal-event")).to_be_visible()
        row = site.reservation(row_id)
        assert (row.room_id, *times(row)) == (room.id, NINE, TEN)

    @pytest.mark.slow
    def test_an_edge_makes_it_longer(self, desk, site, room):
        row_id = site.reserve(room.id, NINE, TEN, "开不完的会")
        open_board(desk)
        box = lane(desk, room).locator(".cal-event").bounding_box()
        _, y = place(desk, room, "09:00")
        drag(desk, (box["x"] + box["width"] - 3, y), place(desk, room, "11:30"))
        expect(desk.locator("#cal-toast")).to_contain_text("09:00–11:30")
        assert times(site.reservation(row_id)) == (NINE, when(WEDNESDAY, "11:30"))

    @pytest.mark.slow
    def test_onto_somebody_else_or_into_a_closure_is_refused(self, desk, site, room, other, watch):
        row_id = site.reserve(room.id, NINE, TEN, "让一让")
        open_board(desk)
        site.reserve(other.id, NINE, TEN, "先来的会")
        watch.expect(400)
        drag(desk, place(desk, room, "09:25"), place(desk, other, "09:25"))
        expect(desk.locator("#cal-toast")).to_contain_text("欧阳明远")
        expect(lane(desk, other).locator(".cal-event")).to_contain_text("先来的会")
        assert site.reservation(row_id).room_id == room.id

    @pytest.mark.slow
    def test_escape_leaves_it_where_it_was(self, desk, site, room):
        row_id = site.reserve(room.id, NINE, TEN, "不动的会")
        open_board(desk)
        desk.mouse.move(*place(desk, room, "09:25"))
        desk.mouse.down()
        desk.mouse.move(*place(desk, room, "15:00"), steps=4)
        expect(desk.locator(".board-ghost")).to_be_visible()
        desk.keyboard.press("Escape")
        desk.mouse.up()
        expect(desk.locator(".board-ghost")).to_have_count(0)
        assert times(site.reservation(row_id)) == (NINE, TEN)


@pytest.mark.parametrize("size", ["desktop"])
class TestWithTheKeyboard:
    def test_a_reservation_is_taken_up_and_put_down(self, desk, site, room, other):
        row_id = site.reserve(room.id, NINE, TEN, "用键盘移动的会")
        open_board(desk, seats="12")
        # Only the rooms of these tests have names that begin so; they come in the order of names.
        desk.locator("#board").focus()
        said = desk.locator("#board-said")
        desk.keyboard.press("ArrowDown")
        for _ in range(60):
            if room.name in (said.text_content() or ""):
                break
            desk.keyboard.press("ArrowDown")
        expect(said).to_contain_text("用键盘移动的会，按回车查看，按空格移动")
        for key in ("Space", "ArrowRight", "ArrowRight", "Shift+ArrowRight"):
            desk.keyboard.press(key)
        expect(said).to_contain_text("10:00–11:30，正在移动")
        desk.keyboard.press("Enter")
        expect(desk.locator("#cal-toast")).to_contain_text("10:00–11:30")
        assert times(site.reservation(row_id)) == (TEN, when(WEDNESDAY, "11:30"))

    @pytest.mark.slow
    def test_free_time_is_booked_and_a_reservation_opened(self, desk, site, room):
        site.reserve(room.id, NINE, TEN, "看一看的会")
        open_board(desk)
        lane(desk, room).scroll_into_view_if_needed()
        desk.locator("#board").focus()
        said = desk.locator("#board-said")
        desk.keyboard.press("ArrowDown")
        for _ in range(60):
            if room.name in (said.text_content() or ""):
                break
            desk.keyboard.press("ArrowDown")
        desk.keyboard.press("Enter")
        expect(desk.get_by_role("dialog")).to_contain_text("看一看的会")
        desk.keyboard.press("Escape")
        expect(desk.get_by_role("dialog")).to_be_hidden()
        for key in ("ArrowRight", "Shift+ArrowRight"):
            desk.keyboard.press(key)
        expect(said).to_contain_text("10:00–11:00，空闲")
        desk.keyboard.press("Enter")
        expect(desk.get_by_label("结束时间")).to_have_value(f"{WEDNESDAY}T11:00")


@pytest.mark.parametrize("size", ["desktop"])
@pytest.mark.slow
def test_rooms_that_are_free_then_and_large_enough(desk, site, room, other):
    site.reserve(room.id, NINE, TEN, "占着的会")
    open_board(desk)
    desk.get_by_label("空闲时段从").fill("09:30")
    desk.get_by_label("空闲时段到").fill("10:30")
    expect(lane(desk, room)).to_have_count(0)
    expect(lane(desk, other)).to_have_count(1)
    desk.get_by_label("座位至少").fill("13")
    expect(lane(desk, other)).to_have_count(0)
    # It is all in the address.
    desk.reload()
    expect(desk.get_by_label("座位至少")).to_have_value("13")
    desk.get_by_role("button", name="清除条件").click()
    expect(lane(desk, room)).to_have_count(1)
    expect(lane(desk, other)).to_have_count(1)


@pytest.mark.parametrize("size", ["desktop"])
@pytest.mark.slow
def test_closed_time_is_shown_with_its_reason(desk, site, room):
    with site.college.engine.begin() as connection:
        connection.execute(
            Closure.__table__.insert().values(
                room_id=room.id, starts=TEN, ends=TEN + timedelta(hours=3), reason="空调检修"
            )
        )
    open_board(desk)
    expect(lane(desk, room).locator(".board-closed")).to_have_text("空调检修")


@pytest.mark.parametrize("size", ["desktop"])
@pytest.mark.slow
def test_the_last_view_comes_again(own_desk, room):
    open_board(own_desk, "board-week")
    visit(own_desk, "/admin/rooms/calendar/")
    expect(own_desk.get_by_role("button", name="周排期")).to_have_attribute("aria-pressed", "true")
    expect(own_desk.locator("#cal-room")).to_have_value(f"place:{PLACE}")
    visit(own_desk, f"/admin/rooms/calendar/?view=day&room={room.id}")
    visit(own_desk, "/admin/rooms/calendar/")
    expect(own_desk.locator("#cal-room")).to_have_value(f"room:{room.id}")
    own_desk.get_by_role("button", name="排期", exact=True).click()
    expect(own_desk.locator("#board")).to_be_visible()


@pytest.mark.parametrize("size", ["desktop"])
@pytest.mark.slow
def test_a_plan_of_the_week_on_paper_has_every_room(desk, site, room):
    site.reserve(room.id, when(THURSDAY, "09:00"), when(THURSDAY, "12:00"), "印出来的会")
    open_board(desk, "board-week")
    desk.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    desk.emulate_media(media="print")
    box = desk.locator(".board-table").bounding_box()
    rows = desk.locator(".board-lane").count()
    assert rows == desk.locator(".board-lane[data-is-filled]").count() > 0
    assert box["width"] <= 1440
    expect(lane(desk, room).locator(".cal-event")).to_be_visible()
    expect(desk.locator(".board-filters")).to_be_hidden()
    desk.emulate_media(media="screen")


@pytest.mark.parametrize("size", ["phone"])
def test_a_phone_shows_who_is_free(desk, site, room, other):
    site.reserve(room.id, NINE, TEN, "占着的会")
    open_board(desk, **{"from": "09:00", "to": "10:00"})
    free = desk.locator("section", has=desk.get_by_role("heading", name="09:00–10:00 空闲"))
    taken = desk.locator("section", has=desk.get_by_role("heading", name="不空闲"))
    expect(free.get_by_role("link", name=other.name)).to_be_visible()
    expect(taken.get_by_role("link", name=room.name)).to_contain_text("09:00–10:00 欧阳明远")
    assert not findings(desk)
    taken.get_by_role("link", name=room.name).click()
    expect(desk.locator(".cal-event")).to_contain_text("占着的会")
