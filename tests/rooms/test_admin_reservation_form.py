"""预约会议室: rooms that are free at a time, and what is saved in one step."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from hhu_base.models import AuditEntry, Department
from hhu_plugins.rooms.models import CONFIRMED, Photo, Reservation

PAGE = "/admin/rooms/book/"


def local(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M}"


@pytest.fixture
def ask(admin, tomorrow):
    """``ask(people=8)``: the page for tomorrow from 10 to 11, with these in the query."""

    def ask(**asked):
        asked = {"start": local(tomorrow(10)), "end": local(tomorrow(11)), **asked}
        return admin.get(PAGE, asked)

    return ask


def free(page) -> list[str]:
    return [each.text for each in page.html.select(".book-room strong")]


def chosen(page) -> str:
    box = page.html.select_one(".book-room input[checked]")
    return box.find_parent("li").strong.text if box else ""


def press(admin, page, name: str, value: str, status: int = 200, **values):
    """Send the form by one of its buttons."""
    form = admin.form(page)
    for field, text in values.items():
        form[field] = text
    return admin._call(form.submit, name, value=value, status=status)


def button(page, label: str) -> dict:
    found = [each for each in page.html.select("button") if label in each.text]
    assert len(found) == 1, [each.text for each in page.html.select("button")]
    return {"name": found[0]["name"], "value": found[0]["value"]}


def test_what_is_empty_is_named_as_people_call_it(admin, ask, add_room):
    add_room("101", seats_count=6)
    page = press(admin, ask(), "do", "book", status=400, description=" ")
    assert "请填写会议说明。" in page.text
    assert "该字段" not in page.text


class TestFinding:
    def test_the_smallest_that_fits_comes_first_and_is_chosen(self, ask, add_room):
        for name, seats in (("大", 40), ("小", 6), ("中", 12)):
            add_room(name, seats_count=seats)
        assert free(ask()) == ["勤学楼 小", "勤学楼 中", "勤学楼 大"]
        page = ask(people="8")
        assert free(page) == ["勤学楼 中", "勤学楼 大"]
        assert chosen(page) == "勤学楼 中"

    def test_a_room_that_was_asked_for_is_chosen(self, ask, add_room):
        add_room("小", seats_count=6)
        big = add_room("大", seats_count=40)
        assert chosen(ask(room=big.id)) == "勤学楼 大"

    def test_equipment_and_place_narrow_it(self, ask, add_room):
        add_room("101", equipment=["投影"])
        add_room("102", equipment=["投影", "白板"])
        add_room("103", location="博学楼", equipment=["投影", "白板"])
        assert len(free(ask(equipment="投影"))) == 3
        assert free(ask(equipment="白板", place="勤学楼")) == ["勤学楼 102"]

    def test_a_room_shows_its_photo_seats_and_equipment(self, ask, session, add_room):
        room = add_room("101", seats_count=24, equipment=["投影", "白板"])
        photo = Photo(room_id=room.id, small="a" * 64, large="b" * 64, width=4, height=3)
        session.add(photo)
        card = ask().html.select_one(".book-room")
        assert "24 座" in card.text
        assert "投影、白板" in card.text
        assert card.img["src"] == f"/admin/rooms/meetingrooms/{room.id}/photos/{photo.id}/small.jpg"

    def test_taken_and_closed_ones_say_why(
        self, ask, add_room, add_reservation, add_closure, tomorrow, session
    ):
        taken, shut = add_room("101"), add_room("102")
        add_reservation(taken, tomorrow(9), tomorrow(10, 30), description="教研室例会")
        add_closure(tomorrow(8), tomorrow(12), room_id=shut.id, reason="检修")
        page = ask()
        assert free(page) == []
        assert "没有空闲的会议室" in page.text
        rows = [each.text for each in page.html.select(".book-taken li")]
        assert "09:00–10:30“教研室例会”" in rows[0]
        assert "不开放：检修" in rows[1]

    def test_without_a_time_it_is_the_next_hour(self, admin, room):
        form = admin.form(admin.get(PAGE))
        start, end = (
            datetime.fromisoformat(form[f"reserve_{end}"].value) for end in ("from", "to")
        )
        assert end - start == timedelta(hours=1)
        assert free(admin.get(PAGE)) == ["勤学楼 101"]

    def test_times_are_shown_as_they_will_be_stored(self, admin, room, tomorrow):
        start, end = tomorrow(10, 7).isoformat(), tomorrow(11, 1).isoformat()
        form = admin.form(admin.get(PAGE, {"start": start, "end": end}))
        assert form["reserve_from"].value == local(tomorrow(10))
        assert form["reserve_to"].value == local(tomorrow(11, 30))

    @pytest.mark.parametrize(
        ("start", "end", "sentence"),
        [
            ("x", "", "日期时间格式错误"),
            ("2030-01-07T10:00", "2030-01-07T09:00", "结束时间必须晚于开始时间"),
            ("2030-01-07T10:00", "2030-01-09T09:00", "最长 24 小时"),
            ("2020-01-07T10:00", "2020-01-07T11:00", "必须在现在以后"),
        ],
    )
    def test_a_time_that_is_none_is_told_and_shows_no_rooms(
        self, admin, room, start, end, sentence
    ):
        page = admin.get(PAGE, {"start": start, "end": end})
        assert sentence in page.text
        assert free(page) == []

    @pytest.mark.parametrize("query", ["room=x", "people=-1", "room=99", "user=99", "user=%00"])
    def test_nonsense_is_told_or_left_out(self, admin, room, query):
        assert free(admin.get(f"{PAGE}?{query}")) == ["勤学楼 101"]

    def test_a_room_for_others_comes_last(self, ask, add_room, session, teacher):
        department = Department(name="外语系")
        session.add(department)
        session.flush()
        add_room("小", seats_count=4, departments=[department])
        add_room("大", seats_count=40)
        page = ask(user=teacher.id)
        assert free(page) == ["勤学楼 大", "勤学楼 小"]
        assert "平时不对预约人的系所开放" in page.html.select(".book-room")[1].text


class TestInstead:
    def test_a_taken_room_offers_other_times_and_rooms(
        self, admin, ask, add_room, add_reservation, tomorrow
    ):
        room, _ = add_room("101"), add_room("103", location="博学楼")
        add_reservation(room, tomorrow(10), tomorrow(11))
        page = ask(room=room.id)
        assert "勤学楼 101 这段时间不能用" in page.html.select_one(".alert-warning").text
        assert chosen(page) == "勤学楼 101"
        later = press(admin, page, **button(page, "改到 11:00"), description="院务会")
        form = admin.form(later)
        assert (form["reserve_from"].value, form["reserve_to"].value) == (
            local(tomorrow(11)),
            local(tomorrow(12)),
        )
        assert chosen(later) == "勤学楼 101"
        assert form["description"].value == "院务会"
        elsewhere = press(admin, page, **button(page, "换到 博学楼 103"))
        assert chosen(elsewhere) == "博学楼 103"
        assert admin.form(elsewhere)["reserve_from"].value == local(tomorrow(10))

    def test_another_day_is_named(self, ask, room, add_reservation, add_hours, tomorrow):
        add_hours("10:00–11:00")
        add_reservation(room, tomorrow(10), tomorrow(11))
        page = ask(room=room.id)
        day = tomorrow(10) + timedelta(days=1)
        assert button(page, f"改到 {day:%Y-%m-%d} 周")

    def test_what_was_never_offered_is_told(self, admin, ask, room):
        for value in ("room:x", "time:a/b", "time:", "x"):
            press(admin, ask(), "instead", value)


class TestBooking:
    def test_for_oneself(self, admin, ask, room, session, tomorrow, told):
        page = ask()
        answer = press(admin, page, "do", "book", status=303, description="院务会")
        row = session.scalars(sa.select(Reservation)).one()
        assert (row.room_id, row.status, row.description) == (room.id, CONFIRMED, "院务会")
        assert (row.reserve_from, row.reserve_to) == (tomorrow(10), tomorrow(11))
        assert answer.location.endswith(f"/admin/rooms/reservations/{row.id}/")
        assert "已预约 勤学楼 101" in admin.get(answer.location).text

    def test_for_a_teacher_who_is_told(self, admin, ask, room, teacher, session, told):
        page = ask(user=teacher.id, description="例会", back="/admin/rooms/calendar/")
        answer = press(admin, page, "do", "book", status=303)
        assert answer.location.endswith("/admin/rooms/calendar/")
        row = session.scalars(sa.select(Reservation)).one()
        assert row.user_id == teacher.id
        assert told == [("reserved", teacher.id)]
        entry = session.scalars(sa.select(AuditEntry)).one()
        assert entry.row_id == row.id
        assert "会议室" in entry.after

    def test_what_is_missing_is_told_beside_it(self, admin, ask, room, session):
        page = press(admin, ask(), "do", "book", status=400, user_id="")
        assert page.html.select_one("#book-user_id-error")
        assert page.html.select_one("#book-description-error")
        assert session.scalar(sa.select(Reservation)) is None

    def test_without_a_room_it_asks_for_one(self, admin, ask):
        page = press(admin, ask(), "do", "book", status=400, description="院务会")
        assert "请选择会议室" in page.text

    def test_taken_meanwhile_nothing_is_stored_and_alternatives_are_offered(
        self, admin, ask, room, add_room, add_reservation, tomorrow, session
    ):
        add_room("102", seats_count=20)
        page = ask()
        add_reservation(room, tomorrow(10), tomorrow(11), description="抢先的会")
        refused = press(admin, page, "do", "book", status=400, description="院务会")
        assert "已经被占用" in refused.text
        assert "抢先的会" in refused.text
        assert button(refused, "改到 11:00")
        assert button(refused, "换到 勤学楼 102")
        assert admin.form(refused)["description"].value == "院务会"
        assert session.scalar(sa.select(sa.func.count()).select_from(Reservation)) == 1
        assert session.scalar(sa.select(AuditEntry)) is None

    def test_outside_opening_hours_only_knowingly(self, admin, ask, room, add_hours, session):
        add_hours("12:00–14:00")
        page = ask()
        assert "不开放" in page.html.select_one(".book-limit").text
        refused = press(admin, page, "do", "book", status=400, description="院务会")
        assert "我知道超出了规定" in refused.html.select_one("#book-knowingly-error").text
        press(admin, refused, "do", "book", status=303, knowingly=True)
        assert session.scalars(sa.select(Reservation)).one().status == CONFIRMED

    def test_too_long_only_knowingly(self, admin, ask, room, tomorrow, session):
        page = ask(end=local(tomorrow(18)))
        assert "不得超过3小时" in page.html.select_one(".book-limit").text
        values = {"description": "运动会", "knowingly": True}
        press(admin, page, "do", "book", status=303, **values)
        assert session.scalars(sa.select(Reservation)).one().reserve_to == tomorrow(18)

    def test_never_into_a_closure(self, admin, ask, room, add_closure, tomorrow, session):
        page = ask()
        add_closure(tomorrow(8), tomorrow(12))
        refused = press(admin, page, "do", "book", status=400, description="院务会")
        assert "不开放：检修" in refused.text
        assert session.scalar(sa.select(Reservation)) is None

    def test_a_time_off_the_grid_is_shown_before_it_is_stored(
        self, admin, ask, room, tomorrow, session
    ):
        values = {"reserve_from": local(tomorrow(10, 7)), "description": "院务会"}
        page = press(admin, ask(), "do", "book", status=400, **values)
        assert "会存为" in page.text
        assert admin.form(page)["reserve_from"].value == local(tomorrow(10))
        press(admin, page, "do", "book", status=303)
        assert session.scalars(sa.select(Reservation)).one().reserve_from == tomorrow(10)


def test_who_may_only_look_can_not_book(browser, add_staff):
    viewer = browser.as_user(add_staff("rooms.view"))
    viewer.get(PAGE, status=403)
    assert PAGE not in viewer.get("/admin/").text


def test_the_menu_leads_here(admin):
    assert f'href="{PAGE}"' in admin.get("/admin/").text
