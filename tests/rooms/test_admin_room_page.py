"""会议室's page above its form, and its door sign."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa

from hhu_plugins.rooms import usage
from hhu_plugins.rooms.models import CANCELLED, PENDING

from .conftest import ZONE

ROOMS = "/admin/rooms/meetingrooms/"


@pytest.fixture
def monday() -> date:
    """That of the week after the next."""
    today = datetime.now(ZONE).date()
    return today - timedelta(days=today.weekday()) + timedelta(weeks=2)


@pytest.fixture
def at(monday):
    """``at(1, 10, 30)``: half past ten on Tuesday."""

    def at(day: int, hour: int, minute: int = 0) -> datetime:
        start = datetime(monday.year, monday.month, monday.day, tzinfo=ZONE)
        return start + timedelta(days=day, hours=hour, minutes=minute)

    return at


def week(admin, room, day: date):
    return admin.get(f"{ROOMS}{room.id}/", {"week": day.isoformat()}).html.select_one("#week")


def texts(week, day: int) -> list[str]:
    """What is written in a day, in the order of time."""
    drawn = week.select(".week-day")[day]
    return [" ".join(slot.text.split()) for slot in drawn.select(".slot")]


class TestWeek:
    def test_reservations_with_their_holders_and_a_way_to_each(
        self, admin, room, add_room, add_reservation, at, monday
    ):
        row = add_reservation(room, at(1, 10), at(1, 11, 30), description="教研室例会")
        add_reservation(room, at(1, 8), at(1, 9), status=CANCELLED)
        add_reservation(add_room("102"), at(1, 8), at(1, 9))
        found = week(admin, room, monday + timedelta(days=3))
        assert [texts(found, day) for day in range(7)] == [
            [],
            ["10:00–11:30 教研室例会 褚杰"],
            *[[]] * 5,
        ]
        assert "没有预约" in found.select(".week-day")[0].text
        link = found.select_one(".slot a")["href"]
        assert link.startswith(f"/admin/rooms/reservations/{row.id}/?back=")
        # And back it leads to this week.
        assert f"{monday}" in admin.get(link).html.select_one(".form-foot .btn-link")["href"]

    def test_closed_time_is_drawn(self, admin, room, add_hours, add_closure, at, monday):
        add_hours("09:00–18:00", room_id=room.id)
        add_closure(at(2, 12), at(4, 0), room_id=room.id, reason="期末考试")
        found = week(admin, room, monday)
        assert texts(found, 0) == ["08:00–09:00 非开放时间", "18:00–20:00 非开放时间"]
        assert texts(found, 2) == ["08:00–09:00 非开放时间", "12:00–20:00 期末考试"]
        assert texts(found, 3) == ["全天 期末考试"]
        assert texts(found, 4) == texts(found, 0)
        assert all("is-closed" in slot["class"] for slot in found.select(".slot"))

    def test_what_goes_on_after_midnight_is_in_both_days(
        self, admin, room, add_reservation, at, monday
    ):
        add_reservation(room, at(6, 22), at(7, 1), description="值班")
        assert texts(week(admin, room, monday), 6) == ["22:00–24:00 值班 褚杰"]
        found = week(admin, room, monday + timedelta(days=7))
        assert texts(found, 0) == ["00:00–01:00 值班 褚杰"]
        # As high as the whole day is drawn then.
        assert found.select_one(".week-hours li").text == "00:00"

    def test_it_is_drawn_where_it_is_in_the_day(self, admin, room, add_reservation, at, monday):
        add_reservation(room, at(0, 14), at(0, 17))
        slot = week(admin, room, monday).select_one(".slot")
        # Of 8 to 20 o'clock.
        assert slot["style"] == "top: 50.0%; height: 25.0%"

    def test_weeks_before_and_after(self, admin, room, monday):
        links = {each.text: each["href"] for each in week(admin, room, monday).select("a")}
        assert f"week={monday - timedelta(days=7)}" in links["上一周"]
        assert f"week={monday + timedelta(days=7)}" in links["下一周"]
        this = admin.get(links["本周"].partition("#")[0]).html
        assert this.select_one("#week [aria-current]").text == "本周"
        assert len(this.select(".week-day.is-today")) == 1

    @pytest.mark.parametrize("day", ["x", "", "2026-13-01", "0001-01-01", "9999-12-31", "%00"])
    def test_no_such_week_is_this_one(self, admin, room, day):
        page = admin.get(f"{ROOMS}{room.id}/?week={day}")
        assert page.html.select(".week-day.is-today")

    def test_who_may_only_look_sees_it(self, browser, add_staff, room):
        page = browser.as_user(add_staff("rooms.view")).get(f"{ROOMS}{room.id}/")
        assert len(page.html.select(".week-day")) == 7
        assert not page.html.select("main a[href*='rooms/book/']")

    def test_it_can_be_booked_from_here(self, admin, room):
        page = admin.get(f"{ROOMS}{room.id}/")
        link = page.html.select_one("main a[href*='rooms/book/']")["href"]
        assert admin.form(admin.get(link))["room_id"].value == str(room.id)

    def test_a_form_that_was_refused_still_has_it(self, admin, room):
        page = admin.submit(admin.get(f"{ROOMS}{room.id}/"), status=400, seats_count="-1")
        assert len(page.html.select(".week-day")) == 7


class TestUse:
    @pytest.fixture
    def ago(self):
        """``ago(3)``: three hours ago, to the hour."""
        now = datetime.now(ZONE).replace(minute=0, second=0, microsecond=0)
        return lambda hours: now - timedelta(hours=hours)

    def test_hours_meetings_and_people(
        self, session, room, add_room, add_reservation, add_user, ago, teacher
    ):
        start, end = ago(48), ago(0)
        other = add_user("t0008")
        add_reservation(room, ago(10), ago(8))
        add_reservation(room, ago(8), ago(7.5), user_id=other.id)
        # Of these half an hour and an hour is inside.
        add_reservation(room, ago(49), ago(47.5))
        add_reservation(room, ago(1), ago(-2))
        add_reservation(room, ago(20), ago(19), status=CANCELLED)
        add_reservation(room, ago(20), ago(19), status=PENDING)
        add_reservation(room, ago(60), ago(49))
        add_reservation(add_room("102"), ago(20), ago(19))
        found = usage.of_room(session, room, start, end)
        assert found == (4, 2, timedelta(hours=4), timedelta(hours=48), 0)
        assert found.percent == 8

    def test_of_the_time_that_it_was_open(
        self, session, room, add_hours, add_closure, add_reservation
    ):
        midnight = datetime(2026, 5, 4, tzinfo=ZONE)
        add_hours("08:00–18:00", room_id=room.id)
        add_closure(midnight + timedelta(hours=12), midnight + timedelta(days=1), room_id=room.id)
        add_reservation(
            room, midnight + timedelta(days=1, hours=10), midnight + timedelta(days=1, hours=17)
        )
        found = usage.of_room(session, room, midnight, midnight + timedelta(days=2))
        assert (found.open, found.percent) == (timedelta(hours=14), 50)

    def test_a_room_that_was_never_open_has_no_share(self, session, room, add_closure, ago):
        add_closure(ago(24), None, room_id=room.id)
        assert usage.of_room(session, room, ago(20), ago(1)).percent is None

    def test_the_page_tells_it_of_four_weeks(self, admin, room, add_reservation, ago):
        add_reservation(room, ago(30), ago(28.5))
        add_reservation(room, ago(28 * 24 + 30), ago(28 * 24 + 29))
        text = " ".join(admin.get(f"{ROOMS}{room.id}/").html.select_one(".use").text.split())
        assert "使用1.5 小时 会议1 场，1 人预约 占开放时间0%，开放 672 小时" in text


class TestDoorSign:
    def sign(self, admin, room, day: date | str = ""):
        return admin.get(f"{ROOMS}{room.id}/door", {"day": str(day)}).html

    def lines(self, page) -> list[str]:
        return [" ".join(each.text.split()) for each in page.select(".meetings li")]

    def test_the_meetings_of_a_day_without_phone_numbers(
        self, admin, room, add_room, add_reservation, at, monday, teacher
    ):
        teacher.phone = "13900001111"
        add_reservation(room, at(0, 14), at(0, 16), description="院务会")
        add_reservation(room, at(0, 9), at(0, 10), description="<b>例会</b>")
        add_reservation(room, at(0, 11), at(0, 12), status=CANCELLED)
        add_reservation(room, at(1, 9), at(1, 10))
        add_reservation(add_room("102"), at(0, 9), at(0, 10))
        page = self.sign(admin, room, monday)
        assert page.h1.text == "勤学楼 101"
        assert f"{monday.month}月{monday.day}日 周一" in page.select_one(".sheet-day").text
        assert self.lines(page) == ["09:00–10:00 <b>例会</b> 褚杰", "14:00–16:00 院务会 褚杰"]
        assert teacher.phone not in page.text
        # Nothing of the frame of other pages.
        assert not page.select(".side, .top")

    def test_without_a_day_it_is_of_today(self, admin, room, add_reservation):
        midnight = datetime.now(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
        add_reservation(room, midnight, midnight + timedelta(hours=2))
        for day in ("", "x", "9999-12-31"):
            page = self.sign(admin, room, day)
            assert self.lines(page) == ["00:00–02:00 例会 褚杰"]
            assert page.select_one("[aria-current]").text == "今天"

    def test_a_day_without_meetings(self, admin, room, monday):
        assert "没有会议" in self.sign(admin, room, monday).select_one(".paper").text

    def test_closed_time_and_opening_hours(
        self, admin, room, add_hours, add_closure, add_reservation, at, monday
    ):
        add_hours("08:00–12:00、14:00–22:00", room_id=room.id)
        add_reservation(room, at(0, 9), at(0, 10))
        add_closure(at(0, 14), at(2, 0), room_id=room.id, reason="检修")
        page = self.sign(admin, room, monday)
        assert "开放时间 08:00–12:00、14:00–22:00" in page.select_one(".sheet-day").text
        assert self.lines(page) == ["09:00–10:00 例会 褚杰", "14:00–24:00 停用：检修"]
        tuesday = self.sign(admin, room, monday + timedelta(days=1))
        assert self.lines(tuesday) == ["全天 停用：检修"]

    def test_a_day_on_which_it_does_not_open(self, admin, room, add_hours, monday):
        add_hours("", room_id=room.id)
        assert "不开放" in self.sign(admin, room, monday).select_one(".sheet-day").text

    def test_what_goes_on_after_midnight(self, admin, room, add_reservation, at, monday):
        add_reservation(room, at(0, 22), at(1, 1))
        assert self.lines(self.sign(admin, room, monday)) == ["22:00–次日 01:00 例会 褚杰"]
        tuesday = self.sign(admin, room, monday + timedelta(days=1))
        assert self.lines(tuesday) == ["00:00–01:00 例会 褚杰"]

    def test_the_days_before_and_after(self, admin, room, monday):
        links = {each.text: each["href"] for each in self.sign(admin, room, monday).select("a")}
        assert links["前一天"] == f"?day={monday - timedelta(days=1)}"
        assert links["后一天"] == f"?day={monday + timedelta(days=1)}"

    def test_the_more_meetings_the_smaller_the_type(self, admin, room, add_reservation, at, monday):
        for half in range(24):
            add_reservation(room, at(1, half), at(1, half, 30))
        sizes = [
            float(self.sign(admin, room, day).select_one(".sheet")["style"].split()[-1])
            for day in (monday, monday + timedelta(days=1))
        ]
        assert sizes[0] == 1
        assert sizes[1] < 0.8

    def test_the_page_of_the_room_leads_there(self, admin, room):
        link = admin.get(f"{ROOMS}{room.id}/").html.select_one("a[href$=door]")["href"]
        assert admin.get(link).html.h1.text == "勤学楼 101"

    def test_of_no_room(self, admin):
        admin.get(f"{ROOMS}999999/door", status=404)

    def test_those_of_all_rooms_take_no_more_statements_than_those_of_one(
        self, admin, room, add_room, add_reservation, at, monday, engine
    ):
        def count() -> int:
            statements: list[str] = []

            def listen(conn, cursor, statement, *rest):
                statements.append(statement)

            sa.event.listen(engine, "before_cursor_execute", listen)
            try:
                page = admin.get(f"{ROOMS}doors", {"day": str(monday)}).html
            finally:
                sa.event.remove(engine, "before_cursor_execute", listen)
            found.append(self.lines(page))
            return len(statements)

        found: list[list[str]] = []
        add_reservation(room, at(0, 9), at(0, 10))
        first = count()
        for number in range(102, 107):
            add_reservation(add_room(str(number)), at(0, 9), at(0, 10))
        assert count() == first
        assert [len(lines) for lines in found] == [1, 6]
